import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { crontabEntry } from '../../core/schedule/crontab';
import { parseSchedule, type ScheduledJob } from '../../core/schedule/job';
import { launchdPlist } from '../../core/schedule/launchd';
import { systemdUnits } from '../../core/schedule/systemd';

interface Flags {
  readonly at: string;
  readonly as: keyof typeof PRINTERS;
  readonly log: string;
  readonly name?: string;
}

export function addCron(program: Command): void {
  program
    .command('cron')
    .summary('print the entry that runs a command line every day')
    .description(
      'Prints an entry for cron, systemd or launchd, and how to install it. It changes nothing. DATABASE_URL belongs into the file .env of this folder, not into the entry.',
    )
    .argument('<command...>', 'what follows neon-backup: run --to ./backups')
    .addOption(
      new Option('--as <form>', 'the form of the entry')
        .choices(Object.keys(PRINTERS))
        .default(process.platform === 'darwin' ? 'launchd' : 'crontab'),
    )
    .option(
      '--at <time>',
      'HH:MM every day, or "Sun HH:MM" once a week, by this machine\'s clock',
      '02:00',
    )
    .option('--log <file>', 'takes what it prints', 'neon-backup.log')
    .option('--name <name>', 'tells entries for several jobs apart')
    .allowUnknownOption()
    .addHelpText(
      'after',
      '\nExample:\n  npx neon-backup cron --at 02:00 run --to ./backups --kind daily',
    )
    .action((args: string[], flags: Flags) => {
      process.stdout.write(`${PRINTERS[flags.as](jobOf(args, flags)).trimEnd()}\n`);
    });
}

const PRINTERS = {
  crontab: crontabEntry,
  systemd: printUnits,
  launchd: launchdPlist,
} as const;

function jobOf(args: string[], { at, log, name }: Flags): ScheduledJob {
  return {
    args,
    cwd: process.cwd(),
    node: process.execPath,
    script: realpathSync(process.argv[1] as string),
    // What npx adds to the PATH is not needed, and cron's lines are short.
    path: [
      dirname(process.execPath),
      '/opt/homebrew/bin',
      '/usr/local/bin',
      '/usr/bin',
      '/bin',
    ].join(':'),
    logFile: resolve(log),
    schedule: parseSchedule(at),
    name,
  };
}

/** Both files, each with the name that it has to get. */
function printUnits(job: ScheduledJob): string {
  const { service, timer } = systemdUnits(job);
  const name = job.name ?? 'neon-backup';
  return [
    `# ~/.config/systemd/user/${name}.service`,
    service,
    `# ~/.config/systemd/user/${name}.timer, then: systemctl --user enable --now ${name}.timer`,
    timer,
  ].join('\n');
}
