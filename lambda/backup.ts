import { type Kind, type SlotAddress, stampOf } from '../contract/keys';
import { UNKNOWN_KIND } from '../contract/metrics';
import type { Manifest } from '../core/manifest';
import { backupFailed } from '../core/notices/events';
import { readSituation } from '../core/notices/situation';
import { oncePerSlot, type Turn } from '../core/slot/once';
import type { Source, TakeOptions } from '../core/take/job';
import { takeBackup } from '../core/take/take';
import { beforeDeadline, type Call, timeLeft } from './deadline';
import { log, placeOf, seriesOf, settings, store } from './deployment';
import { type BackupEvent, parseBackupEvent } from './event';
import { describe } from './failure';
import { emit } from './metrics';
import { tell } from './notify';
import { nameOf, withSource } from './source';

/**
 * Takes one backup of the source that the stack names, into the vault; once, however often the same
 * scheduled time, or the same call, arrives.
 * @param event `{ kind, scheduledAt? }`
 * @returns the backup's id
 * @throws whatever ended the run: the call then counts as failed
 */
export async function handler(event: unknown, call: Call): Promise<{ id: string }> {
  const started = performance.now();
  const duration = () => (performance.now() - started) / 1000;
  const known: Known = { database: settings.database };
  try {
    const request = parseBackupEvent(event);
    known.kind = request.kind;
    log.info('backup started', { ...request });
    const { id, manifest } = await beforeDeadline(call, (signal) =>
      take(request, call, signal, known),
    );
    log.info(manifest ? 'backup finished' : 'backup was made before', { id, ...known });
    if (manifest)
      emit(seriesOf(known.kind ?? UNKNOWN_KIND), {
        completed: 1,
        failed: 0,
        bytes: bytesOf(manifest),
        duration: duration(),
        backupTimeLeft: timeLeft(call),
      });
    return { id };
  } catch (error) {
    log.error('backup failed', describe(error));
    emit(seriesOf(known.kind ?? UNKNOWN_KIND), { completed: 0, failed: 1, duration: duration() });
    const { kind, database } = known;
    if (kind) await tell(kind, () => notice(kind, database, error));
    throw error;
  }
}

/** What has turned out about a run so far. */
interface Known {
  kind?: Kind;
  database: string | undefined;
}

interface Taken {
  readonly id: string;
  /** Undefined where another call has made the backup. */
  readonly manifest: Manifest | undefined;
}

async function take(
  { kind, scheduledAt, acceptNewSource = false }: BackupEvent,
  call: Call,
  signal: AbortSignal,
  known: Known,
): Promise<Taken> {
  const database = settings.database ?? (await nameOf(settings.source));
  known.database = database;
  // A call that no schedule made is known by its own number, which its repetitions share.
  const slot = scheduledAt ? stampOf(new Date(scheduledAt)) : `call-${call.awsRequestId}`;
  const of = { database, kind, slot };
  let manifest: Manifest | undefined;
  const id = await oncePerSlot({ store, slot: of, signal, onNote }, async (turn) => {
    manifest = await withSource(settings.source, turn.signal, (source) =>
      takeFrom(source, of, { ...turn, accept: { newSource: acceptNewSource } }),
    );
    return manifest.id;
  });
  return { id, manifest };
}

function takeFrom(
  source: Source,
  { database, kind }: SlotAddress,
  run: Turn & Pick<TakeOptions, 'accept'>,
): Promise<Manifest> {
  const { plain, lockTimeoutSeconds, stallTimeoutSeconds } = settings;
  return takeBackup({
    source,
    store,
    kind,
    database,
    plain,
    lockTimeoutMs: lockTimeoutSeconds * 1000,
    stallTimeoutMs: stallTimeoutSeconds * 1000,
    ...run,
    onProgress: (progress) => {
      if (progress.step === 'preflight' || progress.step === 'note') onNote(progress.message);
    },
  });
}

function onNote(message: string): void {
  log.info(message);
}

async function notice(kind: Kind, database: string | undefined, error: unknown) {
  const situation = await readSituation(store, { database, kind }, new Date());
  return backupFailed(kind, error, situation, placeOf(database));
}

function bytesOf({ files }: Manifest): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
