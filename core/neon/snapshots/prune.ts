import type { Neon } from '../api';
import { removeBranch } from '../branches';
import { freeBranches, roomForSnapshots } from '../plan';
import type { Branch } from '../shapes';
import { inTurn, type Undone } from './each';
import type { BranchSnapshot } from './names';
import { planSnapshots, type SnapshotPolicy } from './plan';

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
  readonly failed: readonly Undone[];
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
  const gone = await inTurn(
    neon,
    plan.go,
    ({ branch }) => branch.name,
    async ({ branch }) => {
      if (!dryRun) await removeBranch(neon, branch.id);
    },
  );
  const renewed = await inTurn(
    neon,
    plan.renew,
    ({ branch }) => branch.name,
    async (renewal) => {
      if (!dryRun) await neon.updateBranch(renewal.branch.id, { expiresAt: renewal.until });
    },
  );
  const goneIds = new Set(gone.done.map(({ branch }) => branch.id));
  const left = branches.filter(({ id }) => !goneIds.has(id));
  return {
    gone: gone.done,
    stay: plan.stay,
    renewed: renewed.done,
    failed: [...gone.failed, ...renewed.failed],
    free: freeBranches(project, left),
  };
}
