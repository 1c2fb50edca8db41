import { type Command, InvalidArgumentError } from 'commander';
import type { ScheduleItem } from '../../core/neon/shapes';
import { opened, print, subcommand } from './snapshot-frame';
import { sayChanged, saySchedule } from './snapshot-words';

interface Flags {
  readonly hour?: number;
  readonly day?: number;
  readonly keepDays?: number;
}

const FREQUENCIES = ['hourly', 'daily', 'weekly', 'monthly'] as const;
const DAY_SECONDS = 86_400;

/** `snapshot schedule`: when Neon makes snapshots by itself. */
export function addSchedule(snapshot: Command): void {
  const schedule = snapshot
    .command('schedule')
    .summary('when Neon makes snapshots of its own by itself: paid, beta, of root branches only')
    .description(
      'Neon makes them, and deletes them; nothing here prunes what a schedule has made. One branch has one schedule, and set replaces it.',
    );
  addShow(schedule);
  addSet(schedule);
  addOff(schedule);
}

function addShow(schedule: Command): void {
  subcommand(schedule, 'show', 'show when Neon makes snapshots by itself').action(
    async (_flags, command: Command) => {
      const { neon, branch, flags } = await opened(command);
      const { readSchedule } = await import('../../core/neon/native-schedule.js');
      print(flags, await readSchedule(neon, branch), saySchedule);
    },
  );
}

function addSet(schedule: Command): void {
  subcommand(schedule, 'set', 'have Neon make snapshots by itself')
    .argument('<frequency>', FREQUENCIES.join(', '), frequency)
    .option('--hour <n>', 'the hour of the day in UTC, 0 to 23', inRange(0, 23))
    .option('--day <n>', 'of the week (1 is Monday) or of the month', inRange(1, 31))
    .option('--keep-days <n>', 'Neon deletes each then (default: never)', inRange(1, 3650))
    .addHelpText(
      'after',
      `
Examples:
  npx neon-backup snapshot schedule set daily --hour 2 --keep-days 7
  npx neon-backup snapshot schedule set weekly --day 7 --hour 3 --keep-days 30`,
    )
    .action(async (frequency: string, own: Flags, command: Command) => {
      const { neon, branch, flags } = await opened(command);
      const { changeSchedule } = await import('../../core/neon/native-schedule.js');
      print(flags, await changeSchedule(neon, branch, [item(frequency, own)]), sayChanged);
    });
}

function addOff(schedule: Command): void {
  subcommand(schedule, 'off', 'have Neon make none by itself any more').action(
    async (_flags, command: Command) => {
      const { neon, branch, flags } = await opened(command);
      const { changeSchedule } = await import('../../core/neon/native-schedule.js');
      print(flags, await changeSchedule(neon, branch, []), sayChanged);
    },
  );
}

function item(frequency: string, { hour, day, keepDays }: Flags): ScheduleItem {
  const keepSeconds = keepDays === undefined ? undefined : keepDays * DAY_SECONDS;
  return { frequency, hour, day, keepSeconds };
}

function frequency(text: string): string {
  if ((FREQUENCIES as readonly string[]).includes(text)) return text;
  throw new InvalidArgumentError(`It is one of ${FREQUENCIES.join(', ')}.`);
}

function inRange(least: number, most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most)
      return Number(text);
    throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
  };
}
