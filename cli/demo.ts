import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { BackupError } from '../core/errors';
import { Show } from './demo/show';
import { EXIT, report } from './exit';

/** `npm run demo`: real databases, backed up, verified, restored and compared, with nothing set up. */

interface Flags {
  readonly neon?: boolean;
  readonly keep?: boolean;
  readonly megabytes?: number;
}

const program = new Command('npm run demo --')
  .description('Backs up a database that is made for this, and proves that the backup is good.')
  .option('--neon', 'what a Neon project adds, in a simulated one with real servers')
  .option('--megabytes <n>', 'how large the database is (default: 320; with --neon 24)', parseSize)
  .option('--keep', 'leave the backup in its folder')
  .option('--verbose', 'show where an error came from')
  .exitOverride();

function parseSize(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number from 1 to 9999.');
}

/** Only who wants to see Neon loads the simulator of its API. */
async function play({ neon, megabytes }: Flags, folder: string): Promise<void> {
  const signal = interruption();
  if (!neon) {
    const { demoPlain } = await import('./demo/plain.js');
    return demoPlain(new Show({ folder, signal, megabytes: megabytes ?? 320 }));
  }
  const { demoNeon } = await import('./demo/neon.js');
  return demoNeon(new Show({ folder, signal, megabytes: megabytes ?? 24 }));
}

/** The first Ctrl-C clears away; a second one ends the process at once. */
function interruption(): AbortSignal {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => {
      abort.abort(new BackupError('cancelled', 'Stopped by you: everything is cleared away.'));
      process.once(name, () => process.exit(EXIT.interrupted));
    });
  return abort.signal;
}

async function inFolder({ keep, ...flags }: Flags): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'neon-backup-demo-'));
  try {
    await play(flags, folder);
    process.stdout.write(
      keep
        ? `The backup is in ${folder}.\n`
        : 'The servers and the backup are gone again; npm run demo -- --keep leaves the backup.\n',
    );
  } finally {
    if (!keep) await rm(folder, { recursive: true, force: true });
  }
}

async function main(argv: readonly string[]): Promise<void> {
  try {
    await inFolder(program.parse(argv).opts<Flags>());
  } catch (error) {
    process.exitCode = report(error, { json: false, verbose: argv.includes('--verbose') });
  }
}

void main(process.argv);
