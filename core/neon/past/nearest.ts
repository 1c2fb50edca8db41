import { type Backup, isVerified } from '../../catalog';
import { BackupError } from '../../errors';
import type { Chosen } from '../choose';
import { calledAmong } from './find';
import type { Past } from './past';

/** What is left of the time before Neon's own history. */
export interface Nearest {
  /** `the backup 20261123T020000Z-k3f9`, for a sentence. */
  readonly title: string;
  /** The newest that it holds is of this time. */
  readonly time: Date;
  /** How to get it back; a sentence. */
  readonly cure: string;
}

/** Whole command lines, as they are typed. */
export interface Commands {
  restoreBackup(backup: Backup): string;
  /** @param name a snapshot's name or id */
  restoreSnapshot(name: string): string;
}

/** Where to look. */
export interface Places {
  /** The project's id. */
  readonly project: string;
  readonly chosen: Chosen;
  /** What is kept of the branch. */
  readonly kept: readonly Past[];
  /** What the store holds, of every verdict. */
  readonly backups: readonly Backup[];
}

/** Finds what has the newest data from before a moment: what is kept in the project, or a VERIFIED backup. */
export function nearestBefore(
  at: Date,
  { project, chosen, kept, backups }: Places,
  commands: Commands,
): Nearest | undefined {
  const pasts = kept.map((past) => ({
    title: past.title,
    time: past.time,
    cure: `Look at it: ${commands.restoreSnapshot(calledAmong(kept, past))}`,
  }));
  const stored = backups
    .filter((backup) => isVerified(backup) && isOf(backup, project, chosen))
    .map((backup) => ({
      title: `the backup ${backup.address.id}`,
      time: new Date(backup.manifest.data.time),
      cure: `Restore it: ${commands.restoreBackup(backup)}`,
    }));
  return [...pasts, ...stored]
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
    `${since} The nearest before it is ${nearest.title}, with data of ${nearest.time.toISOString()}: that loses the ${minutes} minutes until then.`,
    { cure: nearest.cure },
  );
}
