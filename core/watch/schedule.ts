import { CronExpressionParser } from 'cron-parser';
import { BackupError, messageOf } from '../errors';

/** When something runs: an expression of EventBridge Scheduler, and the time zone that it is meant in. */
export interface Schedule {
  /** `cron(minutes hours day month weekday year)` or `rate(n minutes|hours|days)`. */
  readonly expression: string;
  /** An IANA name. */
  readonly timeZone: string;
}

/**
 * The newest moment up to `now` at which a schedule was due. Of a rate, which has no fixed moments: the
 * earliest one at which its newest run may have begun.
 * @throws BackupError `usage` for an expression that can't be followed
 */
export function lastDue(schedule: Schedule, now: Date): Date {
  const every = rateOf(schedule.expression);
  if (every !== undefined) return new Date(now.getTime() - every);
  try {
    const options = { tz: schedule.timeZone, currentDate: new Date(now.getTime() + 1) };
    return CronExpressionParser.parse(cronOf(schedule.expression), options).prev().toDate();
  } catch (cause) {
    throw notFollowed(schedule, messageOf(cause));
  }
}

/**
 * How often a schedule was due after one moment and up to another.
 * @throws BackupError `usage` for an expression that can't be followed
 */
export function timesDue(schedule: Schedule, after: Date, until: Date): number {
  const every = rateOf(schedule.expression);
  if (every !== undefined)
    return Math.max(0, Math.floor((until.getTime() - after.getTime()) / every));
  let times = 0;
  for (let due = lastDue(schedule, until); due > after; times++)
    due = lastDue(schedule, new Date(due.getTime() - 1));
  return times;
}

const UNITS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** In ms; undefined for what is no rate. */
function rateOf(expression: string): number | undefined {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return count && unit ? Number(count) * (UNITS[unit] as number) : undefined;
}

/** AWS counts weekdays from 1, Sunday, and ends with a year; others count from 0, and know none. */
function cronOf(expression: string): string {
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.split(' ') ?? [];
  const [minutes, hours, day, month, weekday, year] = fields;
  if (fields.length !== 6) throw new Error('it has to have six fields');
  if (year !== '*') throw new Error('a schedule of certain years promises nothing later');
  const days = weekday?.replace(/(?<![#/])\d+/g, (number) => String(Number(number) - 1));
  return ['0', minutes, hours, day, month, days].join(' ');
}

function notFollowed({ expression, timeZone }: Schedule, why: string): BackupError {
  return new BackupError(
    'usage',
    `The schedule ${expression} (${timeZone}) can't be followed: ${why}.`,
    {
      cure: 'Write it as cron(0 2 * * ? *) or rate(1 day), and the time zone as UTC or Europe/Berlin.',
    },
  );
}
