import { BackupError } from '../errors';
import { FolderStore } from './folder';
import type { Store } from './store';

/**
 * The store that a person names: a folder, or `s3://bucket/prefix`.
 * @throws BackupError `usage`
 */
export async function openStore(url: string): Promise<Store> {
  const scheme = /^([a-z0-9]+):\/\//.exec(url)?.[1];
  if (scheme === undefined) return new FolderStore(url);
  if (scheme === 's3') {
    // Whoever uses a folder need not load the SDK: it takes time, and 20 MB of memory.
    const { S3Store } = await import('./s3.js');
    return new S3Store(url);
  }
  throw new BackupError('usage', `Stores of the kind ${scheme}:// are not known.`, {
    cure: 'Give a folder, such as ./backups, or s3://bucket/prefix.',
  });
}
