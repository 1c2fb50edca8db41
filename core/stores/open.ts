import { BackupError } from '../errors';
import { FolderStore } from './folder';
import type { Store } from './store';

/**
 * The store that a person names: a folder, or `s3://bucket/prefix`.
 * @throws BackupError `usage`
 */
export function openStore(url: string): Store {
  const scheme = /^([a-z0-9]+):\/\//.exec(url)?.[1];
  if (scheme === undefined) return new FolderStore(url);
  throw new BackupError('usage', `Stores of the kind ${scheme}:// are not known.`, {
    cure: 'Give a folder, such as ./backups.',
  });
}
