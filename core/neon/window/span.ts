import { BackupError } from '../../errors';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Whatever the plan, Neon keeps no more; in seconds. */
export const LONGEST_WINDOW = 30 * DAY;

/** Ends the sentence "… must be". */
export const WINDOW_FORM = 'days or hours, such as 7d or 24h, and at most 30d';

/** Reads a history window: `7d`, `24h`. @returns seconds; undefined for what is none */
export function windowSeconds(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,2})([dh])$/.exec(text) ?? [];
  const seconds = Number(count) * (unit === 'd' ? DAY : HOUR);
  return seconds <= LONGEST_WINDOW ? seconds : undefined;
}

/**
 * The same, as a person types it.
 * @returns seconds
 * @throws BackupError `usage`
 */
export function parseWindow(text: string): number {
  const seconds = windowSeconds(text);
  if (seconds !== undefined) return seconds;
  throw new BackupError('usage', `"${text}" is no history window.`, {
    cure: `Write it as ${WINDOW_FORM}.`,
  });
}

/** As it is typed: `7d`, `24h`; parts of an hour are left out. */
export function windowText(seconds: number): string {
  return seconds % DAY === 0 ? `${seconds / DAY}d` : `${Math.floor(seconds / HOUR)}h`;
}

/** `7 days`, `24 h`, `1.5 h`. */
export function windowWords(seconds: number): string {
  if (seconds > DAY && seconds % DAY === 0) return `${seconds / DAY} days`;
  return `${Math.round((seconds / HOUR) * 10) / 10} h`;
}

/** The command that makes it so. @param project its id */
export function windowCommand(project: string, seconds: number): string {
  return `npx neon-backup window set ${windowText(seconds)} --from neon:${project}`;
}
