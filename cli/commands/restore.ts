import { type Command, InvalidArgumentError } from 'commander';
import { BackupError } from '../../core/errors';
import { findBackup } from '../../core/find';
import { type Restored, restoreBackup } from '../../core/restore/restore';
import { openStore } from '../../core/stores/open';
import { type CommonFlags, contextOf } from '../context';
import { type PastFlags, pastCommand, restorePast } from '../past';
import { pastJson, sayPast } from '../past-words';
import { duration, number, paint, verdict } from '../print';
import { sourceOf } from '../settings';
import { targetOf } from '../target';
import { DATABASE_OPTION, IN_OPTION } from './list';

interface Flags extends CommonFlags, PastFlags {
  readonly into?: string;
  readonly replace?: string;
  readonly jobs?: number;
  readonly allowOlderServer?: boolean;
}

export function addRestore(program: Command): void {
  program
    .command('restore')
    .summary('get a whole database back')
    .description(
      'Restores a backup into an empty database, and compares what is there with the backup before it says done. Or shows what a Neon branch was, at a moment or in a snapshot, and puts it back to that.',
    )
    .argument(
      '[id]',
      'an id, the beginning of one, or latest: the newest that has not failed verification',
    )
    .option(
      '--into <database>',
      'the database to restore into: postgres://…, or neon:PROJECT[/BRANCH][/DATABASE]',
    )
    .option(...IN_OPTION)
    .option(...DATABASE_OPTION)
    .option(
      '--replace <name>',
      "type the target database's name to put the backup in its place; today's state stays under another name",
    )
    .option('--jobs <n>', 'connections at once (default: by the number of cores)', parseJobs)
    .option('--allow-older-server', 'the target may be an older major than the source')
    .option(
      '--at <moment>',
      'Neon, in the place of an id: make a branch of 2026-11-23T14:02Z and show what it holds',
    )
    .option(
      '--snapshot <name>',
      "Neon, in the place of an id: show what a branch holds that was kept as a snapshot, or one of Neon's own snapshots, by name or id",
    )
    .option('--from <source>', 'with --at or --snapshot: neon:PROJECT[/BRANCH][/DATABASE]')
    .option(
      '--role <name>',
      "with --at or --snapshot: the role that counts (default: the database's owner)",
    )
    .option(
      '--promote <branch>',
      "with --at or --snapshot: type the branch's name to put it back to what the preview shows; today's state stays as another branch",
    )
    .option('--json', 'print what was done as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string | undefined, _flags, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { text, json } = await restoreEither(id, flags);
      process.stdout.write(`${flags.json ? JSON.stringify(json, null, 2) : text}\n`);
    });
}

interface Done {
  readonly text: string;
  readonly json: unknown;
}

/** A backup by its id, a moment, or a snapshot: one of them. */
async function restoreEither(id: string | undefined, flags: Flags): Promise<Done> {
  const { at, snapshot, into } = flags;
  if (at !== undefined || snapshot !== undefined) {
    const [flag, others] = at === undefined ? ['--snapshot', {}] : ['--at', { snapshot }];
    refuseGiven(`${flag} takes`, { id, ...others, ...pick(flags, OF_BACKUPS) });
    return restoreBack(flags);
  }
  refuseGiven('A backup takes', pick(flags, OF_PASTS));
  if (id === undefined || into === undefined)
    throw new BackupError('usage', 'It is not said what to restore, and into what.', {
      cure: 'Name a backup and a database: restore ID --into URL; or, of Neon, --at MOMENT or --snapshot NAME.',
    });
  const restored = await restore(id, { ...flags, into });
  return { text: summary(restored), json: restored };
}

const OF_BACKUPS = ['into', 'replace', 'jobs', 'allowOlderServer'] as const;
const OF_PASTS = ['from', 'role', 'promote'] as const;

function pick(flags: Flags, names: readonly (keyof Flags)[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, flags[name]]));
}

function refuseGiven(who: string, given: Record<string, unknown>): void {
  const name = Object.keys(given).find((name) => given[name] !== undefined);
  if (name === undefined) return;
  const written =
    name === 'id' ? 'id' : `--${name.replace(/[A-Z]/g, (x) => `-${x.toLowerCase()}`)}`;
  throw new BackupError('usage', `${who} no ${written}.`, { cure: 'Leave one of the two out.' });
}

async function restoreBack(flags: Flags): Promise<Done> {
  const context = contextOf(flags);
  const back = await restorePast(context, flags);
  const { at, snapshot, role } = flags;
  const command = (promote: string) =>
    pastCommand({ at, snapshot, role, promote }, sourceOf(context.settings));
  return { text: sayPast(back, command), json: pastJson(back) };
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
  npx neon-backup restore 20261123T020000Z-k3f9 --in ~/backups --into "$DATABASE_URL" --replace app
  # within Neon's history: look first, then put production back
  npx neon-backup restore --at 2026-11-23T14:02Z --from neon:quiet-moon-12345678
  npx neon-backup restore --at 2026-11-23T14:02Z --from neon:quiet-moon-12345678 --promote production
  # before it: the same with what was kept
  npx neon-backup snapshot list --from neon:quiet-moon-12345678
  npx neon-backup restore --snapshot backup-20261122 --from neon:quiet-moon-12345678
  npx neon-backup restore --snapshot backup-20261122 --from neon:quiet-moon-12345678 --promote production`;

async function restore(id: string, flags: Flags & { into: string }): Promise<Restored> {
  const context = contextOf(flags);
  const { settings, progress, signal, toolsFor } = context;
  const store = await openStore(settings.store);
  const backup = await findBackup(store, id, { database: settings.database });
  progress.note(
    `${backup.address.id}: data of ${backup.manifest.data.time}, ${verdict(backup.verification)}`,
  );
  return restoreBackup({
    store,
    backup,
    ...(await targetOf(context, flags.into)),
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
