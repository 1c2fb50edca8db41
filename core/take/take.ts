import { backupPrefix, FILES, newBackupId } from '../../contract/keys';
import { readCatalog } from '../catalog';
import { BackupError, messageOf } from '../errors';
import { type Manifest, type TableRows, toJson } from '../manifest';
import { runProgram } from '../postgres/program';
import { connect, type Session } from '../postgres/session';
import { clientToolsFor } from '../postgres/tools';
import { together } from '../together';
import { describeBackup } from './describe';
import { dump, putStream, sourceEnvironment } from './dump';
import { guide } from './guide';
import { type Inventory, takeInventory } from './inventory';
import type { Job, TakeOptions } from './job';
import { Meter, type StoredFile } from './meter';
import { judge, refuseOlderTools, refusePooler, refusePoolerHost } from './preflight';
import { countRows, openSnapshot } from './snapshot';
import { Watchdog } from './watchdog';

/**
 * Takes one backup: everything in one snapshot, each table read by one COPY and one count(*). The
 * manifest is written last; until then nobody sees the backup.
 * @throws BackupError; then no backup was made, and none that was there has changed
 */
export async function takeBackup(options: TakeOptions): Promise<Manifest> {
  refusePoolerHost(options.source);
  const hung = new AbortController();
  const watchdog = new Watchdog(stallLimit(options), (error) => hung.abort(error));
  const signal = options.signal ? AbortSignal.any([options.signal, hung.signal]) : hung.signal;
  try {
    const session = await connect(options.source, { signal });
    try {
      return await complete(await prepare(session, { ...options, signal, watchdog }));
    } finally {
      await session.close();
    }
  } finally {
    watchdog.stop();
  }
}

function stallLimit({ stallTimeoutMs = 300_000 }: TakeOptions): number {
  return stallTimeoutMs;
}

type Watched = TakeOptions & Pick<Job, 'signal' | 'watchdog'>;

/** Everything before the first byte: what is there, whether it can be backed up, and its snapshot. */
async function prepare(connected: Session, options: Watched): Promise<Job> {
  const { source, kind, accept = {}, lockTimeoutMs = 30_000, signal, watchdog } = options;
  const stallTimeoutMs = stallLimit(options);
  const session = watched(connected, watchdog);
  const startedAt = (options.now ?? (() => new Date()))();
  options.onProgress?.({ step: 'preflight', message: 'looking at the source' });
  await refusePooler(session, source, signal);
  const inventory = await takeInventory(session);
  const notes = judge(inventory, source.user, accept);
  const database = options.database ?? inventory.server.name;
  if (!accept.newSource) await refuseOtherSource(options, database, inventory);
  watchdog.allow(stallTimeoutMs + FETCH_TOOLS_MS);
  const tools = await (options.toolsFor ?? clientToolsFor)(inventory.server.major);
  refuseOlderTools(tools, inventory);
  watchdog.allow(stallTimeoutMs + lockTimeoutMs);
  const snapshot = await openSnapshot(session, inventory.tables, lockTimeoutMs, signal);
  const address = { database, kind, id: newBackupId(startedAt) };
  const prefix = backupPrefix(address);
  return {
    ...options,
    session,
    inventory,
    notes,
    tools,
    snapshot,
    address,
    prefix,
    startedAt,
    lockTimeoutMs,
    stallTimeoutMs,
  };
}

/** The first run with a major fetches its tools, on any network. */
const FETCH_TOOLS_MS = 15 * 60_000;

/** Every answer of the server is progress, whatever it says. */
function watched(session: Session, watchdog: Watchdog): Session {
  const answered = <T>(answer: Promise<T>): Promise<T> => answer.finally(() => watchdog.touch());
  return {
    rows: (sql, parameters) => answered(session.rows(sql, parameters)),
    row: (sql, parameters) => answered(session.row(sql, parameters)),
    close: () => session.close(),
  };
}

