import type { Command } from 'commander';
import { backupPrefix } from '../../contract/keys';
import { readCatalog } from '../../core/catalog';
import { copyBackup } from '../../core/copy';
import { BackupError } from '../../core/errors';
import { findBackup } from '../../core/find';
import { FolderStore } from '../../core/stores/folder';
import { openStore } from '../../core/stores/open';
import { type CommonFlags, contextOf } from '../context';
import { size } from '../print';
import { DATABASE_OPTION, IN_OPTION } from './list';

interface Flags extends CommonFlags {
  readonly to: string;
}

export function addDownload(program: Command): void {
  program
    .command('download')
    .summary('copy a backup into a folder, and check it on the way')
    .description(
      'The folder is a store of its own then: list, verify and restore work with --in DIR.',
    )
    .argument('<id>', 'an id, the beginning of one, or latest')
    .requiredOption('--to <dir>', 'the folder to copy into')
    .option(...IN_OPTION)
    .option(...DATABASE_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  npx neon-backup download latest --in s3://my-backups/prod --to ~/backups',
    )
    .action(async (id: string, _flags, command: Command) => {
      const { to, ...flags } = command.optsWithGlobals<Flags>();
      process.stdout.write(`${await download(id, to, flags)}\n`);
    });
}

async function download(id: string, directory: string, flags: CommonFlags): Promise<string> {
  const { settings, progress, signal } = contextOf(flags);
  const store = await openStore(settings.store);
  const backup = await findBackup(store, id, { database: settings.database });
  const target = new FolderStore(directory);
  await refuseTwice(target, backup.address.id);
  const total = size(backup);
  let copied = 0;
  const onBytes = (bytes: number): void => {
    copied += bytes;
    const done = Math.round((copied / total) * 100);
    progress.update('copying', { moved: copied, done, total: 100 });
  };
  await copyBackup(store, backup, target, { onBytes, signal }).finally(() => progress.clear());
  return `${target.localPath(backupPrefix(backup.address))}: complete, every file with the SHA-256 of its manifest`;
}

async function refuseTwice(target: FolderStore, id: string): Promise<void> {
  const { backups, unreadable } = await readCatalog(target);
  if ([...backups, ...unreadable].some(({ address }) => address.id === id))
    throw new BackupError('exists', `${id} is in ${target.url} already.`);
}
