import { PRICES } from './prices';

/** What a month of a deployment uses. */
export interface Usage {
  /** In S3 Standard. */
  readonly standardBytes: number;
  /** In Glacier Instant Retrieval; more than once where more days are paid for than it stays. */
  readonly coldBytesPaid: number;
  /** Written in the month. */
  readonly writtenBytes: number;
  /** Complete ones that are there, and all their files. */
  readonly backups: number;
  readonly files: number;
  /** Of all runs of the backup function. */
  readonly backupSeconds: number;
  readonly secrets: number;
}

/** In US dollars a month. */
export interface Cost {
  readonly storage: number;
  readonly requests: number;
  readonly functions: number;
  readonly keyAndSecrets: number;
  readonly total: number;
}

/** Estimates what a month costs, without alarms and metrics, of which AWS gives ten each. */
export function estimateCost(usage: Usage): Cost {
  const parts = {
    storage: storageOf(usage),
    requests: requestsOf(usage),
    functions: functionsOf(usage),
    keyAndSecrets: PRICES.kmsKey + usage.secrets * PRICES.secret,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

const GB = 1e9;
const WATCHES = 30 * 24 * 4;
/** Of them look at everything: four a day. */
const WHOLE_WATCHES = 30 * 4;

function storageOf({ standardBytes, coldBytesPaid }: Usage): number {
  return (standardBytes * PRICES.s3Standard + coldBytesPaid * PRICES.s3GlacierInstant) / GB;
}

/** The watch reads what the pointers show every time; of all backups manifest, verdict and tags four times a day. */
function requestsOf({ backups, files, writtenBytes }: Usage): number {
  const reads = WATCHES * READS_EACH + WHOLE_WATCHES * (2 * backups + files);
  const writes = WATCHES * LISTS + writtenBytes / PART_BYTES;
  return reads * PRICES.s3Read + writes * PRICES.s3Write;
}

/** Its own record; pointer, manifest and verdict of each kind. */
const READS_EACH = 1 + 3 * 2;
const LISTS = 3;
const PART_BYTES = 8 * 1024 * 1024;

/** A verification takes about half as long as its backup; both have a whole processor. */
function functionsOf({ backupSeconds }: Usage): number {
  const gbSeconds = backupSeconds * 1.5 * BACKUP_GB + WATCHES * WATCH_GB_SECONDS;
  return gbSeconds * PRICES.lambdaCompute;
}

const BACKUP_GB = 1.769;
const WATCH_GB_SECONDS = 0.5;
