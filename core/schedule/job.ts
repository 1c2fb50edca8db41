import { isAbsolute } from 'node:path';
import { BackupError } from '../errors';

/** A command line of ours that the machine's scheduler is to run; everything of it is printed. */
export interface ScheduledJob {
  /** What follows `neon-backup`: `run`, `--to`, `./backups`, … */
  readonly args: readonly string[];
  /** Where it runs; relative paths in the arguments and the file `.env` are meant from here. */
  readonly cwd: string;
  /** The Node program. */
  readonly node: string;
  /** The program that Node runs. */
  readonly script: string;
  /** The PATH that it is given; folders that are not absolute are left out. */
  readonly path: string;
  /** Takes what it prints. */
  readonly logFile: string;
  /** @default every day at 02:00 of the machine's own time */
  readonly schedule?: Schedule | undefined;
  /** Tells entries for several jobs apart; letters, digits and `-`. @default neon-backup */
  readonly name?: string | undefined;
}

/** By the machine's own clock. */
export interface Schedule {
  readonly hour: number;
  readonly minute: number;
  /** 0 is Sunday; every day where it is not given. */
  readonly weekday?: number | undefined;
}

/** A job with nothing left open, and fit to be printed. */
export type CheckedJob = {
  readonly [name in keyof ScheduledJob]-?: NonNullable<ScheduledJob[name]>;
};

export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/**
 * Reads `HH:MM`, or `Sun HH:MM` for once a week.
 * @throws BackupError `usage`
 */
export function parseSchedule(text: string): Schedule {
  const [, day, hour, minute] = /^(?:(\w{3}) )?([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  const weekday = WEEKDAYS.findIndex((each) => each.toLowerCase() === day?.toLowerCase());
  if (hour === undefined || (day && weekday < 0)) {
    throw new BackupError('usage', `Expected a time such as 02:00 or "Sun 02:00", got "${text}".`);
  }
  return { hour: Number(hour), minute: Number(minute), ...(day ? { weekday } : {}) };
}

/**
 * Refuses what can't be printed, or must not be.
 * @throws BackupError `usage`; its message never quotes an argument
 */
export function checkJob(job: ScheduledJob): CheckedJob {
  const { args, cwd, node, script, logFile, name = 'neon-backup' } = job;
  if (args.length === 0) throw usage('There is no command to schedule.', EXAMPLE);
  if (args.some(holdsPassword)) throw usage(PASSWORD, passwordCure(cwd));
  for (const path of [cwd, node, script, logFile]) refuseRelative(path);
  const path = job.path.split(':').filter(isAbsolute);
  if ([...args, cwd, node, script, logFile, ...path].some(holdsControl)) throw usage(CONTROL);
  if (!/^[A-Za-z0-9-]+$/.test(name)) throw usage(`"${name}" is no name for an entry.`, NAME);
  const { schedule = { hour: 2, minute: 0 } } = job;
  return { ...job, path: [...new Set(path)].join(':'), name, schedule };
}

const EXAMPLE = 'Write it after cron: npx neon-backup cron run --to ./backups.';
const PASSWORD = 'One of the arguments holds a password, which everybody could read in the entry.';
const CONTROL = 'A line break or another control character cannot be part of an entry.';
const NAME = 'Use letters, digits and "-".';

function passwordCure(cwd: string): string {
  return `Put the URL into ${cwd}/.env as DATABASE_URL=…, chmod that file to 600, and leave the argument out.`;
}

/** Rather too suspicious: a URL with an "@" behind a colon, or anything that says password=. */
function holdsPassword(text: string): boolean {
  return /:\/\/[^@]*:[^@]+@/.test(text) || /(^|[?&\s])(ssl)?password\s*=\s*[^&\s]/i.test(text);
}

function holdsControl(text: string): boolean {
  return /[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(text);
}

function refuseRelative(path: string): void {
  if (!isAbsolute(path)) throw usage(`Expected an absolute path, got "${path}".`);
}

function usage(message: string, cure?: string): BackupError {
  return new BackupError('usage', message, cure === undefined ? {} : { cure });
}
