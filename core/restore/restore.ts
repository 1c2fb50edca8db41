import { type Contents, readContents } from '../archive/contents';
import { withoutNeons } from '../archive/neon';
import type { Backup } from '../catalog';
import { type Address, describe } from '../postgres/address';
import { withSession } from '../postgres/session';
import { type ClientTools, clientToolsFor } from '../postgres/tools';
import type { Store } from '../stores/store';
import { type ArchiveSource, parallelJobs, withArchive } from './archive-source';
import { checkTarget } from './check';
import { type Choice, choose } from './choose';
import { restoreDatabaseSettings } from './database-settings';
import { type Aside, fail, giveUp } from './ending';
import { passes, restorePrivileges } from './privileges';
import { besides, refuseOccupied } from './replace';
import { type ReplayOptions, replay } from './replay';
import { makeRoles } from './roles';
import { inspectTarget, judgeTarget, type Target } from './target';

export interface RestoreOptions {
  readonly store: Store;
  readonly backup: Backup;
  readonly target: Address;
  /** The target database's name, typed by a person who wants it replaced. */
  readonly replace?: string | undefined;
  /** Keeps what is there in another way as well, before it is replaced. */
  readonly keepAside?: (() => Promise<Aside>) | undefined;
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
  const { header, entries } = await readContents(await archive.open());
  const contents = { header, entries: withoutNeons(entries) };
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
  const aside = await options.keepAside?.();
  const fresh = await besides(options.target, stamp).catch((error) =>
    giveUp(options.target, error, aside),
  );
  try {
    const restored = await restoreInto(options, fresh.address, plan, options.target.database);
    const former = await fresh.swap();
    return { ...restored, former, notes: [...restored.notes, ...(aside ? [aside.note] : [])] };
  } catch (error) {
    return giveUp(options.target, error, aside, fresh);
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
  const made = await withSession(target, (session) => makeRoles(session, choice.rolesToMake));
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
    notes: [...made, ...choice.dropped, ...notes],
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
