import { METRICS } from '../../contract/metrics';
import { estimateCost, type Usage } from '../../core/upkeep/cost';
import { ALWAYS_FREE, GLACIER_DAYS, PRICES } from '../../core/upkeep/prices';

/** What a stack declares, as far as it costs by the month. */
export interface Stack {
  readonly keys: number;
  readonly secrets: number;
  readonly alarms: number;
  readonly dashboards: number;
  /** The kinds of backup that have a schedule: how many a month, and days that each is kept. */
  readonly kinds: readonly { readonly perMonth: number; readonly keepDays: number }[];
  readonly undoDays: number;
  readonly coldAfterDays: number;
  readonly logDays: number;
}

/** Measured: docs/performance.md, at 1 GB. A backup's seconds per GB of database, and its archive's share of it. */
export const SECONDS_PER_GB = 6.7;
export const ARCHIVE_SHARE = 0.24;
/** Neon's, of the plan Launch: for a GB beyond those included, and for an hour of one compute unit. */
export const NEON = { egress: 0.1, includedGb: 500, compute: 0.106 };

/** In US dollars, by item. */
export type Bill = { readonly [item: string]: number };

/** A month of a stack that has run for so long that as much goes as comes; one month has 30 days. */
export function billOf(stack: Stack, databaseGb: number): Bill {
  const usage = usageOf(stack, databaseGb);
  const cost = estimateCost(usage);
  return {
    'the key, and the secret': stack.keys * PRICES.kmsKey + stack.secrets * PRICES.secret,
    'alarms beyond ten': beyond(stack.alarms, ALWAYS_FREE.alarms) * PRICES.alarm,
    'metrics beyond ten': beyond(seriesOf(stack), ALWAYS_FREE.metrics) * PRICES.metric,
    'dashboards beyond three': beyond(stack.dashboards, ALWAYS_FREE.dashboards) * PRICES.dashboard,
    'storage of backups': cost.storage,
    'reads and writes of S3': cost.requests,
    'tags of files in the cold class': coldTags(stack),
    'reads of the key': keyReads(stack, usage) * PRICES.kmsRequest,
    'the functions': cost.functions,
    'logs, and the log of access': logs(stack, usage),
    "Neon: the branch's compute": (usage.backupSeconds / 3600) * NEON.compute,
    'Neon: egress': beyond(runs(stack) * databaseGb, NEON.includedGb) * NEON.egress,
  };
}

export function totalOf(bill: Bill): number {
  return Object.values(bill).reduce((sum, part) => sum + part, 0);
}

const WATCHES = 30 * 24 * 4;
/** Of them read every backup, and every tag. */
const WHOLE_WATCHES = 30 * 4;
/** Manifest and verdict. */
const READ_OF_EACH = 2;
/** Archive, roles, guide, manifest and verdict, of which the archive is large. */
const FILES = 5;

function usageOf(stack: Stack, databaseGb: number): Usage {
  const archive = databaseGb * ARCHIVE_SHARE * 1e9;
  const { kinds, coldAfterDays, undoDays } = stack;
  const there = listed(stack);
  return {
    standardBytes: (runs(stack) / 30) * coldAfterDays * archive,
    coldBytesPaid: sum(
      kinds.map(({ perMonth, keepDays }) => {
        const days = keepDays + EXPIRY_DAYS + undoDays - coldAfterDays;
        return (perMonth / 30) * Math.max(GLACIER_DAYS, days) * archive;
      }),
    ),
    writtenBytes: runs(stack) * archive,
    backups: there,
    files: there * FILES,
    backupSeconds: runs(stack) * databaseGb * SECONDS_PER_GB,
    secrets: stack.secrets,
  };
}

/** The lifecycle works once a day: what is tagged is there until the next midnight. */
const EXPIRY_DAYS = 1;

/** The backups that a listing shows. */
function listed({ kinds }: Stack): number {
  return sum(kinds.map(({ perMonth, keepDays }) => (perMonth / 30) * (keepDays + EXPIRY_DAYS)));
}

/** Every time the watch's own record, and each kind's pointer with what it shows; at times all backups. */
function keyReads(stack: Stack, { backups }: Usage): number {
  const quick = 1 + stack.kinds.length * (1 + READ_OF_EACH);
  const looksAtAll = WHOLE_WATCHES + LOOKS_OF_RUN * runs(stack);
  return WATCHES * quick + looksAtAll * READ_OF_EACH * backups;
}

/**
 * The backup's own and four of its verification; two watches while it is new, and one when what it has
 * superseded is tagged.
 */
const LOOKS_OF_RUN = 8;

/** Tags are read by the whole watches, and by one for each backup that is tagged; a file is moved once. */
function coldTags(stack: Stack): number {
  return listed(stack) * tagReads(stack) * PRICES.s3ColdRead + runs(stack) * PRICES.s3Cool;
}

function tagReads(stack: Stack): number {
  return WHOLE_WATCHES + runs(stack);
}

/** In series that get a number in each hour of a month; a run's numbers all come within one hour. */
function seriesOf(stack: Stack): number {
  const { kinds } = stack;
  const all = Object.values(METRICS);
  const always = all.filter(({ when }) => when === 'always');
  const ofRun = all.filter(
    ({ name, when, of }) => when === 'event' && of !== 'all' && name !== METRICS.noticeFailed.name,
  );
  const series = (of: string) => ({ kind: kinds.length, all: 1, both: kinds.length + 1 })[of] ?? 0;
  const eachRun = sum(ofRun.map(({ of }) => (of === 'both' ? 2 : 1)));
  const events = runs(stack) * eachRun + WHOLE_WATCHES * OF_WHOLE_WATCH.length;
  return sum(always.map(({ of }) => series(of))) + events / (30 * 24);
}

/** What a look at everything says, each in one series. */
const OF_WHOLE_WATCH = [
  ...[METRICS.drillAge, METRICS.storedBytes, METRICS.contradictions],
  METRICS.neonProblems,
];

/** A call of the watch writes about 4 KB, a request to S3 about 600 bytes into the vault's own log. */
function logs(stack: Stack, usage: Usage): number {
  const written = (WATCHES * 4e3) / 1e9;
  const requests = keyReads(stack, usage) + tagReads(stack) * usage.files;
  const months = stack.logDays / 30;
  return (
    written * (PRICES.logWritten + months * PRICES.logKept) +
    ((requests * 600) / 1e9) * months * PRICES.s3Standard
  );
}

/** Backups a month. */
export function runs({ kinds }: Pick<Stack, 'kinds'>): number {
  return sum(kinds.map(({ perMonth }) => perMonth));
}

function beyond(count: number, included: number): number {
  return Math.max(0, count - included);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
