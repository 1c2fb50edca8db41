import { BackupError, isBackupError, messageOf } from '../errors';
import type { Neon } from './api';
import { removeBranch } from './branches';
import type { Chosen } from './choose';
import { isNeonError } from './errors';
import { wayTo } from './freeze';
import { settle, settleBranch } from './operations';
import { formerName } from './ours';
import type { Branch } from './shapes';
import { countBeside, foundPreview, type MomentOptions, READY_WITHIN_MS } from './time-preview';
import type { RowsBeside } from './time-rows';

/** A branch that is what it was. */
export interface Promoted {
  readonly branch: string;
  /** The branch that holds the state from before. */
  readonly former: string;
  /** What the preview held, and what the branch holds now. */
  readonly tables: readonly RowsBeside[];
}

/**
 * Puts a branch back to what its preview shows. The state from before stays as another branch; the
 * preview is deleted.
 * @param branches every branch of the project
 * @param typed the branch's name, as a person typed it
 * @throws BackupError `usage` where another name was typed, `refused` where nobody has made a preview
 */
export async function promoteMoment(
  neon: Neon,
  branches: readonly Branch[],
  chosen: Chosen,
  at: Date,
  options: MomentOptions & { readonly typed: string },
): Promise<Promoted> {
  const { typed, onNote, now = () => new Date() } = options;
  const { branch } = chosen;
  refuseOtherName(branch, typed);
  const preview = foundPreview(branches, chosen, at);
  const former = formerName(branch.name, now());
  await restore(neon, branch, at, former, options.readyWithinMs ?? READY_WITHIN_MS);
  const restored = await refind(neon, branch, former);
  const tables = await counted(neon, preview, { ...chosen, branch: restored }, options);
  await removeBranch(neon, preview.id).catch((error) =>
    onNote?.(`The branch ${preview.name} could not be deleted: ${messageOf(error)}`),
  );
  return { branch: branch.name, former, tables };
}

function refuseOtherName({ name }: Branch, typed: string): void {
  if (typed === name) return;
  throw new BackupError('usage', `--promote names ${typed}, and the branch is ${name}.`, {
    cure: 'Type the name of the branch that is to be put back.',
  });
}

/** From itself: a root that was restored from another branch leaves one that can't be deleted. */
async function restore(
  neon: Neon,
  { id, name }: Branch,
  at: Date,
  keepAs: string,
  limitMs: number,
): Promise<void> {
  try {
    const { operations } = await neon.restoreBranch(id, { from: id, at: { time: at }, keepAs });
    await settle(neon, operations, limitMs);
  } catch (error) {
    if (!isBackupError(error) || (isNeonError(error) && error.wasTurnedAway)) throw error;
    // An answer that is lost says nothing: the name under which the former state is kept does.
    if (!isNeonError(error) || !(await isKept(neon, keepAs))) throw unclear(error, name, keepAs);
    await settleBranch(neon, id, limitMs);
  }
}

async function isKept(neon: Neon, name: string): Promise<boolean> {
  return (await neon.listBranches(name)).some((branch) => branch.name === name);
}

function unclear(error: BackupError, name: string, former: string): BackupError {
  return new BackupError(
    error.reason,
    `It is not certain whether ${name} was put back: ${error.message}`,
    {
      cure: `Look at the branches in the Neon Console: once ${former} is there, it holds what ${name} was until now.`,
    },
  );
}

/** Its id may be another one now; and that the former state is there is looked at, not believed. */
async function refind(neon: Neon, { name }: Branch, former: string): Promise<Branch> {
  const branches = await neon.listBranches();
  const restored = branches.find((branch) => branch.name === name);
  if (restored && branches.some((branch) => branch.name === former)) return restored;
  const gone = new BackupError('not_found', `Neon lists ${name} and ${former} no longer both.`);
  throw unclear(gone, name, former);
}

/** What is done is done, also where nobody can count. */
async function counted(
  neon: Neon,
  preview: Branch,
  restored: Chosen,
  options: MomentOptions,
): Promise<RowsBeside[]> {
  try {
    const { address } = await wayTo(neon, preview.id, restored);
    return await countBeside(neon, address, restored, options);
  } catch (error) {
    if (!isBackupError(error)) throw error;
    options.onNote?.(`${restored.branch.name} is put back, and not counted: ${error.message}`);
    return [];
  }
}
