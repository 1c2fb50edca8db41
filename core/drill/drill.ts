import { availableParallelism } from 'node:os';
import { backupPrefix, FILES } from '../../contract/keys';
import { compare, type Unordered } from '../archive/compare';
import { type Contents, readContents } from '../archive/contents';
import { type Fingerprint, fingerprint } from '../archive/fingerprint';
import { differenceOf, sumRows } from '../archive/rows';
import type { Backup } from '../catalog';
import { isBackupError } from '../errors';
import type { Check, Verification } from '../manifest';
import { programEnvironment } from '../postgres/address';
import { startProgram } from '../postgres/program';
import { type ClientTools, clientToolsFor } from '../postgres/tools';
import type { ArchiveSource } from '../restore/replay';
import type { Store } from '../stores/store';
import { some, verdict } from '../verify/tables';
import type { Scratch } from './scratch';
import { makeRoles, restoreInStages } from './stages';

export interface DrillOptions {
  readonly store: Store;
  readonly backup: Backup;
  /** Of the stored archive. */
  readonly content: Fingerprint;
  readonly openScratch: () => Promise<Scratch>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
  readonly now?: (() => Date) | undefined;
  readonly toolsFor?: ((serverMajor: number) => Promise<ClientTools>) | undefined;
}

export interface DrillResult {
  readonly check: Check;
  /** Null where it did not come to a good end. */
  readonly drill: Verification['drill'];
}

/**
 * Restores a backup into a scratch database, dumps that, and compares the two archives: every table's
 * rows, every definition. The scratch is dropped in every ending.
 */
export async function drill(options: DrillOptions): Promise<DrillResult> {
  const { backup, toolsFor = clientToolsFor } = options;
  const tools = await toolsFor(backup.manifest.source.serverMajor);
  const scratch = await options.openScratch();
  try {
    return await run(options, scratch, tools);
  } finally {
    await scratch.drop();
  }
}

async function run(
  options: DrillOptions,
  scratch: Scratch,
  tools: ClientTools,
): Promise<DrillResult> {
  const { backup, content, onProgress, now = () => new Date() } = options;
  const archive = archiveOf(options.store, backup);
  const began = performance.now();
  try {
    onProgress?.(`restoring into ${scratch.name}`);
    await restore(options, scratch, tools, archive);
  } catch (error) {
    return { check: explain(error, scratch), drill: null };
  }
  const restored = performance.now();
  onProgress?.('comparing every table and definition');
  const dump = () => dumpOf(scratch, tools, options.signal);
  const differences = await findDifferences(archive, dump, content, scratch.ownership);
  const seconds = (from: number, to: number): number => Math.round(to - from) / 1000;
  if (differences.length > 0) return { check: disagree(differences, scratch, backup), drill: null };
  return {
    check: {
      name: 'drill',
      ok: true,
      detail: `restored into ${scratch.name} and found equal: ${content.tables.length} tables, ${content.entries.length} definitions`,
    },
    drill: {
      scratch: scratch.name,
      restoreSeconds: seconds(began, restored),
      compareSeconds: seconds(restored, performance.now()),
      at: now().toISOString(),
      limits: [...scratch.limits],
    },
  };
}

/** The stored archive, as a file where the store has one. */
export function archiveOf(store: Store, { address }: Backup): ArchiveSource {
  const key = backupPrefix(address) + FILES.archive;
  return { path: store.localPath(key), open: () => store.read(key) };
}

async function restore(
  { store, backup, signal }: DrillOptions,
  scratch: Scratch,
  tools: ClientTools,
  archive: ArchiveSource,
): Promise<void> {
  const roles = await store.readSmall(backupPrefix(backup.address) + FILES.roles);
  await makeRoles(scratch, tools, roles.bytes.toString());
  const { entries }: Contents = await readContents(await archive.open());
  await restoreInStages({ scratch, tools, archive, entries, jobs: parallelJobs(), signal });
}

/** More than a few bring nothing: the largest table and the disk decide. */
export function parallelJobs(): number {
  return Math.min(4, Math.max(2, availableParallelism()));
}

