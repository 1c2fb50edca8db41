import { isBackupError, messageOf } from '../../errors';
import type { Neon } from '../api';
import { makeOnce } from '../once';
import { settle } from '../operations';
import type { Branch, Endpoint } from '../shapes';
import type { Making } from './past';

/** The most that the compute of a preview may grow to. */
export const PREVIEW_UNITS = 1;

/**
 * Gives a preview what it does not have yet: a compute to connect to, and an expiry. A run that died may
 * have left it without.
 * @throws BackupError where it can't have a compute; that it can't have an expiry is told
 */
export async function makeUsable(neon: Neon, branch: Branch, making: Making): Promise<Branch> {
  if (!(await computeOf(neon, branch))) await giveCompute(neon, branch, making);
  return branch.expiresAt ? branch : giveExpiry(neon, branch, making);
}

async function computeOf(neon: Neon, { id }: Branch): Promise<Endpoint | undefined> {
  return (await neon.listEndpoints(id)).find(({ type }) => type === 'read_write');
}

async function giveCompute(neon: Neon, branch: Branch, { readyWithinMs }: Making): Promise<void> {
  const { answer } = await makeOnce(
    neon,
    () => neon.createEndpoint({ branch: branch.id, computeUnits: PREVIEW_UNITS }),
    () => computeOf(neon, branch),
  );
  // One whose answer was lost wakes when somebody connects.
  if (answer) await settle(neon, answer.operations, readyWithinMs);
}

async function giveExpiry(
  neon: Neon,
  branch: Branch,
  { expiresAt, onNote }: Making,
): Promise<Branch> {
  try {
    return (await neon.updateBranch(branch.id, { expiresAt })).branch;
  } catch (error) {
    neon.manners.signal?.throwIfAborted();
    if (!isBackupError(error)) throw error;
    onNote?.(
      `Neon does not delete the branch ${branch.name} by itself; delete it when you have looked at it: ${messageOf(error)}`,
    );
    return branch;
  }
}
