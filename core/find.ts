import { type Backup, type Filter, readCatalog } from './catalog';
import { BackupError } from './errors';
import type { Store } from './stores/store';

/**
 * The backup that a person named.
 * @param name an id, the unambiguous beginning of one, or `latest`: the newest that did not fail verification
 * @throws BackupError `not_found`, `usage`
 */
export async function findBackup(store: Store, name: string, filter: Filter = {}): Promise<Backup> {
  const { backups, unreadable } = await readCatalog(store, filter);
  if (name === 'latest') return latest(backups, store);
  const found = backups.filter(({ address }) => address.id.startsWith(name));
  if (found.length === 1) return found[0] as Backup;
  if (found.length > 1)
    throw new BackupError('usage', `${found.length} backups begin with ${name}.`, {
      cure: 'Give the whole id.',
    });
  const broken = unreadable.find(({ address }) => address.id.startsWith(name));
  if (broken)
    throw new BackupError(
      broken.reason,
      `The backup ${broken.address.id} can't be used: ${broken.why}`,
      { cure: BROKEN },
    );
  throw new BackupError('not_found', `There is no backup ${name} in ${store.url}.`, {
    cure: `See which there are: npx neon-backup list --in ${store.url}`,
  });
}

const BROKEN =
  'Use another backup, or get this one again from where it was copied; its files may still restore with pg_restore alone.';

function latest(backups: readonly Backup[], store: Store): Backup {
  const databases = new Set(backups.map(({ address }) => address.database));
  if (databases.size > 1) {
    throw new BackupError(
      'usage',
      `${store.url} holds backups of ${databases.size} databases: ${[...databases].join(', ')}.`,
      { cure: 'Say which with --database.' },
    );
  }
  const usable = backups.find(({ verification }) => verification?.state !== 'FAILED');
  if (usable) return usable;
  throw new BackupError(
    'not_found',
    `There is no backup in ${store.url} that has not failed verification.`,
  );
}
