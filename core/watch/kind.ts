import type { Kind } from '../../contract/keys';
import { type Backup, isVerified } from '../catalog';
import { lastDue, type Schedule } from './schedule';

/** What a kind's schedule promises, and how long the work may take. */
export interface KindPromise {
  readonly kind: Kind;
  readonly schedule: Schedule;
  /** From due to VERIFIED at the latest: the time limits of the functions, in ms. */
  readonly allowanceMs: number;
}

/** How the backups of one kind are doing; absent is what can't be told yet. */
export interface KindReport {
  readonly kind: Kind;
  /** Of the data of the newest VERIFIED one. */
  readonly ageSeconds?: number;
  /** How long a VERIFIED one has been missing; 0: none is. */
  readonly overdueSeconds: number;
  /** Of the newest one, where it was finished just now. */
  readonly finished?: Finished;
}

/** What is worth saying of a backup once, when it is finished. */
export interface Finished {
  /** Its bytes and seconds, over the median of those before it; 1: as ever. */
  readonly sizeTrend?: number;
  readonly durationTrend?: number;
  /** From start to manifest. */
  readonly durationSeconds: number;
  readonly clientMajor: number;
  readonly serverMajor: number;
}

/** So that a watch that comes every 15 minutes does not miss it. */
export const JUST_NOW_MS = 20 * 60_000;

/** Finished just now, by its own word. */
export function isNew({ manifest }: Backup, now: Date): boolean {
  return now.getTime() - Date.parse(manifest.finishedAt) <= JUST_NOW_MS;
}

/** After a deployment nothing is overdue for so long. */
const QUIET_MS = 3 * 3_600_000;

/**
 * @param backups of the database, of every kind, the newest data first
 * @param since when the watch began
 */
export function reportKind(
  promise: KindPromise,
  backups: readonly Backup[],
  since: Date,
  now: Date,
): KindReport {
  const ofKind = backups.filter(({ address }) => address.kind === promise.kind);
  const newest = ofKind.find(isVerified);
  return {
    kind: promise.kind,
    overdueSeconds: overdue(promise, backups, since, now),
    ...(newest && { ageSeconds: seconds(now.getTime() - timeOf(newest)) }),
    ...finished(ofKind, now),
  };
}

/** How long a VERIFIED backup of the kind has been missing, in seconds; 0: none is. */
export function overdue(
  { kind, schedule, allowanceMs }: KindPromise,
  backups: readonly Backup[],
  since: Date,
  now: Date,
): number {
  const due = lastDue(schedule, new Date(now.getTime() - allowanceMs)).getTime();
  const verified = backups.filter(isVerified);
  // What was due before anybody watched is not missed, as long as there is something at all.
  const enough =
    due < since.getTime()
      ? verified.length > 0
      : verified.some((backup) => backup.address.kind === kind && timeOf(backup) >= due);
  if (enough) return 0;
  const from = Math.max(due + allowanceMs, since.getTime() + QUIET_MS);
  return Math.max(0, seconds(now.getTime() - from));
}

/** So many earlier ones say what is usual. */
const USUAL = 7;

function finished(ofKind: readonly Backup[], now: Date): Pick<KindReport, 'finished'> {
  const [newest, ...earlier] = ofKind;
  if (!newest || !isNew(newest, now)) return {};
  return { finished: about(newest, earlier.slice(0, USUAL)) };
}

function about(newest: Backup, before: readonly Backup[]): Finished {
  const durationSeconds = durationOf(newest);
  const { client, source } = newest.manifest;
  return {
    durationSeconds,
    clientMajor: Number.parseInt(client.version, 10),
    serverMajor: source.serverMajor,
    ...(before.length > 0 && {
      sizeTrend: sizeOf(newest) / Math.max(1, median(before.map(sizeOf))),
      durationTrend: durationSeconds / Math.max(1, median(before.map(durationOf))),
    }),
  };
}

function timeOf({ manifest }: Backup): number {
  return Date.parse(manifest.data.time);
}

/** Of all its files, in bytes. */
export function sizeOf({ manifest }: Pick<Backup, 'manifest'>): number {
  return manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function durationOf({ manifest }: Backup): number {
  return seconds(Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
