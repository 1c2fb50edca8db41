import { readCatalog } from '../core/catalog';
import type { WentBack } from '../core/neon/past/go-back';
import type { Commands } from '../core/neon/past/nearest';
import { openStore } from '../core/stores/open';
import type { Context } from './context';
import { openNamed } from './project';
import { sourceOf } from './settings';

/** The flags of a restore of what a branch of Neon's was: one of the first two is given. */
export interface PastFlags {
  readonly at?: string;
  readonly snapshot?: string;
  readonly role?: string;
  /** The branch's name, as it was typed. */
  readonly promote?: string;
}

/**
 * Shows what a Neon branch was, or puts it back to that.
 * @throws BackupError `usage` where the source is none of Neon's, or the moment none
 */
export async function restorePast(context: Context, flags: PastFlags): Promise<WentBack> {
  const { settings, progress } = context;
  const { at, snapshot = '', role, promote } = flags;
  const { goBack, parseMoment } = await import('../core/neon/past/go-back.js');
  const to = at === undefined ? { snapshot } : { at: parseMoment(at) };
  const { neon, choice } = await openNamed(
    context,
    '--at and --snapshot go back in a Neon project, and the source is none.',
  );
  progress.update(promote === undefined ? 'making a preview' : 'restoring', {});
  return goBack(neon, {
    ...choice,
    role,
    to,
    promote,
    critical: settings.criticalTables,
    onNote: (note) => progress.note(note),
    backups: async () => {
      const store = await openStore(settings.store);
      return (await readCatalog(store, { database: settings.database })).backups;
    },
    commands: commandsFor(context, flags),
  }).finally(() => progress.clear());
}

function commandsFor({ settings }: Context, { role }: PastFlags): Commands {
  return {
    restoreBackup: ({ address: { id } }) =>
      `npx neon-backup restore ${id} --in ${word(settings.store)} --into URL`,
    restoreSnapshot: (name) => pastCommand({ snapshot: name, role }, sourceOf(settings)),
  };
}

/** What is to be typed for it, after a look. */
export function pastCommand({ at, snapshot, role, promote }: PastFlags, from: string): string {
  const given = { '--at': at, '--snapshot': snapshot, '--from': from, '--role': role };
  const flags = Object.entries({ ...given, '--promote': promote })
    .filter(([, value]) => value !== undefined)
    .map(([flag, value]) => `${flag} ${word(value ?? '')}`);
  return ['npx neon-backup restore', ...flags].join(' ');
}

/** For a shell. */
function word(text: string): string {
  return /^[\w@+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
