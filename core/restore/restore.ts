import { readContents } from '../archive/contents';
import type { Backup } from '../catalog';
import { archiveOf, parallelJobs } from '../drill/drill';
import { BackupError, isBackupError } from '../errors';
import { type Address, describe } from '../postgres/address';
import { withSession } from '../postgres/session';
import { type ClientTools, clientToolsFor } from '../postgres/tools';
import type { Store } from '../stores/store';
import { checkTarget } from './check';
import { choose } from './choose';
import { restoreDatabaseSettings } from './database-settings';
import { passes, restorePrivileges } from './privileges';
import { besides, refuseOccupied } from './replace';
import { type ReplayOptions, replay } from './replay';
import { inspectTarget, judgeTarget, type Target } from './target';

export interface RestoreOptions {
  readonly store: Store;
  readonly backup: Backup;
  readonly target: Address;
  /** The target database's name, typed by a person who wants it replaced. */
  readonly replace?: string | undefined;
  readonly allowOlder?: boolean | undefined;
  /** Connections at once, where the store has the archive as a file. @default 2 to 4, by the cores */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RestoreProgress) => void) | undefined;
  readonly now?: (() => Date) | undefined;
  readonly toolsFor?: ((serverMajor: number) => Promise<ClientTools>) | undefined;
}

export type RestoreProgress =
  | {
      readonly step: 'restore';
      readonly done: number;
      readonly entries: number;
      readonly doing: string;
    }
  | { readonly step: 'check' | 'note'; readonly message: string };

export interface Restored {
  /** Where the backup is now. */
  readonly database: string;
  /** The database that it replaced, under its new name. */
  readonly former: string | undefined;
  readonly seconds: number;
  readonly rows: number;
  /** What a person should know: owners and grants that were dropped, and the like. */
  readonly notes: readonly string[];
}

/**
 * Restores a whole backup into an empty database, or in the place of one whose name was typed, and
 * compares what is there with the backup before it says so.
 * @throws BackupError; a replaced database is untouched then, an empty target may hold part of the backup
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { target, backup, replace } = options;
  const facts = await withSession(target, inspectTarget);
  refuseOccupied(facts.objects, target, replace);
  judgeTarget(facts, target, backup.manifest, options.allowOlder ?? false);
  return replace === undefined
    ? restoreInto(options, target, facts)
    : restoreInPlace(options, facts);
}

async function restoreInPlace(options: RestoreOptions, facts: Target): Promise<Restored> {
  const now = (options.now ?? (() => new Date()))();
  const stamp = now
    .toISOString()
    .replace(/[-:]|\.\d+Z/g, '')
    .toLowerCase();
  const fresh = await besides(options.target, stamp);
  try {
    const restored = await restoreInto(options, fresh.address, facts, options.target.database);
    return { ...restored, former: await fresh.swap() };
  } catch (error) {
    await fresh.drop();
    throw error;
  }
}

async function restoreInto(
  options: RestoreOptions,
  target: Address,
  facts: Target,
  name = target.database,
): Promise<Restored> {
  const { store, backup, onProgress, signal, toolsFor = clientToolsFor } = options;
  const { manifest } = backup;
  const tools = await toolsFor(Math.max(manifest.source.serverMajor, facts.major));
  const archive = archiveOf(store, backup);
  const contents = await readContents(await archive.open());
  const choice = choose(contents, facts, manifest.roles);
  for (const message of choice.dropped) onProgress?.({ step: 'note', message });
  const began = performance.now();
  await replayAll(options, {
    tools,
    archive,
    target,
    targetMajor: facts.major,
    ...choice,
    jobs: options.jobs ?? parallelJobs(),
    signal,
  });
  const seconds = Math.round(performance.now() - began) / 1000;
  onProgress?.({ step: 'check', message: 'comparing the rows and definitions with the backup' });
  const sameMajor = facts.major === manifest.source.serverMajor;
  const expected = { contents, tables: manifest.tables, sameMajor };
  const notes = await withSession(target, async (session) => [
    ...(await checkTarget(session, target, tools, expected)),
    ...(await restoreDatabaseSettings(session, contents, target.database)),
  ]);
  return {
    database: name,
    former: undefined,
    seconds,
    rows: manifest.tables.reduce((sum, { rows }) => sum + rows, 0),
    notes: [...choice.dropped, ...notes],
  };
}

/** pg_restore says in each line of this kind that it goes on to another entry. */
const STEP =
  /^pg_restore: (?:finished item|processing data for|creating|executing) ?(?:table |item )?(.*)/;

async function replayAll(
  { onProgress }: RestoreOptions,
  job: ReplayOptions & Required<Pick<ReplayOptions, 'entries'>>,
): Promise<void> {
  let done = 0;
  const entries = job.entries.length;
  const onLine = (line: string): void => {
    const doing = STEP.exec(line)?.[1];
    if (doing !== undefined)
      onProgress?.({ step: 'restore', done: Math.min(++done, entries), entries, doing });
  };
  try {
    const { objects, privileges, afterwards } = passes(job.entries);
    await replay({ ...job, entries: objects, onLine });
    await restorePrivileges(job.target, privileges);
    if (afterwards.length > 0) await replay({ ...job, entries: afterwards, onLine });
  } catch (error) {
    throw isBackupError(error, 'cancelled') ? error : halfWay(error, job.target);
  }
}

function halfWay(error: unknown, target: Address): unknown {
  if (!isBackupError(error)) return error;
  const message = `The restore into ${describe(target)} failed: ${error.message}`;
  const cure = `${describe(target)} holds part of the backup now: drop it before you try again.${error.cure ? ` ${error.cure}` : ''}`;
  return new BackupError(error.reason, message, {
    ...(error.output ? { output: error.output } : {}),
    cure,
    cause: error,
  });
}
