import type { BackupAddress } from '../../contract/keys';
import { backupPrefix, KINDS } from '../../contract/keys';
import type { Verification } from '../manifest';
import { type Keep, keepOf, type Policy } from './policy';

/** What retention has to know of a complete backup. */
export interface Candidate {
  readonly address: BackupAddress;
  /** What the data is of: the dump's snapshot, not the run or its files. */
  readonly dataTime: Date;
  /** Undefined where nobody has verified it yet. */
  readonly state: Verification['state'] | undefined;
  readonly proof: Verification['proof'];
}

export interface Decision {
  readonly address: BackupAddress;
  readonly action: 'keep' | 'retire';
  /** In words, for a person. */
  readonly reason: string;
}

const DAY_MS = 86_400_000;

/**
 * Decides what goes: only what is older than its kind's age and has enough newer VERIFIED ones of
 * its database and kind, never the newest VERIFIED of these, never the newest of the database that
 * was restored in a drill. Nothing but a VERIFIED backup whose time has come takes another's place.
 * @returns one decision for each backup, the newest data first, whatever the order given
 * @throws BackupError `usage` if the policy makes no sense
 */
export function planRetention(
  backups: readonly Candidate[],
  policy: Policy,
  now: Date,
): Decision[] {
  for (const kind of KINDS) keepOf(policy, kind);
  const sorted = [...backups].sort(newestFirst);
  const proofs = sorted.filter((each) => each.state === 'VERIFIED' && !isAhead(each, now));
  return sorted.map((backup) => ({
    address: backup.address,
    ...decide(backup, proofs, policy, now),
  }));
}

type Verdict = Omit<Decision, 'address'>;

function decide(
  backup: Candidate,
  proofs: readonly Candidate[],
  policy: Policy,
  now: Date,
): Verdict {
  const keep = keepOf(policy, backup.address.kind);
  // A clock that jumped is no reason to delete, nor proof that anything else is old.
  if (isAhead(backup, now)) return kept("its data is from the future, by this machine's clock");
  if (backup === newestOfKind(backup, proofs)) return kept('newest verified');
  if (backup === newestRestored(backup, proofs)) return kept('newest restored in a drill');
  const days = plural(keep.keepDays, 'day');
  if (ageOf(backup, now) <= keep.keepDays * DAY_MS) return kept(`younger than ${days}`);
  const newer = newerOfKind(backup, proofs).length;
  if (newer < keep.keepMin) return kept(whyTooFew(backup, newer, keep));
  return { action: 'retire', reason: `older than ${days}, ${plural(newer, 'newer verified one')}` };
}

function kept(reason: string): Verdict {
  return { action: 'keep', reason };
}

function whyTooFew({ state }: Candidate, newer: number, { keepMin }: Keep): string {
  if (state === 'VERIFIED') return `one of the ${keepMin} newest verified of its kind`;
  return `${plural(newer, 'newer verified one')} of its kind, ${keepMin} needed`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function newestOfKind(backup: Candidate, proofs: readonly Candidate[]): Candidate | undefined {
  return proofs.find((proof) => isSameKind(proof, backup));
}

function newestRestored(backup: Candidate, proofs: readonly Candidate[]): Candidate | undefined {
  return proofs.find((proof) => proof.proof === 'restored' && isSameDatabase(proof, backup));
}

function newerOfKind(backup: Candidate, proofs: readonly Candidate[]): Candidate[] {
  return proofs.filter((proof) => isSameKind(proof, backup) && newestFirst(proof, backup) < 0);
}

function isSameDatabase({ address: a }: Candidate, { address: b }: Candidate): boolean {
  return a.database === b.database;
}

function isSameKind(a: Candidate, b: Candidate): boolean {
  return isSameDatabase(a, b) && a.address.kind === b.address.kind;
}

/** A time that is none counts as ahead: what can't be dated is not old. */
function isAhead(backup: Candidate, now: Date): boolean {
  return !(ageOf(backup, now) >= 0);
}

function ageOf({ dataTime }: Candidate, now: Date): number {
  return now.getTime() - dataTime.getTime();
}

/** By the time of the data, then by id: a total order, without a word from any file system. */
function newestFirst(a: Candidate, b: Candidate): number {
  return (
    b.dataTime.getTime() - a.dataTime.getTime() ||
    compare(b.address.id, a.address.id) ||
    compare(backupPrefix(b.address), backupPrefix(a.address))
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
