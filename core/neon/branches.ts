import { BackupError } from '../errors';
import type { Neon } from './api';
import { makeOnce, removeOnce } from './once';
import type { NewBranch } from './requests';
import type { Branch, Endpoint, Operation } from './shapes';

/** A branch that was asked for, and is there. */
export interface Made {
  readonly branch: Branch;
  /** Undefined where the answer was lost: the branch was found by its name. */
  readonly rest: { readonly endpoints: Endpoint[]; readonly operations: Operation[] } | undefined;
  /** Whether it is the only one of its name, for certain. */
  readonly only: boolean;
}

/**
 * Makes a branch, once. Neon knows no second delivery of a request: when an answer is lost, the branch is
 * looked for by its name, and only asked for again where it is not there.
 * @param request its name has to be one that nobody else uses
 * @throws NeonError; BackupError `refused` where what Neon made is not what was asked for
 */
export async function makeBranch(neon: Neon, request: NewBranch): Promise<Made> {
  const once = await makeOnce(
    neon,
    () => neon.createBranch(request),
    async () => (await branchesNamed(neon, request.name))[0],
  );
  const { only } = once;
  if (!once.answer) return { branch: asAsked(once.found, request), rest: undefined, only };
  const { branch, ...rest } = once.answer;
  return { branch: asAsked(branch, request), rest, only };
}

async function branchesNamed(neon: Neon, name: string): Promise<Branch[]> {
  return (await neon.listBranches(name)).filter((branch) => branch.name === name);
}

function asAsked(branch: Branch, { name, parent }: NewBranch): Branch {
  const child = branch.parent === parent && branch.id !== parent;
  if (child && branch.name === name && !branch.isDefault && !branch.isProtected) return branch;
  throw new BackupError(
    'refused',
    `Neon was asked for the branch ${name} of ${parent}, and its answer names another one.`,
    { cure: 'Look at the branches in the Neon Console, then try again.' },
  );
}

/**
 * Deletes a branch, or finds it gone. Asking twice does no harm.
 * @throws NeonError
 */
export function removeBranch(neon: Neon, id: string): Promise<void> {
  return removeOnce(neon, () => neon.deleteBranch(id));
}

/** Deletes every branch of a name that only one run uses. @throws NeonError */
export async function removeNamed(neon: Neon, name: string): Promise<void> {
  for (const branch of await branchesNamed(neon, name))
    if (branch.parent && !branch.isDefault && !branch.isProtected)
      await removeBranch(neon, branch.id);
}
