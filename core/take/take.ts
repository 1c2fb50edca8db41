import { FILES } from '../../contract/keys';
import { BackupError, messageOf } from '../errors';
import { toJson } from '../json';
import type { Manifest } from '../manifest';
import { connect } from '../postgres/session';
import { abandonRun } from '../retain/abandon';
import { describeBackup } from './describe';
import { putStream } from './dump';
import { guide } from './guide';
import type { Job, Prepared, TakeOptions } from './job';
import { Meter, type StoredFile } from './meter';
import { refusePoolerHost } from './preflight';
import { prepare } from './prepare';
import { type Read, readSource } from './read';
import { inSnapshot } from './snapshot';
import { stallLimit, Watchdog } from './watchdog';

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

async function complete(prepared: Prepared): Promise<Manifest> {
  try {
    const { job, files, tables, roles } = await read(prepared);
    files.push(await putText(job, FILES.roles, roles));
    files.push(await putText(job, FILES.guide, guide(job)));
    const manifest = describeBackup(job, files, tables, (job.now ?? (() => new Date()))());
    job.signal.throwIfAborted();
    await confirmFiles(job, files);
    await job.confirm?.();
    await job.store.put(job.prefix + FILES.manifest, toJson(manifest));
    return manifest;
  } catch (error) {
    await clearAway(prepared);
    throw error;
  }
}

/** When somebody wants a table's lock between us and pg_dump, only giving up ours lets both go on. */
function read(prepared: Prepared): Promise<Read & { job: Job }> {
  const { session, watchdog, lockTimeoutMs, stallTimeoutMs, signal } = prepared;
  watchdog.allow(stallTimeoutMs + lockTimeoutMs);
  return inSnapshot(session, { lockTimeoutMs, signal }, async (snapshot) => {
    const job = { ...prepared, snapshot };
    return { job, ...(await readSource(job)) };
  });
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
async function clearAway({ store, address, prefix, onProgress }: Prepared): Promise<void> {
  try {
    await abandonRun(store, address);
  } catch (error) {
    onProgress?.({ step: 'note', message: `could not clear away ${prefix}: ${messageOf(error)}` });
  }
}

function putText(job: Job, name: string, text: string): Promise<StoredFile> {
  const meter = new Meter();
  meter.end(text);
  return putStream(job, name, meter);
}
