import { BackupError, isBackupError } from '../errors';
import { pause } from '../pause';
import type { Neon } from './api';
import { isNeonError } from './errors';
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

const ATTEMPTS = 3;
const BETWEEN_MS = 1_000;

/**
 * Makes a branch, once. Neon knows no second delivery of a request: when an answer is lost, the branch is
 * looked for by its name, and only asked for again where it is not there.
 * @param request its name has to be one that nobody else uses
 * @throws NeonError; BackupError `refused` where what Neon made is not what was asked for
 */
export async function makeBranch(neon: Neon, request: NewBranch): Promise<Made> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { branch, ...rest } = await neon.createBranch(request);
      return { branch: asAsked(branch, request), rest, only: attempt === 1 };
    } catch (error) {
      // A second try may be turned away because the first one was not lost after all.
      if (!isNeonError(error) || (error.wasTurnedAway && attempt === 1)) throw error;
      const [found] = await branchesNamed(neon, request.name);
      if (found) return { branch: asAsked(found, request), rest: undefined, only: false };
      if (error.wasTurnedAway || attempt >= ATTEMPTS) throw error;
      await (neon.manners.wait ?? pause)(BETWEEN_MS, neon.manners.signal);
    }
  }
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
export async function removeBranch(neon: Neon, id: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await neon.deleteBranch(id);
      return;
    } catch (error) {
      if (isBackupError(error, 'not_found')) return;
      if (!isNeonError(error) || error.wasTurnedAway || attempt >= ATTEMPTS) throw error;
      await (neon.manners.wait ?? pause)(BETWEEN_MS, neon.manners.signal);
    }
  }
}

/** Deletes every branch of a name that only one run uses. @throws NeonError */
export async function removeNamed(neon: Neon, name: string): Promise<void> {
  for (const branch of await branchesNamed(neon, name))
    if (branch.parent && !branch.isDefault && !branch.isProtected)
      await removeBranch(neon, branch.id);
}
