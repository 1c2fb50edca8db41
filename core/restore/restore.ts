import { type Contents, readContents } from '../archive/contents';
import type { Backup } from '../catalog';
import { BackupError, isBackupError, messageOf } from '../errors';
import { type Address, describe } from '../postgres/address';
import { withSession } from '../postgres/session';
import { type ClientTools, clientToolsFor } from '../postgres/tools';
import type { Store } from '../stores/store';
import { type ArchiveSource, parallelJobs, withArchive } from './archive-source';
import { checkTarget } from './check';
import { type Choice, choose } from './choose';
import { restoreDatabaseSettings } from './database-settings';
import { passes, restorePrivileges } from './privileges';
import { besides, type Replacement, refuseOccupied } from './replace';
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
  const { store, signal, onProgress } = options;
  const onNote = (message: string): void => onProgress?.({ step: 'note', message });
  return withArchive(store, backup, { signal, onNote }, async (archive) => {
    const plan = await prepare(options, facts, archive);
    if (replace !== undefined) return restoreInPlace(options, plan);
    const left = `${describe(target)} holds part of the backup now: drop it before you try again.`;
    return restoreInto(options, target, plan).catch((error) => fail(error, target, left));
  });
}

/** What is known before the first change to the target. */
interface Plan {
  readonly facts: Target;
  readonly tools: ClientTools;
  readonly archive: ArchiveSource;
  readonly contents: Contents;
  readonly choice: Choice;
}

async function prepare(
  { backup, onProgress, toolsFor = clientToolsFor }: RestoreOptions,
  facts: Target,
  archive: ArchiveSource,
): Promise<Plan> {
  const { manifest } = backup;
  const tools = await toolsFor(Math.max(manifest.source.serverMajor, facts.major));
  const contents = await readContents(await archive.open());
  const choice = choose(contents, facts, manifest.roles);
  for (const message of choice.dropped) onProgress?.({ step: 'note', message });
  return { facts, tools, archive, contents, choice };
}

async function restoreInPlace(options: RestoreOptions, plan: Plan): Promise<Restored> {
  const now = (options.now ?? (() => new Date()))();
  const stamp = now
    .toISOString()
    .replace(/[-:]|\.\d+Z/g, '')
    .toLowerCase();
  const fresh = await besides(options.target, stamp);
  try {
    const restored = await restoreInto(options, fresh.address, plan, options.target.database);
    return { ...restored, former: await fresh.swap() };
  } catch (error) {
    return fail(error, options.target, await clearAway(fresh, options.target));
  }
}

/** @returns what became of the target; why the rest could not be dropped matters less than the failure */
async function clearAway(fresh: Replacement, target: Address): Promise<string> {
  const asBefore = `${describe(target)} is as it was.`;
  try {
    await fresh.drop();
    return asBefore;
  } catch (error) {
    return `${asBefore} The database ${fresh.address.database} could not be dropped: ${messageOf(error)}`;
  }
}

async function restoreInto(
  options: RestoreOptions,
  target: Address,
  { facts, tools, archive, contents, choice }: Plan,
  name = target.database,
): Promise<Restored> {
  const { onProgress, signal } = options;
  const { manifest } = options.backup;
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
  const { tables, largeObjects } = manifest;
  const expected = { contents, tables, largeObjects, sameMajor };
  const notes = await withSession(target, async (session) => [
    ...(await checkTarget(session, target, tools, expected)),
    ...(await restoreDatabaseSettings(session, contents, target.database)),
  ]);
  return {
    database: name,
    former: undefined,
    seconds,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
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
  const { objects, privileges, afterwards } = passes(job.entries);
  await replay({ ...job, entries: objects, onLine });
  await restorePrivileges(job.target, privileges);
  if (afterwards.length > 0) await replay({ ...job, entries: afterwards, onLine });
}

/** @param left what became of the target, a sentence */
function fail(error: unknown, target: Address, left: string): never {
  if (!isBackupError(error)) throw error;
  const failed = `The restore into ${describe(target)} failed: ${error.message}`;
  const cancelled = isBackupError(error, 'cancelled');
  throw new BackupError(error.reason, cancelled ? 'The restore was stopped by you.' : failed, {
    ...(error.output ? { output: error.output } : {}),
    cure: `${left}${error.cure ? ` ${error.cure}` : ''}`,
    cause: error,
  });
}
