import type { Backup } from '../catalog';
import { BackupError } from '../errors';
import type { Neon } from './api';
import { type Choice, type Chosen, choose } from './choose';
import { parsePoint } from './named';
import type { ListedBranch } from './shapes';
import { nearestBefore, tooLongAgo } from './time-nearest';
import { type MomentOptions, type Preview, previewMoment } from './time-preview';
import { type Promoted, promoteMoment } from './time-promote';
import { refuseOutside, windowStart } from './window';

export interface TimeOptions extends MomentOptions, Choice {
  readonly at: Date;
  /** The branch's name, typed by a person who wants it put back. @default only a preview is made */
  readonly promote?: string | undefined;
  /** What the store holds; asked only where Neon itself has no state of the moment. */
  readonly backups: () => Promise<readonly Backup[]>;
  /** How to restore a backup; a command. */
  readonly command: (backup: Backup) => string;
}

/** The branch that it is about, and what became of it or its preview. */
export interface Moment {
  readonly of: Chosen;
  readonly preview?: Preview;
  readonly promoted?: Promoted;
}

/**
 * Shows what a branch was at a moment; and puts it back to that, where its name was typed.
 * @throws BackupError `usage` for what isn't there or is to come; `refused` for what is too long ago,
 *   with what is nearest before it and the minutes that this loses; nothing is made then
 */
export async function toMoment(neon: Neon, options: TimeOptions): Promise<Moment> {
  const { at, promote, now = () => new Date() } = options;
  const branches = await neon.listBranches();
  const of = await choose(neon, branches, options);
  await refuseTooLongAgo(neon, branches, of, options, now());
  if (promote === undefined)
    return { of, preview: await previewMoment(neon, branches, of, at, options) };
  const typed = { ...options, typed: promote };
  return { of, promoted: await promoteMoment(neon, branches, of, at, typed) };
}

async function refuseTooLongAgo(
  neon: Neon,
  branches: readonly ListedBranch[],
  of: Chosen,
  { at, backups, command }: TimeOptions,
  now: Date,
): Promise<void> {
  const project = await neon.getProject();
  const start = windowStart(project, now);
  if (at >= start) return refuseOutside(project, { time: at }, now);
  const where = { branches, backups: await backups(), command };
  throw tooLongAgo(at, start, await nearestBefore(neon, of, at, where));
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
