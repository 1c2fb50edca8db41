import { type BackupAddress, backupPrefix, FILES } from '../../contract/keys';
import type { Backup, Catalog } from '../catalog';
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
  const decisions = planRetention(backups.map(candidateOf), policy, now);
  const staying = new Map(
    decisions.flatMap(({ action, address, reason }) =>
      action === 'keep' ? [[backupPrefix(address), reason]] : [],
    ),
  );
  const found = await each(backups, AT_ONCE, async (backup) => {
    const { address } = backup;
    const reason = staying.get(backupPrefix(address));
    const tag = reason && (await tagOf(store, backup));
    return tag ? [{ address, tag, reason }] : [];
  });
  return found.flat();
}

/** Of any of its files: without one of them the others are worth nothing. No listing: it costs a dozen reads. */
async function tagOf(store: Store, backup: Backup): Promise<Retirement | undefined> {
  const { address, manifest, verification } = backup;
  const names = manifest.files.map(({ name }) => name);
  const judged = verification ? [FILES.verification] : [];
  for (const name of [...names, FILES.manifest, ...judged]) {
    const tag = await store.retiredAs(backupPrefix(address) + name);
    if (tag) return tag;
  }
  return undefined;
}
