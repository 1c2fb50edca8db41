import { BackupError, isBackupError } from '../errors';
import { cachedTools } from './tools/cache';
import { homebrewTools, pathTools } from './tools/installed';
import { deployedTools } from './tools/tree';

export type Tool = 'pg_dump' | 'pg_dumpall' | 'pg_restore' | 'psql' | 'igzip';

/** PostgreSQL's client programs of one major version. */
export interface ClientTools {
  readonly major: number;
  /** As pg_dump says it: `17.11`. */
  readonly version: string;
  /** @throws BackupError `tool_missing` for igzip where there is none */
  path(tool: Tool): string;
  /** A fast gzip; undefined where there is none, as with Homebrew. */
  readonly igzip: string | undefined;
  /** CA certificates for `sslrootcert`; undefined where the tools know their own (`sslrootcert=system`). */
  readonly caFile: string | undefined;
  /** Where they come from, for people: `Debian trixie, cached in /home/…`. */
  readonly origin: string;
}

export interface ToolsOptions {
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Told what takes long (the first use of a major builds it), and what went wrong without harm. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Finds tools for a server of this major; undefined where this place has none that are new enough. */
export type Search = (
  serverMajor: number,
  options: ToolsOptions,
) => Promise<ClientTools | undefined>;

/** What was set or deployed, then our own build of the distribution's packages, then what is installed. */
const SEARCHES: readonly Search[] = [deployedTools, cachedTools, homebrewTools, pathTools];

/**
 * Client tools fit for a server of this major: its own major where there is one, else the next newer
 * (14 -> 15, 16 -> 17), since pg_dump reads older servers but never newer ones.
 * @throws BackupError `tool_missing` where nothing fits, `usage` where NEON_BACKUP_TOOLS has nothing that does
 */
export async function clientToolsFor(
  serverMajor: number,
  options: ToolsOptions = {},
): Promise<ClientTools> {
  let failure: BackupError | undefined;
  for (const search of SEARCHES) {
    try {
      const tools = await search(serverMajor, options);
      if (tools) return tools;
    } catch (error) {
      if (!isBackupError(error, 'tool_missing')) throw error;
      failure ??= error;
    }
  }
  throw toolsMissing(serverMajor, failure);
}

function toolsMissing(serverMajor: number, cause: BackupError | undefined): BackupError {
  const brew =
    process.platform === 'darwin' ? `Run: brew install postgresql@${serverMajor}` : undefined;
  return new BackupError(
    'tool_missing',
    `There is no pg_dump here that can read a server of PostgreSQL ${serverMajor}${cause ? `: ${cause.message}` : '.'}`,
    {
      cure:
        brew ??
        cause?.cure ??
        `Put PostgreSQL's client programs on the PATH, ${serverMajor} or newer.`,
      ...(cause?.output ? { output: cause.output } : {}),
      ...(cause ? { cause } : {}),
    },
  );
}
