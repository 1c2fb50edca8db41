import type { BackupAddress } from '../../contract/keys';
import { messageOf } from '../errors';
import type { Store } from '../stores/store';

export interface Failure {
  readonly address: BackupAddress;
  readonly why: string;
}

/** What went, or would go in a dry run, and what should have and did not. */
export interface Gone<T> {
  readonly gone: readonly T[];
  readonly failed: readonly Failure[];
}

/** Gives up each of some backups. One failure doesn't stop the rest. */
export async function retireEach<T extends { readonly address: BackupAddress }>(
  items: readonly T[],
  { store, dryRun }: { readonly store: Store; readonly dryRun?: boolean | undefined },
  retire: (store: Store, address: BackupAddress) => Promise<void>,
): Promise<Gone<T>> {
  if (dryRun) return { gone: items, failed: [] };
  const gone: T[] = [];
  const failed: Failure[] = [];
  for (const item of items) {
    try {
      await retire(store, item.address);
      gone.push(item);
    } catch (error) {
      failed.push({ address: item.address, why: messageOf(error) });
    }
  }
  return { gone, failed };
}
