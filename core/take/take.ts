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
import { judge, refusePooler, refusePoolerHost } from './preflight';
import { countRows, openSnapshot } from './snapshot';
import { Watchdog } from './watchdog';

/**
 * Takes one backup: everything in one snapshot, each table read by one COPY and one count(*). The
 * manifest is written last; until then nobody sees the backup.
 * @throws BackupError; then no backup was made, and none that was there has changed
 */
export async function takeBackup(options: TakeOptions): Promise<Manifest> {
  refusePoolerHost(options.source);
  const session = await connect(options.source, { signal: options.signal });
  try {
    const job = await prepare(session, options);
    return await complete(job);
  } finally {
    await session.close();
  }
}

/** Everything before the first byte: what is there, whether it can be backed up, and its snapshot. */
async function prepare(session: Session, options: TakeOptions): Promise<Job> {
  const { source, kind, accept = {}, lockTimeoutMs = 30_000, stallTimeoutMs = 300_000 } = options;
  const startedAt = (options.now ?? (() => new Date()))();
  options.onProgress?.({ step: 'preflight', message: 'looking at the source' });
  await refusePooler(session, source);
  const inventory = await takeInventory(session);
  const notes = judge(inventory, source.user, accept);
  const database = options.database ?? inventory.server.name;
  if (!accept.newSource) await refuseOtherSource(options, database, inventory);
  const tools = await (options.toolsFor ?? clientToolsFor)(inventory.server.major);
  const snapshot = await openSnapshot(session, inventory.tables, lockTimeoutMs);
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
    const { files, tables } = await dumpAndCount(job);
    files.push(await putText(job, FILES.roles, await dumpRoles(job)));
    files.push(await putText(job, FILES.guide, guide(job)));
    const manifest = describeBackup(job, files, tables, (job.now ?? (() => new Date()))());
    job.signal?.throwIfAborted();
    await job.store.put(job.prefix + FILES.manifest, toJson(manifest));
    return manifest;
  } catch (error) {
    await clearAway(job);
    throw error;
  }
}

/** What is left without a manifest is invisible anyway: that it stays is worth a line, not a failure. */
async function clearAway({ store, prefix, onProgress }: Job): Promise<void> {
  try {
    await store.retire(prefix, 'abandoned');
  } catch (error) {
    onProgress?.({ step: 'note', message: `could not clear away ${prefix}: ${messageOf(error)}` });
  }
}

async function dumpAndCount(job: Job): Promise<{ files: StoredFile[]; tables: TableRows[] }> {
  const abort = new AbortController();
  const signal = job.signal ? AbortSignal.any([abort.signal, job.signal]) : abort.signal;
  const watchdog = new Watchdog(job.stallTimeoutMs, (error) => abort.abort(error));
  const firstByte = Promise.withResolvers<void>();
  const began = performance.now();
  let dumped = false;
  const onTable = (done: number): void => {
    watchdog.touch();
    if (dumped) job.onProgress?.({ step: 'count', done, tables: job.snapshot.tables.length });
  };
  const dumping = dump(job, signal, () => {
    firstByte.resolve();
    watchdog.touch();
  }).then((files) => {
    // Counting a table shows no progress, and takes less time than dumping it did.
    watchdog.allow(3 * (performance.now() - began));
    dumped = true;
    return files;
  });
  // Not before pg_dump has its locks, lest somebody's DDL comes between the two.
  const counting = Promise.race([
    firstByte.promise.then(() => countRows(job.session, job.snapshot.tables, onTable)),
    aborted(signal),
  ]);
  try {
    const [files, tables] = await together<[StoredFile[], TableRows[]]>(abort, [dumping, counting]);
    return { files, tables };
  } finally {
    watchdog.stop();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Roles are no part of a dump; passwords stay where they are. */
function dumpRoles(job: Job): Promise<string> {
  job.onProgress?.({ step: 'roles', message: 'writing down the roles' });
  const args = [
    '--roles-only',
    '--no-role-passwords',
    '--no-password',
    `--database=${job.source.database}`,
  ];
  return runProgram(job.tools.path('pg_dumpall'), args, {
    env: sourceEnvironment(job),
    signal: job.signal,
  });
}

function putText(job: Job, name: string, text: string): Promise<StoredFile> {
  const meter = new Meter();
  meter.end(text);
  return putStream(job, name, meter);
}
