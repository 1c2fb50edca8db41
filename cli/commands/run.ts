import { type Command, Option } from 'commander';
import { KINDS, type Kind } from '../../contract/keys';
import type { Manifest } from '../../core/manifest';
import { openStore } from '../../core/stores/open';
import type { TakeProgress } from '../../core/take/job';
import { takeBackup } from '../../core/take/take';
import { type CommonFlags, contextOf } from '../context';
import { bytes, duration, number, paint } from '../print';
import type { Progress } from '../progress';
import { type NeonFlags, withSource } from '../source';

interface Flags extends CommonFlags, NeonFlags {
  readonly kind: Kind;
  readonly acceptEmpty?: boolean;
  readonly acceptNewSource?: boolean;
}

export function addRun(program: Command): void {
  program
    .command('run')
    .summary('take a backup')
    .description('Takes one complete backup in one snapshot, or none at all.')
    .option(
      '--from <source>',
      'the database: postgres://… of a direct host, or neon:PROJECT[/BRANCH][/DATABASE] (default: DATABASE_URL)',
    )
    .option('--to <store>', 'a folder, or s3://bucket/prefix (default: ./backups)')
    .addOption(
      new Option('--kind <kind>', 'what it is for; decides how long it is kept')
        .choices(KINDS)
        .default('manual'),
    )
    .option('--database <name>', 'what the store calls this database (default: its own name)')
    .option('--plain', 'keep the dump as compressed SQL too, for reading')
    .option(
      '--lock-timeout <seconds>',
      "how long to wait for a table's lock, three times over (default: 30)",
    )
    .option('--stall-timeout <seconds>', 'end a run that moves no byte for so long (default: 300)')
    .option('--accept-empty', 'back up a database without tables')
    .option('--accept-new-source', 'the database has moved to another server, and this is it')
    .option('--at <moment>', 'Neon: as it was at 2026-11-23T14:02Z, or at an LSN (default: now)')
    .option('--role <name>', "Neon: the role that reads (default: the database's owner)")
    .addOption(
      new Option(
        '--without-branch <policy>',
        'Neon: where the plan allows no further branch, fail, or read production directly (default: fail)',
      ).choices(['fail', 'direct']),
    )
    .option('--json', 'print the manifest, and nothing else, on standard output')
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const manifest = await run(flags);
      process.stdout.write(
        flags.json ? `${JSON.stringify(manifest, null, 2)}\n` : `${summary(manifest, flags)}\n`,
      );
    });
}

const EXAMPLES = `
Examples:
  # the password stays out of the command line and its history
  DATABASE_URL=postgres://app:secret@db.example.com/app npx neon-backup run
  # a Neon project, read from a branch that is made for this; NEON_API_KEY is in .env
  npx neon-backup run --from neon:quiet-moon-12345678/production/app
  # before a migration, with readable SQL
  npx neon-backup run --from postgres://localhost/app --to ~/backups --kind pre-deploy --plain`;

async function run(flags: Flags): Promise<Manifest> {
  const context = contextOf(flags);
  const { settings, progress, signal, toolsFor } = context;
  const store = await openStore(settings.store);
  return withSource(context, flags, (source) =>
    takeBackup({
      source,
      store,
      kind: flags.kind,
      database: settings.database,
      plain: settings.plain,
      lockTimeoutMs: settings.lockTimeoutSeconds * 1000,
      stallTimeoutMs: settings.stallTimeoutSeconds * 1000,
      accept: { empty: flags.acceptEmpty ?? false, newSource: flags.acceptNewSource ?? false },
      signal,
      onProgress: (event) => show(progress, event),
      toolsFor,
    }),
  ).finally(() => progress.clear());
}

function show(progress: Progress, event: TakeProgress): void {
  if (event.step === 'dump')
    progress.update('dumping', { moved: event.bytes, done: event.tablesDone, total: event.tables });
  else if (event.step === 'count')
    progress.update('counting', { done: event.done, total: event.tables });
  else if (event.step === 'note') progress.note(event.message);
  else progress.update(event.message, {});
}

function summary(
  { id, database, kind, files, tables, data, startedAt, finishedAt, notes }: Manifest,
  { to, in: where }: Flags,
): string {
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  const rows = tables.reduce((sum, { rows }) => sum + rows, 0);
  const store = to ?? where;
  return [
    `${paint('green', 'complete')} ${paint('bold', id)}  ${database}, ${kind}`,
    ...files.map(({ name, bytes: size }) => `  ${name.padEnd(16)} ${bytes(size)}`),
    `  ${number(rows)} rows in ${number(tables.length)} tables, as of ${data.time}, in ${duration(seconds)}`,
    ...notes.map(({ detail }) => `  ${paint('yellow', 'note')} ${detail}`),
    `Not verified yet: npx neon-backup verify ${id}${store ? ` --in ${store}` : ''} --drill embedded`,
  ].join('\n');
}
