import type { Neon } from '../neon/api';
import { chooseBranch } from '../neon/choose';
import {
  allowedNatives,
  nativeSnapshotsOf,
  noRoot,
  roomForNatives,
} from '../neon/snapshots/native';
import { examine, type Finding, ok, warn } from './finding';

export interface NativeQuestion {
  /** Name or id of the branch that is to have them. @default the project's default branch */
  readonly branch?: string | undefined;
  /** How many are to stay. */
  readonly snapshots: number;
}

const FEWER = 'Keep fewer, or branches; delete what nobody needs, or take a larger plan.';

/** Whether a project can have Neon's own snapshots, as many as are wished. It only reads. */
export function examineNatives(
  neon: Neon,
  { branch: wanted, snapshots }: NativeQuestion,
): Promise<Finding[]> {
  return examine('native', async () => {
    const branches = await neon.listBranches();
    const branch = chooseBranch(branches, wanted);
    const mistake = noRoot(branch, branches);
    if (mistake) return [warn('native', mistake.message, mistake.cure)];
    const [project, all] = [await neon.getProject(), await neon.native.list()];
    const room = Math.max(0, roomForNatives(project, nativeSnapshotsOf(all, branch.id)));
    const words = `the plan allows ${allowedNatives(project)} of Neon's own snapshots`;
    if (room >= snapshots) return [ok('native', words)];
    const fewer = `${words}: there is room for ${room} and the next one, and ${snapshots} are to be kept`;
    return [warn('native', fewer, FEWER)];
  });
}
