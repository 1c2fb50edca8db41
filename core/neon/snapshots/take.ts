import { BackupError, messageOf } from '../../errors';
import type { Neon } from '../api';
import { makeBranch } from '../branches';
import { chooseBranch } from '../choose';
import { isOutOfBranches } from '../errors';
import { settle, settleBranch } from '../operations';
import { includedBranches, roomForSnapshots } from '../plan';
import type { Branch } from '../shapes';
import { MADE_BY } from './names';
import { expiryFrom } from './plan';

export interface TakeSnapshotOptions {
  /** `backup-20261123`: there is one of a name. */
  readonly name: string;
  /** Name or id of the branch that is kept. @default the project's default branch */
  readonly branch?: string | undefined;
  /** How long each of Neon's operations may take, in ms. @default 120,000 */
  readonly readyWithinMs?: number | undefined;
  /** @default the clock of this machine */
  readonly now?: Date | undefined;
}

export interface TakenSnapshot {
  readonly branch: Branch;
  /** Whether it was made now: of a name that is there already nothing is made. */
  readonly isNew: boolean;
}

/**
 * Keeps a branch as it is now: as a branch of its own, without a compute, that Neon deletes one day.
 * @throws BackupError `usage` for a branch that is not there; `refused` where the plan has no room for it
 */
export async function takeSnapshot(
  neon: Neon,
  options: TakeSnapshotOptions,
): Promise<TakenSnapshot> {
  const { name, branch: wanted, readyWithinMs = 120_000, now = new Date() } = options;
  const branches = await neon.listBranches();
  const there = branches.find((branch) => branch.name === name);
  if (there) {
    await untilReady(neon, there, readyWithinMs);
    return { branch: there, isNew: false };
  }
  const parent = chooseBranch(branches, wanted).id;
  const project = await neon.getProject();
  if (roomForSnapshots(project, branches) < 1) throw noRoom(includedBranches(project));
  const request = { parent, name, expiresAt: expiryFrom(now), madeBy: MADE_BY };
  const { branch, rest } = await makeBranch(neon, request).catch(inOurWords);
  if (rest) await settle(neon, rest.operations, readyWithinMs);
  else await settleBranch(neon, branch.id, readyWithinMs);
  return { branch, isNew: true };
}

/** One that is archived is complete, too. */
async function untilReady(neon: Neon, { id, state }: Branch, limitMs: number): Promise<void> {
  if (state !== 'archived') await settleBranch(neon, id, limitMs);
}

const FREE_SOME =
  'Delete branches that nobody needs any more, in the Neon Console, or take a larger plan.';

function noRoom(included: number): BackupError {
  const kept = 'three are left free for backing up, restoring and looking back';
  return new BackupError(
    'refused',
    `There is no room for a snapshot: of the ${included} branches that the plan includes, ${kept}, and other branches take the rest.`,
    { cure: FREE_SOME },
  );
}

function inOurWords(error: unknown): never {
  if (!isOutOfBranches(error)) throw error;
  throw new BackupError('refused', `The plan allows no further branch: ${messageOf(error)}`, {
    cure: FREE_SOME,
  });
}
