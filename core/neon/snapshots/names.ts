import { BackupError } from '../../errors';
import type { ListedBranch } from '../shapes';

/** What a snapshot was made for: the day, or a deployment. */
export type SnapshotKind = 'daily' | 'pre-deploy';

/** A branch that is kept as a point to go back to. */
export interface BranchSnapshot {
  readonly as: 'branch';
  readonly branch: ListedBranch;
  readonly createdAt: Date;
  readonly kind: SnapshotKind;
  /** Whether it may be deleted: we, or GitHub's workflow, made it, and nothing depends on it. */
  readonly isOurs: boolean;
}

/** The mark on what is made here; GitHub's workflow leaves the same. */
export const MADE_BY = 'neon-backup';

const NAMES: Record<SnapshotKind, RegExp> = {
  daily: /^backup-\d{8}(-\d{4})?$/,
  'pre-deploy': /^pre-deploy-[0-9a-f]{7,40}$/,
};

/**
 * `backup-20261123`, of the day in UTC.
 * @param withTime `backup-20261123-0130`, for more than one a day
 */
export function dailyName(at: Date, withTime = false): string {
  const [date = '', time = ''] = at.toISOString().split('T');
  const minute = withTime ? `-${time.slice(0, 5).replace(':', '')}` : '';
  return `backup-${date.replaceAll('-', '')}${minute}`;
}

/**
 * `pre-deploy-1a2b3c4`
 * @param commit its hash, or the first 7 characters of it, or more
 * @throws BackupError `usage` for anything else
 */
export function preDeployName(commit: string): string {
  const name = `pre-deploy-${commit.toLowerCase()}`;
  if (kindOf(name) === 'pre-deploy') return name;
  throw new BackupError('usage', `"${commit.slice(0, 60)}" is no hash of a commit.`, {
    cure: 'Give 7 to 40 of its characters, 0 to 9 and a to f: git rev-parse --short HEAD.',
  });
}

/** Undefined for a name that is none of ours. */
export function kindOf(name: string): SnapshotKind | undefined {
  const kinds = Object.keys(NAMES) as SnapshotKind[];
  return kinds.find((kind) => NAMES[kind].test(name));
}

/**
 * The snapshots among a project's branches, the newest first. Those that people made are among them, and
 * are not ours: the name alone makes no branch ours, nor does the mark alone.
 * @param all every branch of the project
 */
export function snapshotsOf(all: readonly ListedBranch[]): BranchSnapshot[] {
  const parents = new Set(all.map(({ parent }) => parent));
  return all
    .flatMap((branch) => {
      const kind = kindOf(branch.name);
      const { id, parent, isDefault, isProtected, madeBy } = branch;
      const isFree = parent !== undefined && !isDefault && !isProtected && !parents.has(id);
      const isOurs = madeBy === MADE_BY && isFree;
      return kind
        ? [{ as: 'branch' as const, branch, createdAt: branch.createdAt, kind, isOurs }]
        : [];
    })
    .sort(newestFirst);
}

/** For lists of snapshots of any sort. */
export function newestFirst(a: { createdAt: Date }, b: { createdAt: Date }): number {
  return b.createdAt.getTime() - a.createdAt.getTime();
}
