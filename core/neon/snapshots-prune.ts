import { BackupError, isBackupError, messageOf } from '../errors';
import type { Neon } from './api';
import { removeBranch } from './branches';
import { freeBranches, roomForSnapshots } from './plan';
import type { Branch } from './shapes';
import type { BranchSnapshot } from './snapshots';
import { planSnapshots, type SnapshotPolicy } from './snapshots-plan';

export interface PruneSnapshotsOptions {
  readonly policy: SnapshotPolicy;
  /** Says what would go, and touches nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /** @default the clock of this machine */
  readonly now?: Date | undefined;
}

export interface PrunedSnapshots {
  readonly gone: readonly { readonly branch: Branch; readonly reason: string }[];
  readonly stay: readonly BranchSnapshot[];
  /** Those that Neon now deletes later. */
  readonly renewed: readonly { readonly branch: Branch; readonly until: Date }[];
  /** What Neon did not do; the rest was done. */
  readonly failed: readonly { readonly branch: Branch; readonly why: string }[];
  /** How many more branches the plan includes now. */
  readonly free: number;
}

/**
 * Deletes the snapshots that are too many, too old, or more than the plan has room for, and puts off the
 * expiry of those that are to stay longer than Neon would keep them. Ours alone are touched.
 * @throws NeonError where nothing could be looked at
 */
export async function pruneSnapshots(
  neon: Neon,
  { policy, dryRun = false, now = new Date() }: PruneSnapshotsOptions,
): Promise<PrunedSnapshots> {
  const [project, branches] = [await neon.getProject(), await neon.listBranches()];
  const plan = planSnapshots(branches, policy, roomForSnapshots(project, branches), now);
  const failed: { branch: Branch; why: string }[] = [];
  const done = async (branch: Branch, work: () => Promise<unknown>) => {
    const why = dryRun ? undefined : await failureOf(neon, work);
    if (why !== undefined) failed.push({ branch, why });
    return why === undefined;
  };
  const gone = await filtered(plan.go, ({ branch }) =>
    done(branch, () => removeBranch(neon, branch.id)),
  );
  const renewed = await filtered(plan.renew, ({ branch, until }) =>
    done(branch, () => neon.updateBranch(branch.id, { expiresAt: until })),
  );
  const goneIds = new Set(gone.map(({ branch }) => branch.id));
  const left = branches.filter(({ id }) => !goneIds.has(id));
  return { gone, stay: plan.stay, renewed, failed, free: freeBranches(project, left) };
}

/** One after the other: Neon does one thing at a time in a project. */
async function filtered<T>(all: readonly T[], test: (one: T) => Promise<boolean>): Promise<T[]> {
  const passed: T[] = [];
  for (const one of all) if (await test(one)) passed.push(one);
  return passed;
}

/** What one branch fails at stops no other one. */
async function failureOf(neon: Neon, work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    neon.manners.signal?.throwIfAborted();
    if (!isBackupError(error)) throw error;
    return messageOf(error);
  }
}

/** @throws BackupError `refused` where something was not done, in words of the first */
export function refuseFailures({ failed }: PrunedSnapshots): void {
  const [first] = failed;
  if (!first) return;
  throw new BackupError(
    'refused',
    `Neon did not do what was asked of ${failed.length} of the branches, the first being ${first.branch.name}: ${first.why}`,
    { cure: 'The others were dealt with; try again.' },
  );
}