/** The scratch as an archive, to be read once. */
async function* dumpOf(
  scratch: Scratch,
  tools: ClientTools,
  signal?: AbortSignal,
): AsyncIterable<Buffer> {
  const env = programEnvironment(scratch.restorer, { caFile: tools.caFile });
  const dump = startProgram(
    tools.path('pg_dump'),
    ['--format=custom', '--compress=0', '--no-password'],
    { env, signal },
  );
  try {
    yield* dump.stdout as AsyncIterable<Buffer>;
    await dump.ended;
  } finally {
    dump.kill();
  }
}

async function findDifferences(
  archive: ArchiveSource,
  dump: () => AsyncIterable<Buffer>,
  content: Fingerprint,
  ownership: boolean,
): Promise<string[]> {
  const { differences, unordered } = compare(content, await fingerprint(dump()), { ownership });
  if (unordered.length === 0) return [...differences];
  const wanted = new Set(unordered.map(({ name }) => name));
  const before = await sumRows(await archive.open(), wanted);
  const after = await sumRows(dump(), wanted);
  const differing = unordered.filter(({ name }) => before.get(name) !== after.get(name));
  const described: string[] = [];
  for (const [at, table] of differing.entries())
    described.push(at < LOOKED_INTO ? await describeRows(archive, dump, table) : inWords(table));
  return [...differences, ...described];
}

/** Each takes another reading of both archives. */
const LOOKED_INTO = 3;

/** More rows than this are not kept in memory to find the lines that differ. */
const MAX_ROWS = 5_000_000;

/** Which table, how many rows, the first line; never the data. */
async function describeRows(
  archive: ArchiveSource,
  dump: () => AsyncIterable<Buffer>,
  table: Unordered,
): Promise<string> {
  const { name, rows } = table;
  if (Math.max(rows.original, rows.restored) > MAX_ROWS) return inWords(table);
  const { missing, added, firstLine } = await differenceOf(
    await archive.open(),
    dump(),
    name,
    rows,
  );
  const where = firstLine === undefined ? '' : `, the first in line ${firstLine}`;
  return `${inWords(table)}: ${missing} missing${where}; ${added} new`;
}

function inWords({ name, rows }: Unordered): string {
  return `the rows of ${name} differ (${rows.original} before, ${rows.restored} now)`;
}

/** On another major version the same database is written down in other words. */
function disagree(differences: readonly string[], scratch: Scratch, { manifest }: Backup): Check {
  const detail = `restored into ${scratch.name}, ${differences.length} differences: ${some(differences)}`;
  if (scratch.major !== manifest.source.serverMajor) {
    return {
      name: 'drill',
      ok: null,
      detail: `${detail}. The scratch is PostgreSQL ${scratch.major}, the source ${manifest.source.serverMajor}, which may explain them`,
    };
  }
  return verdict('drill', [detail], '');
}

/** What the scratch lacks says nothing about the backup. */
const LACKING =
  /role ".*" does not exist|extension ".*" is not available|could not open extension control file|collation ".*" .*does not exist|could not (create|find) locale|invalid locale|must be superuser|permission denied|must be owner|must be able to SET ROLE|must have .* privilege|Only roles with|Must be superuser|unrecognized configuration parameter|could not access file/;

function explain(error: unknown, scratch: Scratch): Check {
  if (!isBackupError(error)) throw error;
  const words = [error.message, error.output].filter(Boolean).join('\n');
  if (isBackupError(error, 'cancelled')) throw error;
  const lacking =
    isBackupError(
      error,
      'undecidable',
      'source_unavailable',
      'source_disconnected',
      'tool_missing',
    ) ||
    LACKING.test(words) ||
    scratch.limits.some((limit) => limit.startsWith('the locale'));
  const why = lacking
    ? `could not be restored into ${scratch.name}, which says nothing about the backup itself`
    : `could not be restored into ${scratch.name}`;
  return { name: 'drill', ok: lacking ? null : false, detail: `${why}: ${words}` };
}
