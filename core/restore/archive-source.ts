import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { backupPrefix, FILES } from '../../contract/keys';
import type { Backup } from '../catalog';
import { BackupError, isBackupError, messageOf } from '../errors';
import type { Store } from '../stores/store';
import { Meter } from '../take/meter';

/** An archive to restore from: a file where there is one, else a stream that can be opened again. */
export interface ArchiveSource {
  readonly path?: string | undefined;
  open(): Promise<Readable>;
}

export interface ArchiveOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told what takes long, and what will. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/**
 * Works with a backup's archive as a file, since only from a file can several jobs restore at once: the
 * store's own, or a copy among the temporary files for as long as the work takes. Where there is no
 * room for one the archive stays a stream.
 * @throws BackupError `corrupt` where the copy is not what the manifest says
 */
export async function withArchive<T>(
  store: Store,
  backup: Backup,
  options: ArchiveOptions,
  work: (archive: ArchiveSource) => Promise<T>,
): Promise<T> {
  const key = backupPrefix(backup.address) + FILES.archive;
  const { signal } = options;
  const stored = { path: store.localPath(key), open: () => store.read(key, { signal }) };
  if (stored.path !== undefined) return work(stored);
  if (!(await hasRoom(tmpdir(), archiveFile(backup).bytes))) {
    options.onNote?.(
      `${tmpdir()} has no room for the archive: it is restored as a stream, by one job`,
    );
    return work(stored);
  }
  options.onNote?.('fetching the archive');
  const folder = await mkdtemp(join(tmpdir(), 'neon-backup-archive-'));
  try {
    const path = join(folder, FILES.archive);
    await fetchInto(path, stored, backup, signal);
    return await work({ path, open: async () => createReadStream(path) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What others may write there meanwhile. */
const RESERVE_BYTES = 64 * 1024 * 1024;

async function hasRoom(folder: string, bytes: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= bytes + RESERVE_BYTES;
}

function archiveFile({ manifest }: Backup) {
  const file = manifest.files.find(({ name }) => name === FILES.archive);
  if (file) return file;
  throw new BackupError('corrupt', `The backup ${manifest.id} has no ${FILES.archive}.`);
}

async function fetchInto(
  path: string,
  stored: ArchiveSource,
  backup: Backup,
  signal: AbortSignal | undefined,
): Promise<void> {
  const meter = new Meter();
  const source = await stored.open();
  const copy = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  await pipeline(source, meter, copy, { ...(signal && { signal }) }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw isBackupError(error) ? error : notFetched(path, error);
  });
  const { bytes, sha256 } = archiveFile(backup);
  const fetched = meter.file(FILES.archive);
  if (fetched.bytes === bytes && fetched.sha256 === sha256) return;
  throw new BackupError('corrupt', `${FILES.archive} is not what the manifest says.`, {
    cure: `Verify the backup: npx neon-backup verify ${backup.address.id}`,
  });
}

function notFetched(path: string, cause: unknown): BackupError {
  return new BackupError('store', `${path} could not be written: ${messageOf(cause)}.`, {
    cure: 'Free some space there, or set TMPDIR to a folder that has it.',
    cause,
  });
}

/** Connections for a restore. More than a few bring nothing: the largest table and the disk decide. */
export function parallelJobs(): number {
  return Math.min(4, Math.max(2, availableParallelism()));
}
