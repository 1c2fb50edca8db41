import { type Kind, slotsPrefix } from '../../contract/keys';
import { type Backup, isVerified, readCatalog } from '../catalog';
import { isBackupError } from '../errors';
import { failuresOf, parseSlot } from '../slot/record';
import { readIfThere } from '../stores/small';
import type { Store, StoredObject } from '../stores/store';
import { each } from '../together';

/** Something that went wrong with a kind since its newest VERIFIED backup. */
export interface Trouble {
  readonly at: Date;
  /** `no backup was made`, `20261123T020000Z-k3f9 is FAILED`. */
  readonly what: string;
}

/** Where things stand with the backups of a kind. */
export interface Situation {
  /** The newest VERIFIED backup of the database, of any kind: what can be restored right now. */
  readonly safe: Backup | undefined;
  /** The oldest first; empty when all is well. */
  readonly troubles: readonly Trouble[];
  /** Why nothing of it is known, where the store can't be read. */
  readonly unknown?: string;
}

/**
 * Reads it from the store alone: from slots that failed, and backups that are not VERIFIED.
 * @param before only what was started before this moment
 */
export async function readSituation(
  store: Store,
  of: { database?: string | undefined; kind: Kind },
  before: Date,
): Promise<Situation> {
  try {
    return await lookAround(store, of, before);
  } catch (error) {
    if (!isBackupError(error)) throw error;
    return { safe: undefined, troubles: [], unknown: error.message };
  }
}

async function lookAround(
  store: Store,
  { database, kind }: { database?: string | undefined; kind: Kind },
  before: Date,
): Promise<Situation> {
  const { backups } = await readCatalog(store, { database });
  const earlier = backups.filter(
    ({ address, manifest }) => address.kind === kind && new Date(manifest.startedAt) < before,
  );
  const good = earlier.find(isVerified);
  const after = new Date(good?.manifest.startedAt ?? 0);
  const troubles = [
    ...(await failedRuns(store, database, kind, before)),
    ...earlier.flatMap(badBackup),
  ].filter(({ at }) => at > after && at < before);
  return {
    safe: backups.find(isVerified),
    troubles: troubles.sort((a, b) => a.at.getTime() - b.at.getTime()),
  };
}

function badBackup({ address, manifest, verification }: Backup): Trouble[] {
  if (!verification || verification.state === 'VERIFIED') return [];
  return [{ at: new Date(manifest.startedAt), what: `${address.id} is ${verification.state}` }];
}

/** More than this in a row say nothing new. */
const LOOKED_AT = 60;
const AT_ONCE = 8;

async function failedRuns(
  store: Store,
  database: string | undefined,
  kind: Kind,
  now: Date,
): Promise<Trouble[]> {
  if (database === undefined) return [];
  const found: StoredObject[] = [];
  for await (const object of store.list(slotsPrefix(database, kind))) found.push(object);
  const newest = found.sort((a, b) => a.modified.getTime() - b.modified.getTime());
  const slots = await each(newest.slice(-LOOKED_AT), AT_ONCE, async ({ key }) => {
    const small = await readIfThere(store, key);
    return small && parseSlot(small.bytes);
  });
  const failures = slots.flatMap((slot) => (slot ? failuresOf(slot, now) : []));
  return failures.map(({ at, why }) => ({ at: new Date(at), what: `no backup was made: ${why}` }));
}
