import { leakedBranches } from '../ours';
import type { Branch, ListedBranch } from '../shapes';
import { type BranchSnapshot, type SnapshotKind, snapshotsOf } from './names';

export interface SnapshotPolicy {
  /** So many of each kind stay. */
  readonly keep: number;
  /** Days that a snapshot stays at most; the newest of a kind stays however old it is. */
  readonly keepDays: number;
}

/** By default: a week of daily ones. */
export const USUAL_POLICY: SnapshotPolicy = { keep: 7, keepDays: 30 };

export interface SnapshotPlan {
  /** What is to be deleted, and why. */
  readonly go: readonly { readonly branch: Branch; readonly reason: string }[];
  /** Ours that stay, the newest first. */
  readonly stay: readonly BranchSnapshot[];
  /** Those of them that Neon would soon delete by itself. */
  readonly renew: readonly { readonly branch: Branch; readonly until: Date }[];
}

const DAY_MS = 86_400_000;
/** Neon takes 30 days at most, by its own clock. */
const LONGEST_DAYS = 29;
/** The expiry of what stays is put off when it is nearer than this: two weeks without a run lose nothing. */
const RENEW_WITHIN_DAYS = 15;

/**
 * What becomes of our snapshots, and of the branches that dead runs left.
 * @param all every branch of the project
 * @param room how many of ours may stay in all; the newest one always does
 */
export function planSnapshots(
  all: readonly ListedBranch[],
  policy: SnapshotPolicy,
  room: number,
  now: Date,
): SnapshotPlan {
  const leaked = leakedBranches(all, now).map((branch) => ({ branch, reason: LEAKED }));
  const ours = snapshotsOf(all).filter(({ isOurs }) => isOurs);
  const { go, stay } = judge(ours, policy, room, now);
  const judged = go.map(({ snapshot: { branch }, reason }) => ({ branch, reason }));
  return { go: [...leaked, ...judged], stay, renew: renewals(stay, now) };
}

const LEAKED = 'a dead run left it';

/** What the policy looks at; snapshots of every sort have it. */
export interface Aged {
  readonly kind: SnapshotKind;
  readonly createdAt: Date;
}

/**
 * Which snapshots are too many or too old.
 * @param ours those that may be deleted at all, the newest first
 * @param room how many may stay in all; the newest one always does
 */
export function judge<Snapshot extends Aged>(
  ours: readonly Snapshot[],
  policy: SnapshotPolicy,
  room: number,
  now: Date,
): { go: { snapshot: Snapshot; reason: string }[]; stay: Snapshot[] } {
  const judged = ours.map((snapshot) => ({
    snapshot,
    reason: reasonToGo(snapshot, newerThan(snapshot, ours), policy, now),
  }));
  const good = judged.flatMap(({ snapshot, reason }) => (reason ? [] : [snapshot]));
  const stay = good.slice(0, Math.max(1, room));
  const reason = `the plan has room for ${stay.length}`;
  const crowded = good.slice(stay.length).map((snapshot) => ({ snapshot, reason }));
  const over = judged.flatMap(({ snapshot, reason }) => (reason ? [{ snapshot, reason }] : []));
  return { go: [...over, ...crowded], stay };
}

/** How many of its kind are newer. @param ours the newest first */
function newerThan(snapshot: Aged, ours: readonly Aged[]): number {
  return ours.filter(({ kind }) => kind === snapshot.kind).indexOf(snapshot);
}

function reasonToGo(
  { createdAt }: Aged,
  newer: number,
  { keep, keepDays }: SnapshotPolicy,
  now: Date,
): string | undefined {
  if (newer >= Math.max(1, keep)) return `only the newest ${keep} stay`;
  const days = (now.getTime() - createdAt.getTime()) / DAY_MS;
  return newer > 0 && days > keepDays ? `older than ${keepDays} days` : undefined;
}

/** When Neon deletes a snapshot by itself, if nobody puts that off. */
export function expiryFrom(now: Date): Date {
  return new Date(now.getTime() + LONGEST_DAYS * DAY_MS);
}

/** One without an expiry was given that by a person. */
function renewals(stay: readonly BranchSnapshot[], now: Date): SnapshotPlan['renew'] {
  const until = expiryFrom(now);
  const near = now.getTime() + RENEW_WITHIN_DAYS * DAY_MS;
  return stay.flatMap(({ branch }) =>
    branch.expiresAt && branch.expiresAt.getTime() < near ? [{ branch, until }] : [],
  );
}
