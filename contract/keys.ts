/**
 * Where each thing lives inside a store. Keys are relative to the store's own prefix:
 *
 *     <database>/<kind>/<id>/manifest.json     and the other files of one backup
 *     <database>/slots/<kind>/<slot>.json      one run that was asked for: its lease, then its result
 *     <database>/latest/<kind>.json            which backup of the kind was VERIFIED last
 *     watch.json                               since when the store is watched
 *
 * The functions, the stack and the engine all take the layout from here.
 */

/** What a backup was taken for; it decides how long the backup is kept. */
export const KINDS = ['manual', 'daily', 'weekly', 'pre-deploy'] as const;
export type Kind = (typeof KINDS)[number];

export const FILES = {
  /** pg_dump's custom format. */
  archive: 'database.dump',
  /** The same dump as plain SQL, gzip-compressed. */
  plain: 'database.sql.gz',
  roles: 'roles.sql',
  guide: 'RESTORE.md',
  /** Written last: a backup exists when this does. */
  manifest: 'manifest.json',
  /** The newest verdict; the only file of a backup that is ever replaced. */
  verification: 'verification.json',
} as const;

export interface BackupAddress {
  readonly database: string;
  readonly kind: Kind;
  readonly id: string;
}

/** The folder of one backup, with a trailing slash. */
export function backupPrefix({ database, kind, id }: BackupAddress): string {
  return `${databasePrefix(database)}${kind}/${id}/`;
}

/** The folder of one database, with a trailing slash. Any name is safe: a key never holds a bare dot segment. */
export function databasePrefix(database: string): string {
  return `${encodeURIComponent(database).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E'))}/`;
}

/** One run that was asked for, however often the word of it arrives. */
export interface SlotAddress {
  readonly database: string;
  readonly kind: Kind;
  /** `20261123T020000Z` where a schedule asked, else a name of the call's own. */
  readonly slot: string;
}

export function slotKey({ database, kind, slot }: SlotAddress): string {
  return `${slotsPrefix(database, kind)}${encodeURIComponent(slot)}.json`;
}

export function slotsPrefix(database: string, kind: Kind): string {
  return `${databasePrefix(database)}slots/${kind}/`;
}

/** The pointer to the backup of a kind that has the newest data of all VERIFIED ones. */
export function latestKey({ database, kind }: { database: string; kind: Kind }): string {
  return `${databasePrefix(database)}latest/${kind}.json`;
}

/** Whether a key is that of a pointer. */
export function isLatestKey(key: string): boolean {
  const [, folder, file, ...rest] = key.split('/');
  return folder === 'latest' && rest.length === 0 && isKind(file?.replace(/\.json$/, ''));
}

export const WATCH_KEY = 'watch.json';

/**
 * The keys that may be written again, as patterns of S3 policies: verdicts, slots, pointers, the record of
 * the watch. Everything else is written once.
 */
export const REPLACEABLE_KEYS = [
  `*/${FILES.verification}`,
  '*/slots/*',
  '*/latest/*',
  WATCH_KEY,
] as const;

/** The backup that a key belongs to, or undefined when it belongs to none. */
export function parseKey(key: string): (BackupAddress & { file: string }) | undefined {
  const [segment, kind, id, file, ...rest] = key.split('/');
  if (!segment || !id || !file || rest.length > 0 || !isKind(kind) || !isBackupId(id))
    return undefined;
  const database = databaseOf(segment);
  return database === undefined ? undefined : { database, kind, id, file };
}

/** Undefined for a segment that `databasePrefix` would never write: it is somebody else's. */
function databaseOf(segment: string): string | undefined {
  try {
    const database = decodeURIComponent(segment);
    return databasePrefix(database) === `${segment}/` ? database : undefined;
  } catch {
    return undefined;
  }
}

export function isKind(text: unknown): text is Kind {
  return KINDS.includes(text as Kind);
}

/** `20261123T020000Z-k3f9`: the UTC second of the run's start, then random, new for every attempt. */
export function newBackupId(now: Date, random: () => number = Math.random): string {
  const tail = Array.from({ length: 4 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]);
  return `${stampOf(now)}-${tail.join('')}`;
}

/** `20261123T020000Z`: a moment, to the second, as ids and slots hold it. */
export function stampOf(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d+/g, '');
}

const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

export function isBackupId(text: string): boolean {
  return /^\d{8}T\d{6}Z-[a-z0-9]{4,}$/.test(text);
}
