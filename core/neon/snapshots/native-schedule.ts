import { BackupError, messageOf } from '../../errors';
import type { Neon } from '../api';
import { isNeonError } from '../errors';
import type { Branch, ScheduleItem } from '../shapes';
import { chooseRoot } from './native';

/** When Neon makes snapshots of a branch by itself. */
export interface Schedule {
  readonly branch: Branch;
  /** Empty where it never does. */
  readonly schedule: readonly ScheduleItem[];
}

export interface ScheduleChange extends Schedule {
  /** What was in its place. */
  readonly before: readonly ScheduleItem[];
  /** Whether anything was sent: a schedule that is set already is left alone. */
  readonly isNew: boolean;
}

/**
 * @param wanted name or id of a root branch; undefined for the project's default branch
 * @throws BackupError `usage` for a branch that is not there, or is no root; NeonError
 */
export async function readSchedule(neon: Neon, wanted: string | undefined): Promise<Schedule> {
  const branch = chooseRoot(await neon.listBranches(), wanted);
  return { branch, schedule: await neon.native.schedule(branch.id) };
}

/**
 * Puts a schedule in the place of the whole one that a branch has.
 * @param wanted name or id of a root branch; undefined for the project's default branch
 * @param schedule empty: Neon makes none by itself any more
 * @throws BackupError `usage` as above; `refused` where Neon does not take it, or then says something else
 */
export async function changeSchedule(
  neon: Neon,
  wanted: string | undefined,
  schedule: readonly ScheduleItem[],
): Promise<ScheduleChange> {
  const { branch, schedule: before } = await readSchedule(neon, wanted);
  if (isAsAsked(before, schedule)) return { branch, before, schedule: before, isNew: false };
  const lost = await send(neon, branch, schedule);
  const now = await neon.native.schedule(branch.id);
  if (isAsAsked(now, schedule)) return { branch, before, schedule: now, isNew: true };
  throw lost ?? notDone(branch);
}

/** @returns the error of a request that may have been done all the same: what Neon then says decides */
async function send(neon: Neon, { id }: Branch, schedule: readonly ScheduleItem[]) {
  try {
    await neon.native.setSchedule(id, schedule);
    return undefined;
  } catch (error) {
    if (!isNeonError(error)) throw error;
    if (!error.wasTurnedAway) return error;
    throw error.reason === 'refused' ? notTaken(error) : error;
  }
}

/** Whether each item has what was asked of it; Neon may add to it what it takes for usual. */
function isAsAsked(there: readonly ScheduleItem[], asked: readonly ScheduleItem[]): boolean {
  const rest = [...there];
  return there.length === asked.length && asked.every((item) => taken(rest, item));
}

function taken(rest: ScheduleItem[], { keepSeconds, ...when }: ScheduleItem): boolean {
  const at = rest.findIndex(
    (each) =>
      each.keepSeconds === keepSeconds &&
      Object.entries(when).every(
        ([name, value]) => value === undefined || each[name as keyof ScheduleItem] === value,
      ),
  );
  if (at >= 0) rest.splice(at, 1);
  return at >= 0;
}

function notTaken(error: Error): BackupError {
  return new BackupError('refused', `Neon did not take the schedule: ${messageOf(error)}`, {
    cure: 'Schedules are of paid plans; on the Free plan cron or a stack makes snapshots: docs/neon.md.',
  });
}

function notDone({ name }: Branch): BackupError {
  return new BackupError(
    'refused',
    `Neon took the schedule of ${name}, and then says that it has another one.`,
    { cure: 'Look at it with snapshot schedule show, then set it again.' },
  );
}
