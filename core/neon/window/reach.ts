import { BackupError } from '../../errors';
import type { Point } from '../requests';
import type { Project } from '../shapes';

/** The earliest moment that a branch can be made of. */
export function windowStart({ historySeconds, createdAt }: Project, now: Date): Date {
  return new Date(Math.max(now.getTime() - historySeconds * 1000, createdAt.getTime()));
}

/** @throws BackupError `usage` for a moment of which Neon has no state */
export function refuseOutside(project: Project, at: Point, now: Date): void {
  if ('lsn' in at) return;
  const start = windowStart(project, now);
  if (at.time >= start && at.time <= now) return;
  const asked = at.time.toISOString();
  throw new BackupError(
    'usage',
    at.time > now
      ? `${asked} lies in the future.`
      : `${asked} lies before what Neon remembers of the project.`,
    { cure: `Name a moment from ${start.toISOString()} to now.` },
  );
}
