import { Command } from 'commander';
import { keepYoungGenerationSmall } from '../core/memory';
import { addAlarms } from './commands/alarms';
import { addChecklist } from './commands/checklist';
import { addCron } from './commands/cron';
import { addDoctor } from './commands/doctor';
import { addDownload } from './commands/download';
import { addList, addShow } from './commands/list';
import { addPrune } from './commands/prune';
import { addRestore } from './commands/restore';
import { addRun } from './commands/run';
import { addSnapshot } from './commands/snapshot';
import { addVerify } from './commands/verify';
import { addWindow } from './commands/window';
import { report } from './exit';

const program = new Command('neon-backup')
  .description('Backups of Neon and PostgreSQL databases that are proven restorable.')
  .option('--verbose', 'show where an error came from')
  .option('--quiet', 'no progress and no notes')
  .option('--no-color', 'no colours (so does NO_COLOR)')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(neon-backup --help, or neon-backup COMMAND --help, shows how it is meant)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Start with:
  DATABASE_URL=postgres://… npx neon-backup doctor     what could stop a backup
  DATABASE_URL=postgres://… npx neon-backup run        take one, into ./backups
  npx neon-backup verify latest --drill embedded       restore it on this machine, and compare`,
  );

const COMMANDS = [
  addRun,
  addList,
  addShow,
  addVerify,
  addRestore,
  addDownload,
  addPrune,
  addSnapshot,
  addWindow,
  addCron,
  addDoctor,
  addAlarms,
  addChecklist,
];
for (const add of COMMANDS) add(program);

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--no-color')) process.env.NO_COLOR = '1';
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, {
      json: argv.includes('--json'),
      verbose: argv.includes('--verbose'),
    });
  }
}

keepYoungGenerationSmall();
void main(process.argv);
