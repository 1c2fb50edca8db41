import { type Command, InvalidArgumentError } from 'commander';
import { BackupError } from '../../core/errors';
import type { ScheduleItem } from '../../core/neon/shapes';
import { opened, print, subcommand } from './snapshot-frame';
import { sayChanged, saySchedule } from './snapshot-words';

interface Flags {
  readonly hour?: number;
  readonly day?: number;
  readonly keepDays?: number;
}

type Range = readonly [least: number, most: number];

/** What each has to be told, and in which range; it takes nothing else. */
const FREQUENCIES: Record<string, { readonly hour?: Range; readonly day?: Range }> = {
  hourly: {},
  daily: { hour: [0, 23] },
  weekly: { hour: [0, 23], day: [1, 7] },
  // Not every month has a 29th.
  monthly: { hour: [0, 23], day: [1, 28] },
};
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
      const { readSchedule } = await import('../../core/neon/snapshots/native-schedule.js');
      print(flags, await readSchedule(neon, branch), saySchedule);
    },
  );
}

function addSet(schedule: Command): void {
  subcommand(schedule, 'set', 'have Neon make snapshots by itself')
    .argument('<frequency>', Object.keys(FREQUENCIES).join(', '), frequency)
    .option('--hour <n>', 'of the day in UTC, 0 to 23; for all but hourly', inRange(0, 23))
    .option('--day <n>', 'weekly: 1 to 7, as Neon counts them; monthly: 1 to 28', inRange(1, 28))
    .option('--keep-days <n>', 'Neon deletes each then (default: never)', inRange(1, 3650))
    .addHelpText(
      'after',
      `
Examples:
  npx neon-backup snapshot schedule set daily --hour 2 --keep-days 7
  npx neon-backup snapshot schedule set weekly --day 7 --hour 3 --keep-days 30
  npx neon-backup snapshot schedule set hourly --keep-days 2`,
    )
    .action(async (frequency: string, own: Flags, command: Command) => {
      const asked = item(frequency, own);
      const { neon, branch, flags } = await opened(command);
      const { changeSchedule } = await import('../../core/neon/snapshots/native-schedule.js');
      print(flags, await changeSchedule(neon, branch, [asked]), sayChanged);
    });
}

function addOff(schedule: Command): void {
  subcommand(schedule, 'off', 'have Neon make none by itself any more').action(
    async (_flags, command: Command) => {
      const { neon, branch, flags } = await opened(command);
      const { changeSchedule } = await import('../../core/neon/snapshots/native-schedule.js');
      print(flags, await changeSchedule(neon, branch, []), sayChanged);
    },
  );
}

function item(frequency: string, { hour, day, keepDays }: Flags): ScheduleItem {
  const needs = FREQUENCIES[frequency] ?? {};
  refuseUnmet(frequency, '--hour', hour, needs.hour);
  refuseUnmet(frequency, '--day', day, needs.day);
  const keepSeconds = keepDays === undefined ? undefined : keepDays * DAY_SECONDS;
  return { frequency, hour, day, keepSeconds };
}

/** @throws BackupError `usage` for what is missing, out of range, or has nothing to say here */
function refuseUnmet(frequency: string, flag: string, given?: number, range?: Range): void {
  const [least = 0, most = 0] = range ?? [];
  if (given === undefined ? !range : range && given >= least && given <= most) return;
  throw new BackupError(
    'usage',
    `A schedule that is ${frequency} ${range ? 'needs' : 'takes no'} ${flag}.`,
    { cure: range ? `Give a whole number from ${least} to ${most}.` : 'Leave it out.' },
  );
}

function frequency(text: string): string {
  if (text in FREQUENCIES) return text;
  throw new InvalidArgumentError(`It is one of ${Object.keys(FREQUENCIES).join(', ')}.`);
}

function inRange(least: number, most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most)
      return Number(text);
    throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
  };
}
