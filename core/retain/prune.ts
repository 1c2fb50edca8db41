import { type BackupAddress, backupPrefix, FILES } from '../../contract/keys';
import { type Backup, type Catalog, readCatalog } from '../catalog';
import { BackupError, isBackupError, messageOf } from '../errors';
import type { Store } from '../stores/store';
import { type Candidate, type Decision, planRetention } from './plan';
import type { Policy } from './policy';

/**
 * How long nothing has to be written into a folder without a manifest before it counts as abandoned.
 * A live run in which nothing moves is ended by its watchdog after five minutes.
 */
export const ABANDONED_AFTER_MS = 3_600_000;

export interface PruneOptions {
  readonly store: Store;
  readonly policy: Policy;
  /** Only this database's backups; every one's where it is not given. */
  readonly database?: string | undefined;
  /** Say what would go, and touch nothing. @default false */
  readonly dryRun?: boolean | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface Failure {
  readonly address: BackupAddress;
  readonly why: string;
}

/** A run's files that have no manifest. */
export type Unfinished = Catalog['unfinished'][number];

export interface PruneResult {
  /** Complete backups that went, or would go: the oldest first. */
  readonly retired: readonly Decision[];
  /** Complete backups that stay, and why: the newest first. */
  readonly kept: readonly Decision[];
  /** What dead runs left behind, now cleared away, or to be. */
  readonly abandoned: readonly Unfinished[];
  /** Folders without a manifest that may belong to a live run. */
  readonly waiting: readonly Unfinished[];
  /** Never deleted: a manifest that can't be read may be a newer release's. */
  readonly unreadable: Catalog['unreadable'];
  /** What should have gone and did not; if there is any, the command has failed. */
  readonly failed: readonly Failure[];
}

/**
 * Applies retention, then clears away what dead runs left behind. One failure doesn't stop the rest.
 * @throws BackupError if the store can't be read, or `usage` for a policy that makes no sense
 */
export async function prune(options: PruneOptions): Promise<PruneResult> {
  const { store, policy, database, now = () => new Date() } = options;
  const { backups, unreadable, unfinished } = await readCatalog(store, { database });
  const decisions = planRetention(backups.map(candidateOf), policy, now());
  const superseded = decisions.filter(({ action }) => action === 'retire').reverse();
  const stale = unfinished.filter((each) => isStale(each, now()));
  const failed: Failure[] = [];
  return {
    retired: await forEach(superseded, supersede, options, failed),
    kept: decisions.filter(({ action }) => action === 'keep'),
    abandoned: await forEach(stale, abandon, options, failed),
    waiting: unfinished.filter((each) => !stale.includes(each)),
    unreadable,
    failed,
  };
}

/** What a complete backup is to retention. */
export function candidateOf({ address, manifest, verification }: Backup): Candidate {
  const { state, proof = null } = verification ?? {};
  return { address, dataTime: new Date(manifest.data.time), state, proof };
}

function isStale({ modified }: Unfinished, now: Date): boolean {
  return now.getTime() - modified.getTime() > ABANDONED_AFTER_MS;
}

type Retire = (store: Store, address: BackupAddress) => Promise<void>;

/** @returns the items that are gone, or would be in a dry run */
async function forEach<T extends { readonly address: BackupAddress }>(
  items: readonly T[],
  retire: Retire,
  { store, dryRun }: PruneOptions,
  failed: Failure[],
): Promise<readonly T[]> {
  if (dryRun) return items;
  const gone: T[] = [];
  for (const item of items) {
    try {
      await retire(store, item.address);
      gone.push(item);
    } catch (error) {
      failed.push({ address: item.address, why: messageOf(error) });
    }
  }
  return gone;
}

async function supersede(store: Store, address: BackupAddress): Promise<void> {
  await store.retire(backupPrefix(address), 'superseded');
}

/** Looks again first: since the catalog was read, a slow run may have reached its end. */
async function abandon(store: Store, address: BackupAddress): Promise<void> {
  if (await isComplete(store, address)) {
    throw new BackupError('refused', 'It was completed just now, and stays.');
  }
  await store.retire(backupPrefix(address), 'abandoned');
}

async function isComplete(store: Store, address: BackupAddress): Promise<boolean> {
  try {
    await store.readSmall(backupPrefix(address) + FILES.manifest);
    return true;
  } catch (error) {
    if (isBackupError(error, 'not_found')) return false;
    throw error;
  }
}
