import { type Backup, isVerified } from '../catalog';
import { BackupError } from '../errors';
import type { Neon } from './api';
import type { Chosen } from './choose';
import { isFormer } from './ours';
import type { ListedBranch } from './shapes';
import { snapshotsOf } from './snapshots';

/** What is left of the time before Neon's own history. */
export interface Nearest {
  /** `the backup 20261123T020000Z-k3f9`, for a sentence. */
  readonly name: string;
  /** The newest that it holds is of this time. */
  readonly time: Date;
  /** How to get it back; a sentence. */
  readonly cure: string;
}

/** Where to look. */
export interface NearestOptions {
  /** Every branch of the project. */
  readonly branches: readonly ListedBranch[];
  /** What the store holds, of every verdict. */
  readonly backups: readonly Backup[];
  /** How to restore a backup; a command. */
  readonly command: (backup: Backup) => string;
}

/**
 * Finds what has the newest data from before a moment: a snapshot of Neon's, a branch that was kept as
 * one, or a VERIFIED backup.
 */
export async function nearestBefore(
  neon: Neon,
  chosen: Chosen,
  at: Date,
  { branches, backups, command }: NearestOptions,
): Promise<Nearest | undefined> {
  const { branch } = chosen;
  const snapshots = (await neon.native.list())
    .filter((snapshot) => snapshot.branch === branch.id)
    .map(({ name, time, createdAt }) => ({
      name: `Neon's snapshot ${name}`,
      time: time ?? createdAt,
      cure: 'The Neon Console restores it, under Backup & Restore: into a new branch first.',
    }));
  // A branch that was put back has left its children to the one that holds its former state.
  const parents = branches.filter(
    ({ id, name }) => id === branch.id || isFormer(name, branch.name),
  );
  const kept = snapshotsOf(branches)
    .filter((snapshot) => parents.some(({ id }) => id === snapshot.branch.parent))
    .map(({ branch: { name, time, createdAt } }) => ({
      name: `the branch ${name}`,
      time: time ?? createdAt,
      cure: 'Give it a compute in the Neon Console to look at it; the Console can restore from it, too.',
    }));
  const stored = backups
    .filter((backup) => isVerified(backup) && isOf(backup, neon.project, chosen))
    .map((backup) => ({
      name: `the backup ${backup.address.id}`,
      time: new Date(backup.manifest.data.time),
      cure: `Restore it: ${command(backup)}`,
    }));
  return [...snapshots, ...kept, ...stored]
    .filter(({ time }) => time <= at)
    .reduce<Nearest | undefined>((a, b) => (a && a.time >= b.time ? a : b), undefined);
}

/** A backup that was read by a URL does not say which branch that was. */
function isOf({ manifest: { source } }: Backup, project: string, chosen: Chosen): boolean {
  if (source.name !== chosen.database) return false;
  const { neon } = source;
  return !neon || (neon.project === project && neon.branch === chosen.branch.id);
}

/** That a moment is too long ago, what is nearest to it, and what that loses. */
export function tooLongAgo(at: Date, start: Date, nearest: Nearest | undefined): BackupError {
  const since = `${at.toISOString()} lies before what Neon remembers, which begins at ${start.toISOString()}.`;
  if (!nearest)
    return new BackupError('refused', `${since} Nothing older is to be found either.`, {
      cure: `Name a later moment, or another store: --in.`,
    });
  const minutes = Math.ceil((at.getTime() - nearest.time.getTime()) / 60_000);
  return new BackupError(
    'refused',
    `${since} The nearest before it is ${nearest.name}, with data of ${nearest.time.toISOString()}: that loses the ${minutes} minutes until then.`,
    { cure: nearest.cure },
  );
}
