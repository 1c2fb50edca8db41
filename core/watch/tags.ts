import { type BackupAddress, backupPrefix } from '../../contract/keys';
import type { Catalog } from '../catalog';
import { planRetention } from '../retain/plan';
import type { Policy } from '../retain/policy';
import { candidateOf } from '../retain/supersede';
import type { Retirement, Store } from '../stores/store';
import { each } from '../together';

/** A backup that is to stay, and is marked to go. */
export interface Contradiction {
  readonly address: BackupAddress;
  readonly tag: Retirement;
  /** Why it is to stay. */
  readonly reason: string;
}

/** So many backups are asked about at once. */
const AT_ONCE = 8;

/**
 * Finds what carries a mark that retention would not set: whoever may tag can delete slowly, and this
 * is how one hears of it in time.
 */
export async function findContradictions(
  store: Store,
  { backups }: Pick<Catalog, 'backups'>,
  policy: Policy,
  now: Date,
): Promise<Contradiction[]> {
  const staying = planRetention(backups.map(candidateOf), policy, now).filter(
    ({ action }) => action === 'keep',
  );
  const found = await each(staying, AT_ONCE, async ({ address, reason }) => {
    const tag = await tagOf(store, address);
    return tag ? [{ address, tag, reason }] : [];
  });
  return found.flat();
}

/** Of any of its files: without one of them the others are worth nothing. */
async function tagOf(store: Store, address: BackupAddress): Promise<Retirement | undefined> {
  for await (const { key } of store.list(backupPrefix(address))) {
    const tag = await store.retiredAs(key);
    if (tag) return tag;
  }
  return undefined;
}
