import { type Command, InvalidArgumentError } from 'commander';
import { findBackup } from '../../core/find';
import { parseAddress } from '../../core/postgres/address';
import { type Restored, restoreBackup } from '../../core/restore/restore';
import { openStore } from '../../core/stores/open';
import { type CommonFlags, contextOf } from '../context';
import { duration, number, paint, verdict } from '../print';
import { DATABASE_OPTION, IN_OPTION } from './list';

interface Flags extends CommonFlags {
  readonly into: string;
  readonly replace?: string;
  readonly jobs?: number;
  readonly allowOlderServer?: boolean;
}

export function addRestore(program: Command): void {
  program
    .command('restore')
    .summary('get a whole database back')
    .description(
      'Restores a backup into an empty database, and compares what is there with the backup before it says done.',
    )
    .argument(
      '<id>',
      'an id, the beginning of one, or latest: the newest that has not failed verification',
    )
    .requiredOption('--into <url>', 'the database to restore into, postgres://…')
    .option(...IN_OPTION)
    .option(...DATABASE_OPTION)
    .option(
      '--replace <name>',
      "type the target database's name to put the backup in its place; today's state stays under another name",
    )
    .option('--jobs <n>', 'connections at once (default: by the number of cores)', parseJobs)
    .option('--allow-older-server', 'the target may be an older major than the source')
    .option('--json', 'print what was done as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _flags, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const restored = await restore(id, flags);
      process.stdout.write(
        flags.json ? `${JSON.stringify(restored, null, 2)}\n` : `${summary(restored)}\n`,
      );
    });
}

function parseJobs(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number from 1 to 99.');
}

const EXAMPLES = `
Before it starts nothing is touched; when it fails, a database that was to be replaced is untouched.
A server older than PostgreSQL 17 is restored into over one connection.

Examples:
  npx neon-backup restore latest --in ~/backups --into postgres://app@localhost/app_restored
  npx neon-backup restore 20261123T020000Z-k3f9 --in ~/backups --into "$DATABASE_URL" --replace app`;

async function restore(id: string, flags: Flags): Promise<Restored> {
  const { settings, progress, signal, toolsFor } = contextOf(flags);
  const store = await openStore(settings.store);
  const backup = await findBackup(store, id, { database: settings.database });
  progress.note(
    `${backup.address.id}: data of ${backup.manifest.data.time}, ${verdict(backup.verification)}`,
  );
  return restoreBackup({
    store,
    backup,
    target: parseAddress(flags.into),
    replace: flags.replace,
    allowOlder: flags.allowOlderServer,
    jobs: flags.jobs,
    signal,
    toolsFor,
    onProgress: (event) => {
      if (event.step === 'restore')
        progress.update('restoring', {
          done: event.done,
          total: event.entries,
          doing: event.doing,
        });
      else if (event.step === 'note') progress.note(`note: ${event.message}`);
      else progress.update(event.message, {});
    },
  }).finally(() => progress.clear());
}

function summary({ database, former, seconds, rows, notes }: Restored): string {
  return [
    ...notes.map((note) => `${paint('yellow', 'note')} ${note}`),
    `${paint('green', 'done')}: ${number(rows)} rows are in ${database}, restored in ${duration(seconds)} and compared with the backup`,
    ...(former
      ? [`What was there before is now the database ${former}; drop it when you no longer need it.`]
      : []),
  ].join('\n');
}
