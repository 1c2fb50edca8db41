import { BackupError } from '../../errors';
import { chooseBranch } from '../choose';
import { planOf } from '../plan';
import type { Branch, Project, Snapshot } from '../shapes';
import { kindOf, newestFirst, type SnapshotKind } from './names';

/** One of Neon's own snapshots, which are no branches. */
export interface NativeSnapshot {
  readonly as: 'native';
  readonly snapshot: Snapshot;
  readonly createdAt: Date;
  /** Undefined where its name is none of ours. */
  readonly kind: SnapshotKind | undefined;
  /** Whether it may be deleted. It bears no mark, so its name alone says that it was made here. */
  readonly isOurs: boolean;
}

/** One that is ours. */
export type OurNativeSnapshot = NativeSnapshot & { readonly kind: SnapshotKind };

/**
 * Neon's own snapshots of a project, the newest first. Ours are those of one branch that bear a name of
 * ours and were not made by Neon's schedule.
 * @param all every one of the project
 * @param branch the id of that branch
 */
export function nativeSnapshotsOf(all: readonly Snapshot[], branch: string): NativeSnapshot[] {
  return all
    .map((snapshot) => {
      const { name, createdAt, isManual, branch: of } = snapshot;
      const kind = kindOf(name);
      const isOurs = kind !== undefined && isManual !== false && of === branch;
      return { as: 'native' as const, snapshot, createdAt, kind, isOurs };
    })
    .sort(newestFirst);
}

export function isOurNative(native: NativeSnapshot): native is OurNativeSnapshot {
  return native.isOurs;
}

/** What any paid plan allows; where the key may not see the plan, Neon's own answer counts. */
const USUALLY_ALLOWED = 100;

/** How many more of them Neon lets people make. */
export function freeNatives(
  project: Pick<Project, 'plan'>,
  natives: readonly NativeSnapshot[],
): number {
  const made = natives.filter(({ snapshot }) => snapshot.isManual !== false);
  return allowedNatives(project) - made.length;
}

/**
 * How many of ours may stay: what the plan allows, less what others made, less one, since the next one
 * is made before an old one goes.
 */
export function roomForNatives(
  project: Pick<Project, 'plan'>,
  natives: readonly NativeSnapshot[],
): number {
  const ours = natives.filter(({ isOurs }) => isOurs);
  return freeNatives(project, natives) + ours.length - 1;
}

export function allowedNatives(project: Pick<Project, 'plan'>): number {
  return planOf(project)?.nativeSnapshots ?? USUALLY_ALLOWED;
}

/**
 * The branch that is to have snapshots of Neon's own.
 * @throws BackupError `usage` where it is not there, or is no root
 */
export function chooseRoot(branches: readonly Branch[], wanted: string | undefined): Branch {
  const branch = chooseBranch(branches, wanted);
  const mistake = noRoot(branch, branches);
  if (mistake) throw mistake;
  return branch;
}

/** That a branch is no root, where it is none. @param all every branch of the project */
export function noRoot(branch: Branch, all: readonly Branch[]): BackupError | undefined {
  if (branch.parent === undefined) return undefined;
  const roots = all.filter(({ parent }) => parent === undefined).map(({ name }) => name);
  return new BackupError(
    'usage',
    `Neon makes snapshots of its own of root branches only, and ${branch.name} was made from another one.`,
    { cure: `Name a root: ${roots.join(', ')}. Of any other branch, a snapshot is a branch.` },
  );
}
