import { backupPrefix, databasePrefix, FILES } from '../../contract/keys';
import { type Catalog, type Filter, readCatalog, type Unreadable } from '../catalog';
import { isBackupError } from '../errors';
import { type Abandoned, clearAbandoned } from '../retain/abandon';
import type { Policy } from '../retain/policy';
import type { Store } from '../stores/store';
import { isNew, JUST_NOW_MS, type KindPromise, type KindReport, reportKind } from './kind';
import { watchedSince } from './since';
import { type Contradiction, findContradictions } from './tags';

export interface WatchOptions {
  readonly store: Store;
  /** Only this database's backups; all of the store's where it is not given. */
  readonly database?: string | undefined;
  readonly promises: readonly KindPromise[];
  readonly policy: Policy;
  /**
   * Whether every backup is read, and the tags of each file; else only what the pointers show and what is
   * new, which costs a fraction and tells as well what is overdue. @default true
   */
  readonly whole?: boolean | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface WatchReport {
  readonly kinds: readonly KindReport[];
  /** Of the backups that were read. */
  readonly unreadable: Catalog['unreadable'];
  /** Absent where not every backup was read. */
  readonly whole?: WholeReport;
  readonly abandoned: Abandoned;
}

/** What only a look at every backup tells. */
export interface WholeReport {
  readonly storedBytes: number;
  /** Since the newest drill; where nothing was ever restored, since the watch began. */
  readonly drillAgeSeconds: number;
  readonly contradictions: readonly Contradiction[];
}

/**
 * Looks from outside at what is in the store, whatever the runs may have said: how old the newest
 * VERIFIED backup of each kind is against what its schedule promises, what is about to go and should
 * not, and what dead runs have left, which it gives up.
 * @throws BackupError where the store can't be read, or a schedule not be followed
 */
export async function watchStore(options: WatchOptions): Promise<WatchReport> {
  const { store, database, promises, whole = true } = options;
  const now = (options.now ?? (() => new Date()))();
  const since = await watchedSince(store, now);
  const catalog = await readEnough(store, { database }, whole, now);
  return {
    kinds: promises.map((promise) => reportKind(promise, catalog.backups, since, now)),
    unreadable: await unexplained(store, catalog),
    ...(whole && { whole: await lookAtAll(catalog, options, since, now) }),
    abandoned: await clearAbandoned(catalog, { store, now: () => now }),
  };
}

/** What a backup that was finished just now is like is told by those before it: then all are read. */
async function readEnough(
  store: Store,
  filter: Filter,
  whole: boolean,
  now: Date,
): Promise<Catalog> {
  if (whole) return readCatalog(store, filter);
  const changedSince = new Date(now.getTime() - JUST_NOW_MS);
  const recent = await readCatalog(store, { ...filter, changedSince });
  return recent.backups.some((backup) => isNew(backup, now)) ? readCatalog(store, filter) : recent;
}

async function lookAtAll(
  catalog: Catalog,
  { store, database, policy }: WatchOptions,
  since: Date,
  now: Date,
): Promise<WholeReport> {
  return {
    storedBytes: await bytesIn(store, database),
    drillAgeSeconds: drillAge(catalog, since, now),
    contradictions: await findContradictions(store, catalog, policy, now),
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

function drillAge({ backups }: Catalog, since: Date, now: Date): number {
  const drills = backups.flatMap(({ verification }) => verification?.drill?.at ?? []);
  const newest = drills.sort().at(-1);
  return (now.getTime() - (newest === undefined ? since.getTime() : Date.parse(newest))) / 1000;
}
