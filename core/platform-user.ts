import { execFileSync } from 'node:child_process';
import { BackupError } from './errors';

/** An account that a child process can be started as. */
export interface PlatformUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account that a PostgreSQL server started by us runs as, or `undefined` for our own. A server
 * refuses to run as root, so root lends it an existing account without rights; none is ever made.
 * @throws BackupError `refused` when root finds no such account.
 */
export function serverUser(): PlatformUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = lookUp('postgres') ?? lookUp('nobody');
  if (user) return user;
  throw new BackupError(
    'refused',
    'PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.',
    { cure: 'Run the command as an ordinary user.' },
  );
}

function lookUp(name: string): PlatformUser | undefined {
  const uid = id('-u', name);
  const gid = id('-g', name);
  return uid && gid ? { name, uid, gid } : undefined;
}

/** `id` asks the same sources as the system itself, on macOS too; it fails for an unknown name. */
function id(option: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [option, name], { encoding: 'utf8', stdio: 'pipe' }));
  } catch {
    return undefined;
  }
}
