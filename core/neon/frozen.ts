import { BackupError, messageOf } from '../errors';
import type { Source } from '../take/job';
import type { Neon } from './api';
import { removeBranch, removeNamed } from './branches';
import { type Choice, choose } from './choose';
import { type Freezing, freeze } from './freeze';
import { frozenName, leakedBranches } from './ours';
import type { Point } from './requests';
import type { Branch } from './shapes';
import { refuseOutside, windowStart } from './window/reach';

export interface FrozenOptions extends Choice {
  /** The run's id, as backups have them: the branch carries it in its name. */
  readonly run: string;
  /** @default now */
  readonly at?: Point | undefined;
  /** How long the run may live, in ms: then Neon deletes the branch by itself. @default a day */
  readonly lifeMs?: number | undefined;
  /** The most that the branch's compute may grow to. @default 1 */
  readonly computeUnits?: number | undefined;
  /** Where the plan allows no further branch, `direct` reads the branch itself. @default fail */
  readonly withoutBranch?: 'fail' | 'direct' | undefined;
  /** How long each of Neon's operations may take, in ms. @default 120,000 */
  readonly readyWithinMs?: number | undefined;
  /** How long deleting the branch may take, in ms. @default 20,000 */
  readonly removeWithinMs?: number | undefined;
  /** Told what is worth a line in a log. */
  readonly onNote?: ((message: string) => void) | undefined;
  /** @default the clock of this machine */
  readonly now?: (() => Date) | undefined;
}

const DAY_MS = 86_400_000;

/**
 * Works with a branch that is made for it, so that production feels nothing and nothing in it moves. The
 * branch is deleted in every ending; where that fails it is told, and the expiry deletes it. Branches
 * that dead runs left are deleted on the way.
 * @param work its failure is this function's
 * @throws BackupError `usage` before anything is made; `refused` where the plan allows no further branch
 */
export async function withFrozenSource<T>(
  neon: Neon,
  options: FrozenOptions,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const { now = () => new Date(), lifeMs = DAY_MS } = options;
  const branches = await neon.listBranches();
  const chosen = await choose(neon, branches, options);
  const known = await knownTime(neon, options.at, now());
  await sweep(neon, leakedBranches(branches, now()), options);
  const asked = now();
  const freezing: Freezing = {
    chosen,
    name: frozenName(options.run),
    at: options.at,
    time: known ?? asked,
    expiresAt: new Date(asked.getTime() + lifeMs),
    computeUnits: options.computeUnits ?? 1,
    withoutBranch: options.withoutBranch ?? 'fail',
    readyWithinMs: options.readyWithinMs ?? 120_000,
    onNote: options.onNote,
    left: undefined,
  };
  try {
    return await work(await freeze(neon, freezing));
  } finally {
    await clearAway(neon, freezing, options);
  }
}

/** What is certain of the age of the data: what was asked for, or that the window has it. */
async function knownTime(neon: Neon, at: Point | undefined, now: Date): Promise<Date | undefined> {
  if (!at) return undefined;
  const project = await neon.getProject();
  refuseOutside(project, at, now);
  return 'time' in at ? at.time : windowStart(project, now);
}

/** Deletes what dead runs left. It costs money and allowance; that it stays is no reason to stop. */
export async function sweep(
  neon: Neon,
  leaked: readonly Branch[],
  { onNote }: Pick<FrozenOptions, 'onNote'>,
): Promise<void> {
  for (const { id, name } of leaked) {
    try {
      await removeBranch(neon, id);
      onNote?.(`The branch ${name}, which a dead run left, is deleted.`);
    } catch (error) {
      neon.manners.signal?.throwIfAborted();
      onNote?.(`The branch ${name}, which a dead run left, stays: ${messageOf(error)}`);
    }
  }
}

/** Deletes what is left of a branch: also after the work was told to stop, so on a time limit of its own. */
export async function clearAway(
  neon: Neon,
  { name, left, expiresAt }: Freezing,
  { onNote, removeWithinMs = 20_000 }: Pick<FrozenOptions, 'onNote' | 'removeWithinMs'>,
): Promise<void> {
  if (!left) return;
  const limit = new AbortController();
  const tooSlow = new BackupError('hung', `Neon did not do it in ${removeWithinMs / 1000} s.`);
  const timer = setTimeout(() => limit.abort(tooSlow), removeWithinMs);
  const unhurried = neon.under(limit.signal);
  try {
    await (left === 'unknown' ? removeNamed(unhurried, name) : removeBranch(unhurried, left.id));
  } catch (error) {
    const then = `Neon deletes it after ${expiresAt.toISOString()}.`;
    onNote?.(`The branch ${name} could not be deleted: ${messageOf(error)} ${then}`);
  } finally {
    clearTimeout(timer);
  }
}
