import { isBackupError } from '../errors';
import type { Small, Store } from './store';

/** Small bytes that may not be there. */
export async function readIfThere(store: Store, key: string): Promise<Small | undefined> {
  try {
    return await store.readSmall(key);
  } catch (error) {
    if (isBackupError(error, 'not_found')) return undefined;
    throw error;
  }
}

/** How often two writers of one key may get in each other's way. */
const ATTEMPTS = 5;

/**
 * Replaces small bytes by what `next` makes of those that are there; once more where somebody else
 * was faster, so that neither's word is lost half-way.
 * @param next undefined leaves them as they are
 */
export async function updateSmall(
  store: Store,
  key: string,
  next: (now: Buffer | undefined) => Buffer | undefined,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const small = await readIfThere(store, key);
    const bytes = next(small?.bytes);
    if (!bytes) return;
    try {
      await store.swap(key, bytes, small?.version);
      return;
    } catch (error) {
      if (!isBackupError(error, 'exists') || attempt >= ATTEMPTS) throw error;
    }
  }
}
