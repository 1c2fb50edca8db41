import {
  type BackupAddress,
  backupPrefix,
  databasePrefix,
  FILES,
  isLatestKey,
  type Kind,
  parseKey,
} from '../contract/keys';
import { BackupError, isBackupError, type Reason } from './errors';
import { parseLatest } from './latest';
import { type Manifest, parseManifest, parseVerification, type Verification } from './manifest';
import { readIfThere } from './stores/small';
import type { Store } from './stores/store';
import { each } from './together';

/** One complete backup. */
export interface Backup {
  readonly address: BackupAddress;
  readonly manifest: Manifest;
  /** The newest verdict, or undefined where nobody has verified it yet. */
  readonly verification: Verification | undefined;
}

export function isVerified({ verification }: Backup): boolean {
  return verification?.state === 'VERIFIED';
}

export interface Catalog {
  /** Complete backups, the newest data first. */
  readonly backups: readonly Backup[];
  /** Folders that look like backups and can't be read; never silently left out. */
  readonly unreadable: readonly Unreadable[];
  /** Folders without a manifest: runs that are under way or never ended. */
  readonly unfinished: readonly {
    readonly address: BackupAddress;
    readonly bytes: number;
    readonly modified: Date;
  }[];
}

export interface Unreadable {
  readonly address: BackupAddress;
  readonly why: string;
  /** `undecidable` where a newer release wrote it. */
  readonly reason: Reason;
}

export interface Filter {
  readonly database?: string | undefined;
  readonly kind?: Kind | undefined;
  /** Only backups into which something was written since, and those that a pointer shows. @default all */
  readonly changedSince?: Date | undefined;
}

/**
 * Everything that a store holds. What a pointer names is looked up even where the listing does not
 * show it: no listing alone decides which backup is the newest.
 */
export async function readCatalog(store: Store, filter: Filter = {}): Promise<Catalog> {
  const { folders, pointers } = await listFolders(store, filter);
  const catalog = {
    backups: [] as Backup[],
    unreadable: [] as Unreadable[],
    unfinished: [] as Catalog['unfinished'][number][],
  };
  const addresses = new Map<string, [BackupAddress, Folder | undefined]>();
  for (const [at, folder] of folders) {
    const { address, files, bytes, modified } = folder;
    if (!files.has(FILES.manifest)) catalog.unfinished.push({ address, bytes, modified });
    else if (modified >= (filter.changedSince ?? EVER)) addresses.set(at, [address, folder]);
  }
  for (const address of await each(pointers, READ_AT_ONCE, (key) => pointedAt(store, key))) {
    if (!address || !fits(address, filter)) continue;
    const at = backupPrefix(address);
    const folder = folders.get(at);
    // What has no manifest any more, and is still shown, is told as unreadable.
    addresses.set(at, [address, folder?.files.has(FILES.manifest) ? folder : undefined]);
  }
  await each([...addresses.values()], READ_AT_ONCE, ([address, folder]) =>
    readBackup(store, address, folder?.files).then(
      (backup) => void catalog.backups.push(backup),
      (error: unknown) => void catalog.unreadable.push({ address, ...explain(error) }),
    ),
  );
  catalog.backups.sort(newestFirst);
  return catalog;
}

const EVER = new Date(0);

/** A store far away answers many questions in the time of one. */
const READ_AT_ONCE = 8;

interface Folder {
  readonly address: BackupAddress;
  readonly files: Set<string>;
  bytes: number;
  modified: Date;
}

async function listFolders(store: Store, filter: Filter) {
  const folders = new Map<string, Folder>();
  const pointers: string[] = [];
  const prefix = filter.database === undefined ? '' : databasePrefix(filter.database);
  for await (const { key, bytes, modified } of both(
    store.listUnfinished(prefix),
    store.list(prefix),
  )) {
    if (isLatestKey(key)) pointers.push(key);
    const parsed = parseKey(key);
    if (!parsed || !fits(parsed, filter)) continue;
    const { file, ...address } = parsed;
    const at = backupPrefix(address);
    const folder = folders.get(at) ?? { address, files: new Set(), bytes: 0, modified };
    folders.set(at, folder);
    folder.files.add(file);
    folder.bytes += bytes;
    if (modified > folder.modified) folder.modified = modified;
  }
  return { folders, pointers };
}

function fits(address: BackupAddress, { database, kind }: Filter): boolean {
  if (database !== undefined && address.database !== database) return false;
  return kind === undefined || address.kind === kind;
}

async function pointedAt(store: Store, key: string): Promise<BackupAddress | undefined> {
  const small = await readIfThere(store, key);
  const latest = small && parseLatest(small.bytes);
  return latest && { database: latest.database, kind: latest.kind, id: latest.id };
}

async function* both<T>(first: AsyncIterable<T>, second: AsyncIterable<T>): AsyncIterable<T> {
  yield* first;
  yield* second;
}

/** Passing errors of the store are no property of the backup. */
function explain(error: unknown): Pick<Unreadable, 'why' | 'reason'> {
  if (isBackupError(error, 'corrupt', 'undecidable', 'not_found'))
    return { why: error.message, reason: error.reason };
  throw error;
}

/** @param files those that a listing shows; where there is none, the verdict tells whether all are there */
async function readBackup(
  store: Store,
  address: BackupAddress,
  files?: ReadonlySet<string>,
): Promise<Backup> {
  const prefix = backupPrefix(address);
  const manifest = parseManifest((await store.readSmall(prefix + FILES.manifest)).bytes);
  if (
    manifest.id !== address.id ||
    manifest.kind !== address.kind ||
    manifest.database !== address.database
  ) {
    throw new BackupError(
      'corrupt',
      `The manifest is that of ${manifest.database}/${manifest.kind}/${manifest.id}.`,
    );
  }
  for (const { name } of manifest.files) {
    if (files && !files.has(name)) throw new BackupError('corrupt', `Its file ${name} is gone.`);
  }
  const judged = !files || files.has(FILES.verification);
  const verification = judged ? await readVerification(store, prefix) : undefined;
  return { address, manifest, verification };
}

/** A damaged verdict is no verdict: the backup is unverified until it is verified again. */
async function readVerification(store: Store, prefix: string): Promise<Verification | undefined> {
  try {
    return parseVerification((await store.readSmall(prefix + FILES.verification)).bytes);
  } catch (error) {
    if (isBackupError(error, 'corrupt', 'undecidable', 'not_found')) return undefined;
    throw error;
  }
}

/** By the time of the data, then by id: never by what a file system says. */
function newestFirst(a: Backup, b: Backup): number {
  return compare(b.manifest.data.time, a.manifest.data.time) || compare(b.address.id, a.address.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
