import type { Backup } from '../../catalog';
import { BackupError } from '../../errors';
import type { Neon } from '../api';
import { type Choice, type Chosen, choose } from '../choose';
import { parsePoint } from '../named';
import type { ListedBranch } from '../shapes';
import { refuseOutside, windowStart } from '../window/reach';
import { findPast, keptPasts } from './find';
import { momentPast } from './moment';
import { type Commands, nearestBefore, tooLongAgo } from './nearest';
import type { Past } from './past';
import { type LookOptions, type Preview, previewPast } from './preview';
import { type Promoted, promotePast } from './promote';

export interface BackOptions extends LookOptions, Choice {
  /** A moment; or the name of a branch that was kept, or name or id of one of Neon's own snapshots. */
  readonly to: { readonly at: Date } | { readonly snapshot: string };
  /** The branch's name, typed by a person who wants it put back. @default only a preview is made */
  readonly promote?: string | undefined;
  /** What the store holds; asked only where Neon itself has no state of the moment. */
  readonly backups: () => Promise<readonly Backup[]>;
  readonly commands: Commands;
}

/** The branch that it is about, and what became of it or its preview. */
export interface WentBack {
  readonly of: Chosen;
  readonly preview?: Preview;
  readonly promoted?: Promoted;
}

/**
 * Shows what a branch was; and puts it back to that, where its name was typed.
 * @throws BackupError `usage` for what isn't there or is to come; `refused` for what is too long ago,
 *   with what is nearest before it and the minutes that this loses; nothing is made then
 */
export async function goBack(neon: Neon, options: BackOptions): Promise<WentBack> {
  const { to, promote } = options;
  const branches = await neon.listBranches();
  const of = await choose(neon, branches, options);
  const past =
    'at' in to
      ? await momentOf(neon, branches, of, to.at, options)
      : await findPast(neon, branches, of, to.snapshot);
  if (promote === undefined)
    return { of, preview: await previewPast(neon, branches, of, past, options) };
  const typed = { ...options, typed: promote };
  return { of, promoted: await promotePast(neon, branches, of, past, typed) };
}

/** Only what Neon's history still has. */
async function momentOf(
  neon: Neon,
  branches: readonly ListedBranch[],
  chosen: Chosen,
  at: Date,
  { backups, commands, now = () => new Date() }: BackOptions,
): Promise<Past> {
  const project = await neon.getProject();
  const start = windowStart(project, now());
  if (at >= start) {
    refuseOutside(project, { time: at }, now());
    return momentPast(chosen, at);
  }
  const kept = await keptPasts(neon, branches, chosen);
  const places = { project: neon.project, chosen, kept, backups: await backups() };
  throw tooLongAgo(at, start, nearestBefore(at, places, commands));
}

/**
 * Reads a moment as people write it: `2026-11-23T14:02Z`.
 * @throws BackupError `usage`
 */
export function parseMoment(text: string): Date {
  const point = parsePoint(text);
  if ('time' in point) return point.time;
  throw new BackupError('usage', `${text} is an LSN, and no moment.`, {
    cure: 'Write the moment as 2026-11-23T14:02Z, with the zone.',
  });
}
