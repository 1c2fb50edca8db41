import { type Command, Option } from 'commander';
import { KINDS, type Kind } from '../../contract/keys';
import { type Backup, type Catalog, readCatalog } from '../../core/catalog';
import { findBackup } from '../../core/find';
import { openStore } from '../../core/stores/open';
import { type CommonFlags, contextOf } from '../context';
import { age, bytes, mark, number, paint, paintVerdict, size, table } from '../print';

interface Flags extends CommonFlags {
  readonly kind?: Kind;
}

export const IN_OPTION = [
  '--in <store>',
  'a folder, or s3://bucket/prefix (default: ./backups)',
] as const;
export const DATABASE_OPTION = ['--database <name>', 'only backups of this database'] as const;

export function addList(program: Command): void {
  program
    .command('list')
    .summary('show which backups there are, and how far each is proven')
    .description(
      'Lists complete backups, the newest first. What is not complete is never shown as a backup.',
    )
    .option(...IN_OPTION)
    .option(...DATABASE_OPTION)
    .addOption(new Option('--kind <kind>', 'only this kind').choices(KINDS))
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  npx neon-backup list --in ~/backups --kind daily')
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { settings } = contextOf(flags);
      const catalog = await readCatalog(await openStore(settings.store), {
        database: settings.database,
        kind: flags.kind,
      });
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(catalog.backups.map(toJson), null, 2)}\n`
          : listed(catalog, settings.store),
      );
      for (const { address, why } of catalog.unreadable)
        process.stderr.write(
          `${paint('red', 'unreadable', process.stderr)} ${address.database}/${address.kind}/${address.id}: ${why}\n`,
        );
    });
}

function toJson({ address, manifest, verification }: Backup): Record<string, unknown> {
  const { state = null, proof = null } = verification ?? {};
  return {
    ...address,
    data: manifest.data,
    bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
    state,
    proof,
  };
}

function listed({ backups }: Catalog, store: string): string {
  if (backups.length === 0) return `There is no backup in ${store}.\n`;
  const now = new Date();
  const head = ['ID', 'DATABASE', 'KIND', 'AGE OF DATA', 'SIZE', 'VERDICT'].map((title) => title);
  const rows = backups.map((backup) => [
    backup.address.id,
    backup.address.database,
    backup.address.kind,
    age(backup.manifest.data.time, now),
    bytes(size(backup)),
    paintVerdict(backup.verification),
  ]);
  return `${table([head, ...rows])}\n`;
}

export function addShow(program: Command): void {
  program
    .command('show')
    .summary('show one backup: its files, tables and verdict')
    .argument('<id>', 'an id, the beginning of one, or latest')
    .option(...IN_OPTION)
    .option(...DATABASE_OPTION)
    .option('--json', 'print { manifest, verification }')
    .addHelpText('after', '\nExample:\n  npx neon-backup show latest --in ~/backups')
    .action(async (id: string, _flags, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { settings } = contextOf(flags);
      const backup = await findBackup(await openStore(settings.store), id, {
        database: settings.database,
      });
      const { manifest, verification = null } = backup;
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ manifest, verification }, null, 2)}\n`
          : `${shown(backup)}\n`,
      );
    });
}

function shown(backup: Backup): string {
  const { manifest, verification } = backup;
  const tables = manifest.tables.toSorted((a, b) => b.rows - a.rows);
  return [
    `${paint('bold', manifest.id)}  ${manifest.database}, ${manifest.kind}, ${paintVerdict(verification)}`,
    `data      ${manifest.data.time}, LSN ${manifest.data.lsn}`,
    `source    PostgreSQL ${manifest.source.serverVersion} at ${manifest.source.host}, dumped by ${manifest.client.version}`,
    ...manifest.files.map(
      ({ name, bytes: size, sha256 }) =>
        `${name.padEnd(16)} ${bytes(size).padStart(10)}  sha256 ${sha256}`,
    ),
    `${number(tables.length)} tables, the largest: ${tables
      .slice(0, 5)
      .map(({ schema, table, rows }) => `${schema}.${table} ${number(rows)}`)
      .join(', ')}`,
    ...manifest.notes.map(({ detail }) => `${paint('yellow', 'note')} ${detail}`),
    ...(verification?.checks ?? []).map(({ name, ok, detail }) => `${mark(ok)} ${name}: ${detail}`),
    ...(verification?.drill
      ? [`restored in ${verification.drill.restoreSeconds} s on ${verification.drill.at}`]
      : []),
  ].join('\n');
}
