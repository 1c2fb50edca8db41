import type { Neon } from '../api';
import { removeOnce } from '../once';
import type { Snapshot } from '../shapes';
import { inTurn, type Undone } from './each';
import { chooseRoot, isOurNative, nativeSnapshotsOf, roomForNatives } from './native';
import { judge, type SnapshotPolicy } from './plan';

export interface PruneNativesOptions {
  readonly policy: SnapshotPolicy;
  /** Name or id of the root branch whose snapshots are meant. @default the project's default branch */
  readonly branch?: string | undefined;
  /** Says what would go, and touches nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /** @default the clock of this machine */
  readonly now?: Date | undefined;
}

export interface PrunedNatives {
  readonly gone: readonly { readonly snapshot: Snapshot; readonly reason: string }[];
  /** Ours that stay, the newest first. */
  readonly stay: readonly Snapshot[];
  /** What Neon did not do; the rest was done. */
  readonly failed: readonly Undone[];
}

/**
 * Deletes those of Neon's own snapshots of a branch that are too many or too old. Ours alone are touched,
 * and never what Neon's schedule has made.
 * @throws BackupError `usage` for a branch that is not there, or is no root; NeonError where nothing could
 *   be looked at
 */
export async function pruneNativeSnapshots(
  neon: Neon,
  { policy, branch: wanted, dryRun = false, now = new Date() }: PruneNativesOptions,
): Promise<PrunedNatives> {
  const branch = chooseRoot(await neon.listBranches(), wanted);
  const [project, all] = [await neon.getProject(), await neon.native.list()];
  const natives = nativeSnapshotsOf(all, branch.id);
  const room = roomForNatives(project, natives);
  const { go, stay } = judge(natives.filter(isOurNative), policy, room, now);
  const due = go.map(({ snapshot: { snapshot }, reason }) => ({ snapshot, reason }));
  const { done, failed } = await inTurn(
    neon,
    due,
    ({ snapshot }) => snapshot.name,
    async ({ snapshot: { id } }) => {
      if (!dryRun) await removeOnce(neon, () => neon.native.delete(id));
    },
  );
  return { gone: done, stay: stay.map(({ snapshot }) => snapshot), failed };
}
