import { backupPrefix, databasePrefix, FILES } from '../../contract/keys';
import { type Catalog, readCatalog, type Unreadable } from '../catalog';
import { isBackupError } from '../errors';
import { type Abandoned, clearAbandoned } from '../retain/abandon';
import type { Policy } from '../retain/policy';
import type { Store } from '../stores/store';
import { type KindPromise, type KindReport, reportKind } from './kind';
import { watchedSince } from './since';
import { type Contradiction, findContradictions } from './tags';

export interface WatchOptions {
  readonly store: Store;
  /** Only this database's backups; all of the store's where it is not given. */
  readonly database?: string | undefined;
  readonly promises: readonly KindPromise[];
  readonly policy: Policy;
  /** Whether the tags of every file are read as well, a request each. @default true */
  readonly tags?: boolean | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface WatchReport {
  readonly kinds: readonly KindReport[];
  readonly storedBytes: number;
  /** Since the newest drill; where nothing was ever restored, since the watch began. */
  readonly drillAgeSeconds: number;
  readonly everRestored: boolean;
  /** Absent where no tags were read. */
  readonly contradictions?: readonly Contradiction[];
  readonly unreadable: Catalog['unreadable'];
  readonly abandoned: Abandoned;
}

/**
 * Looks from outside at what is in the store, whatever the runs may have said: how old the newest
 * VERIFIED backup of each kind is against what its schedule promises, what is about to go and should
 * not, and what dead runs have left, which it gives up.
 * @throws BackupError where the store can't be read, or a schedule not be followed
 */
export async function watchStore(options: WatchOptions): Promise<WatchReport> {
  const { store, database, promises, policy, tags = true } = options;
  const now = (options.now ?? (() => new Date()))();
  const since = await watchedSince(store, now);
  const catalog = await readCatalog(store, { database });
  return {
    kinds: promises.map((promise) => reportKind(promise, catalog.backups, since, now)),
    storedBytes: await bytesIn(store, database),
    ...drills(catalog, since, now),
    ...(tags && { contradictions: await findContradictions(store, catalog, policy, now) }),
    unreadable: await unexplained(store, catalog),
    abandoned: await clearAbandoned(catalog, { store, now: () => now }),
  };
}

/**
 * The files of what was given up go in any order, and over hours: until the last has gone, it looks like
 * a backup that has lost some.
 */
async function unexplained(store: Store, { unreadable }: Catalog): Promise<Catalog['unreadable']> {
  const kept: Unreadable[] = [];
  for (const each of unreadable) {
    const manifest = backupPrefix(each.address) + FILES.manifest;
    if (!(await retired(store, manifest))) kept.push(each);
  }
  return kept;
}

async function retired(store: Store, key: string): Promise<boolean> {
  try {
    return (await store.retiredAs(key)) !== undefined;
  } catch (error) {
    if (isBackupError(error, 'not_found')) return false;
    throw error;
  }
}

/** What a store, or what it has of a database, takes; in bytes. */
export async function bytesIn(store: Store, database: string | undefined): Promise<number> {
  let sum = 0;
  const prefix = database === undefined ? '' : databasePrefix(database);
  for await (const { bytes } of store.list(prefix)) sum += bytes;
  return sum;
}

function drills({ backups }: Catalog, since: Date, now: Date) {
  const drills = backups.flatMap(({ verification }) => verification?.drill?.at ?? []);
  const newest = drills.sort().at(-1);
  const from = newest === undefined ? since.getTime() : Date.parse(newest);
  return {
    drillAgeSeconds: (now.getTime() - from) / 1000,
    everRestored: newest !== undefined,
  };
}