/** Guards against a URL that leads to another database or branch than the one of last time. */
async function refuseOtherSource(
  { store }: TakeOptions,
  database: string,
  { server }: Inventory,
): Promise<void> {
  const [newest] = (await readCatalog(store, { database })).backups;
  const known = newest?.manifest.source;
  if (!known?.systemIdentifier || !server.systemIdentifier) return;
  if (known.systemIdentifier === server.systemIdentifier && known.oid === server.oid) return;
  throw new BackupError(
    'refused',
    `This is not the database ${database} that backup ${newest?.address.id} in ${store.url} came from.`,
    {
      cure: 'Check the URL; give this one another name with --database, or, if it has moved to a new server, say --accept-new-source.',
    },
  );
}

async function complete(job: Job): Promise<Manifest> {
  try {
    const { files, tables, roles } = await dumpAndCount(job);
    files.push(await putText(job, FILES.roles, roles));
    files.push(await putText(job, FILES.guide, guide(job)));
    const manifest = describeBackup(job, files, tables, (job.now ?? (() => new Date()))());
    job.signal.throwIfAborted();
    await confirmFiles(job, files);
    await job.store.put(job.prefix + FILES.manifest, toJson(manifest));
    return manifest;
  } catch (error) {
    await clearAway(job);
    throw error;
  }
}

/** A machine that slept for hours may find that its files were taken for those of a dead run. */
async function confirmFiles({ store, prefix }: Job, files: readonly StoredFile[]): Promise<void> {
  const sizes = new Map<string, number>();
  for await (const { key, bytes } of store.list(prefix)) sizes.set(key, bytes);
  const gone = files.find(({ name, bytes }) => sizes.get(prefix + name) !== bytes);
  if (!gone) return;
  throw new BackupError('store', `${gone.name} is no longer in ${store.url} as it was written.`, {
    cure: 'Try again; nothing else may write into the folder of a run.',
  });
}

/** What is left without a manifest is invisible anyway: that it stays is worth a line, not a failure. */
async function clearAway({ store, prefix, onProgress }: Job): Promise<void> {
  try {
    await store.retire(prefix, 'abandoned');
  } catch (error) {
    onProgress?.({ step: 'note', message: `could not clear away ${prefix}: ${messageOf(error)}` });
  }
}

interface Read {
  readonly files: StoredFile[];
  readonly tables: TableRows[];
  readonly roles: string;
}

/** Everything that is read from the source, side by side. */
async function dumpAndCount(job: Job): Promise<Read> {
  const { watchdog, stallTimeoutMs } = job;
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, job.signal]);
  const firstByte = Promise.withResolvers<void>();
  const began = performance.now();
  let dumped = false;
  const onTable = (done: number): void => {
    if (dumped) job.onProgress?.({ step: 'count', done, tables: job.snapshot.tables.length });
  };
  // pg_dump is silent while it waits for its own locks.
  firstByte.promise.then(() => watchdog.allow(stallTimeoutMs));
  const dumping = dump(job, signal, () => {
    firstByte.resolve();
    watchdog.touch();
  }).then((files) => {
    // Counting a table shows no progress, and takes less time than dumping it did.
    watchdog.allow(Math.max(stallTimeoutMs, 3 * (performance.now() - began)));
    dumped = true;
    return files;
  });
  // Not before pg_dump has its locks, lest somebody's DDL comes between the two.
  const counting = Promise.race([
    firstByte.promise.then(() => countRows(job.session, job.snapshot.tables, onTable)),
    aborted(signal),
  ]);
  const work: [Promise<StoredFile[]>, Promise<TableRows[]>, Promise<string>] = [
    dumping,
    counting,
    dumpRoles(job, signal),
  ];
  const [files, tables, roles] = await together<[StoredFile[], TableRows[], string]>(abort, work);
  return { files, tables, roles };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Roles are no part of a dump; passwords stay where they are. */
function dumpRoles(job: Job, signal: AbortSignal): Promise<string> {
  const args = [
    '--roles-only',
    '--no-role-passwords',
    '--no-password',
    `--database=${job.source.database}`,
  ];
  return runProgram(job.tools.path('pg_dumpall'), args, {
    env: sourceEnvironment(job),
    signal,
  });
}

function putText(job: Job, name: string, text: string): Promise<StoredFile> {
  const meter = new Meter();
  meter.end(text);
  return putStream(job, name, meter);
}
