import { type Backup, isVerified } from '../catalog';
import { keepOf, type Policy } from '../retain/policy';
import { sizeOf } from '../watch/kind';
import type { Usage } from './cost';
import { GLACIER_DAYS } from './prices';

/** What a store holds, and how that grows; in bytes. */
export interface Storage {
  /** Everything. */
  readonly bytes: number;
  readonly backups: number;
  /** In backups that were made in the month. */
  readonly added: number;
  /** The newest VERIFIED backup, and the one of its kind that was so a month ago. */
  readonly newest: Backup | undefined;
  readonly before: Backup | undefined;
}

/**
 * @param backups the newest data first
 * @param bytes everything in the store
 * @param from the beginning of the month
 */
export function growthOf(backups: readonly Backup[], bytes: number, from: Date): Storage {
  const newest = backups.find(isVerified);
  const before = backups.find(
    (backup) =>
      isVerified(backup) && backup.address.kind === newest?.address.kind && !isSince(backup, from),
  );
  const added = sum(backups.filter((backup) => isSince(backup, from)).map(sizeOf));
  return { bytes, backups: backups.length, added, newest, before };
}

export interface UsageOptions {
  readonly policy: Policy;
  readonly coldAfterDays?: number | undefined;
  readonly secrets: number;
  readonly from: Date;
  readonly now: Date;
}

/** What the month has used, as far as the store shows it. */
export function usageOf(backups: readonly Backup[], options: UsageOptions): Usage {
  const { coldAfterDays, secrets, from, now } = options;
  const ofMonth = backups.filter((backup) => isSince(backup, from));
  const coldSince = now.getTime() - (coldAfterDays ?? Number.POSITIVE_INFINITY) * DAY_MS;
  const cold = backups.filter(({ manifest }) => Date.parse(manifest.finishedAt) <= coldSince);
  const coldBytes = sum(cold.map(largeFiles));
  return {
    standardBytes: sum(backups.map(sizeOf)) - coldBytes,
    coldBytesPaid: sum(cold.map((backup) => largeFiles(backup) * daysPaid(backup, options.policy))),
    writtenBytes: sum(ofMonth.map(sizeOf)),
    backups: backups.length,
    files: sum(backups.map(({ manifest }) => manifest.files.length + OWN_FILES)),
    backupSeconds: sum(ofMonth.map(secondsOf)),
    secrets,
  };
}

const DAY_MS = 86_400_000;
/** Manifest and verdict. */
const OWN_FILES = 2;
/** Smaller ones stay where they are: the cheaper class would cost more. */
const LARGE = 1024 * 1024;

function largeFiles({ manifest }: Backup): number {
  return sum(manifest.files.map(({ bytes }) => (bytes > LARGE ? bytes : 0)));
}

/** For each day that it is there. */
function daysPaid({ address }: Backup, policy: Policy): number {
  return Math.max(1, GLACIER_DAYS / keepOf(policy, address.kind).keepDays);
}

function secondsOf({ manifest }: Backup): number {
  return (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1000;
}

function isSince({ manifest }: Backup, from: Date): boolean {
  return new Date(manifest.data.time) >= from;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
