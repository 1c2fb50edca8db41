import { BackupError, isBackupError, messageOf } from '../../errors';
import type { Neon } from '../api';
import { removeBranch } from '../branches';
import type { Chosen } from '../choose';
import { isNeonError } from '../errors';
import { wayTo } from '../freeze';
import { makeOnce } from '../once';
import { settle, settleBranch } from '../operations';
import { formerName } from '../ours';
import type { Branch } from '../shapes';
import type { Past } from './past';
import { countBeside, foundPreview, type LookOptions, READY_WITHIN_MS } from './preview';
import type { RowsBeside } from './rows';

/** A branch that is what it was. */
export interface Promoted {
  readonly branch: string;
  /** The branch that holds the state from before. */
  readonly former: string;
  /** What the preview held, and what the branch holds now. */
  readonly tables: readonly RowsBeside[];
  /** What it brought with it; a sentence. */
  readonly caution: string | undefined;
}

/**
 * Puts a branch back to what its preview shows. The state from before stays as another branch; the
 * preview is deleted.
 * @param branches every branch of the project
 * @param typed the branch's name, as a person typed it
 * @throws BackupError `usage` where another name was typed, `refused` where nobody has made a preview
 */
export async function promotePast(
  neon: Neon,
  branches: readonly Branch[],
  of: Chosen,
  past: Past,
  options: LookOptions & { readonly typed: string },
): Promise<Promoted> {
  const { typed, onNote, now = () => new Date() } = options;
  const { branch } = of;
  refuseOtherName(branch, typed);
  const preview = foundPreview(branches, past);
  const keepAs = formerName(branch.name, now());
  await putBack(neon, branch, past, keepAs, options.readyWithinMs ?? READY_WITHIN_MS);
  const { restored, former } = await refind(neon, branch, past, keepAs);
  const renamed = await named(neon, former, keepAs, onNote);
  const tables = await counted(neon, preview, { ...of, branch: restored }, options);
  await removeBranch(neon, preview.id).catch((error) =>
    onNote?.(`The branch ${preview.name} could not be deleted: ${messageOf(error)}`),
  );
  return { branch: branch.name, former: renamed, tables, caution: past.caution };
}

function refuseOtherName({ name }: Branch, typed: string): void {
  if (typed === name) return;
  throw new BackupError('usage', `--promote names ${typed}, and the branch is ${name}.`, {
    cure: 'Type the name of the branch that is to be put back.',
  });
}

async function putBack(
  neon: Neon,
  branch: Branch,
  past: Past,
  keepAs: string,
  limitMs: number,
): Promise<void> {
  try {
    await settle(neon, await past.restore(neon, keepAs), limitMs);
  } catch (error) {
    if (!isBackupError(error) || (isNeonError(error) && error.wasTurnedAway)) throw error;
    // An answer that is lost says nothing: a branch that holds the former state does.
    const { restored, former } = isNeonError(error) ? await look(neon, branch, past, keepAs) : {};
    if (!restored || !former) throw unclear(error, branch, keepAs);
    await settleBranch(neon, restored.id, limitMs);
  }
}

/** Its id may be another one now; and that the former state is there is looked at, not believed. */
async function refind(neon: Neon, branch: Branch, past: Past, keepAs: string) {
  const { restored, former } = await look(neon, branch, past, keepAs);
  if (restored && former) return { restored, former };
  const gone = new BackupError(
    'not_found',
    `Neon does not list both ${branch.name} and a branch with what it was.`,
  );
  throw unclear(gone, branch, keepAs);
}

async function look(neon: Neon, { name }: Branch, past: Past, keepAs: string) {
  const branches = await neon.listBranches();
  return {
    restored: branches.find((branch) => branch.name === name),
    former: branches.find((branch) => past.isFormer(branch, keepAs)),
  };
}

function unclear(error: BackupError, { name }: Branch, keepAs: string): BackupError {
  return new BackupError(
    error.reason,
    `It is not certain whether ${name} was put back: ${error.message}`,
    {
      cure: `Look at the branches in the Neon Console: once it was, ${keepAs} or ${name} (old) is there, and holds what ${name} was until now.`,
    },
  );
}

/** Gives the former state the name that it is to have. @returns the one that it has */
async function named(
  neon: Neon,
  { id, name }: Branch,
  wanted: string,
  onNote: LookOptions['onNote'],
): Promise<string> {
  if (name === wanted) return name;
  try {
    await makeOnce(
      neon,
      () => neon.updateBranch(id, { name: wanted }),
      async () => (await neon.getBranch(id)).name === wanted || undefined,
    );
    return wanted;
  } catch (error) {
    if (!isBackupError(error)) throw error;
    onNote?.(`The branch ${name} could not be renamed to ${wanted}: ${error.message}`);
    return name;
  }
}

/** What is done is done, also where nobody can count. */
async function counted(
  neon: Neon,
  preview: Branch,
  restored: Chosen,
  options: LookOptions,
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
