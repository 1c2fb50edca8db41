import type { Kind } from '../../contract/keys';
import { type Backup, isVerified, readCatalog } from '../catalog';
import { findBackup } from '../find';
import type { State, Verification } from '../manifest';
import type { Store } from '../stores/store';
import { type KindPromise, overdue, sizeOf } from './kind';
import { readWatchedSince } from './since';

/** How a backup stands, and nothing of its data. */
export interface BackupStatus {
  readonly id: string;
  readonly kind: Kind;
  /** Null: there is no verdict yet. */
  readonly state: State | null;
  readonly proof: Verification['proof'];
  /** Of all its files. */
  readonly bytes: number;
  /** What the data is of. */
  readonly dataTime: string;
}

/** How the backups of a store stand. */
export interface Status {
  /** The kinds that have a schedule. */
  readonly kinds: readonly {
    readonly kind: Kind;
    /** How long a VERIFIED one has been missing; 0: none is. */
    readonly overdueSeconds: number;
    /** The newest VERIFIED one. */
    readonly newest: BackupStatus | null;
  }[];
  /** The command that downloads and checks the newest VERIFIED weekly backup, else that of any kind. */
  readonly download: string | null;
}

export interface StatusOptions {
  /** Only this database's backups; all of the store's where it is not given. */
  readonly database?: string | undefined;
  readonly promises: readonly KindPromise[];
  /** @default the clock of this machine */
  readonly now?: (() => Date) | undefined;
}

/**
 * Says how the backups of a store stand; writes nothing.
 * @throws BackupError where the store can't be read, or a schedule not be followed
 */
export async function readStatus(store: Store, options: StatusOptions): Promise<Status> {
  const { database, promises } = options;
  const now = (options.now ?? (() => new Date()))();
  const since = (await readWatchedSince(store)) ?? now;
  const { backups } = await readCatalog(store, { database });
  const verified = backups.filter(isVerified);
  const newest = (kind: Kind) => verified.find(({ address }) => address.kind === kind);
  return {
    kinds: promises.map((promise) => ({
      kind: promise.kind,
      overdueSeconds: overdue(promise, backups, since, now),
      newest: orNull(newest(promise.kind), describe),
    })),
    download: orNull(newest('weekly') ?? verified[0], (backup) => downloadOf(backup, store)),
  };
}

/**
 * Says how one backup stands; writes nothing.
 * @param name an id, the unambiguous beginning of one, or `latest`
 * @throws BackupError `not_found`, `usage`, and where the store can't be read
 */
export async function readBackupStatus(
  store: Store,
  name: string,
  database: string | undefined,
): Promise<BackupStatus> {
  return describe(await findBackup(store, name, { database }));
}

function describe(backup: Backup): BackupStatus {
  const { address, manifest, verification } = backup;
  return {
    id: address.id,
    kind: address.kind,
    state: verification?.state ?? null,
    proof: verification?.proof ?? null,
    bytes: sizeOf(backup),
    dataTime: manifest.data.time,
  };
}

function downloadOf({ address }: Backup, { url }: Store): string {
  return `npx neon-backup download ${address.id} --in ${url} --to ./backup`;
}

function orNull<T, R>(value: T | undefined, change: (value: T) => R): R | null {
  return value === undefined ? null : change(value);
}
