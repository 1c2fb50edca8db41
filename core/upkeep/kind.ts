import type { Kind } from '../../contract/keys';
import { type Backup, isVerified } from '../catalog';
import { planRetention } from '../retain/plan';
import { type Keep, keepOf, type Policy } from '../retain/policy';
import { candidateOf } from '../retain/supersede';
import type { KindPromise } from '../watch/kind';
import { timesDue } from '../watch/schedule';

/** A kind's backups in a month, and what is there of them. */
export interface KindCounts {
  readonly kind: Kind;
  /** Counted from here: nothing of it was watched before, or it is too old to be there still. */
  readonly since: Date;
  /** Undefined for a kind without a schedule. */
  readonly due: number | undefined;
  readonly made: number;
  readonly verified: number;
  /** In a drill, with every line equal. */
  readonly restored: number;
  /** What retention is set to. */
  readonly keep: Keep;
  /** Complete backups, of any age. */
  readonly there: number;
  /** Those of them that retention would let go. */
  readonly superseded: number;
  /** What the oldest one's data is of. */
  readonly oldest: Date | undefined;
}

export interface CountOptions {
  readonly kind: Kind;
  readonly promise: KindPromise | undefined;
  /** Of every kind, the newest data first. */
  readonly backups: readonly Backup[];
  readonly policy: Policy;
  /** The beginning of the month. */
  readonly from: Date;
  /** When the watch began. */
  readonly since: Date;
  readonly now: Date;
}

const DAY_MS = 86_400_000;

export function countKind(options: CountOptions): KindCounts {
  const { kind, promise, backups, policy, now } = options;
  const keep = keepOf(policy, kind);
  const since = latest(
    options.from,
    options.since,
    new Date(now.getTime() - keep.keepDays * DAY_MS),
  );
  const there = backups.filter(({ address }) => address.kind === kind);
  const made = there.filter((backup) => timeOf(backup) >= since);
  const until = new Date(now.getTime() - (promise?.allowanceMs ?? 0));
  return {
    kind,
    since,
    due: promise && timesDue(promise.schedule, since, until),
    made: made.length,
    verified: made.filter(isVerified).length,
    restored: made.filter(({ verification }) => verification?.proof === 'restored').length,
    keep,
    there: there.length,
    superseded: supersededOf(options).filter((each) => each === kind).length,
    oldest: there.map(timeOf).at(-1),
  };
}

function supersededOf({ backups, policy, now }: CountOptions): Kind[] {
  const decisions = planRetention(backups.map(candidateOf), policy, now);
  return decisions.flatMap(({ action, address }) => (action === 'retire' ? [address.kind] : []));
}

function timeOf({ manifest }: Backup): Date {
  return new Date(manifest.data.time);
}

function latest(...times: Date[]): Date {
  return new Date(Math.max(...times.map((time) => time.getTime())));
}
