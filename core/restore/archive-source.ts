import { availableParallelism } from 'node:os';
import type { Readable } from 'node:stream';
import { backupPrefix, FILES } from '../../contract/keys';
import type { Backup } from '../catalog';
import type { Store } from '../stores/store';

/** An archive to restore from: a file where there is one, else a stream that can be opened again. */
export interface ArchiveSource {
  readonly path?: string | undefined;
  open(): Promise<Readable>;
}

export function archiveOf(store: Store, { address }: Backup): ArchiveSource {
  const key = backupPrefix(address) + FILES.archive;
  return { path: store.localPath(key), open: () => store.read(key) };
}

/** Connections for a restore. More than a few bring nothing: the largest table and the disk decide. */
export function parallelJobs(): number {
  return Math.min(4, Math.max(2, availableParallelism()));
}
