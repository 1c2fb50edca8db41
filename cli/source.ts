import { newBackupId } from '../contract/keys';
import { BackupError } from '../core/errors';
import { isNeonSource, parseNeonSource, parsePoint } from '../core/neon/named';
import { parseAddress } from '../core/postgres/address';
import type { Source } from '../core/take/job';
import type { Context } from './context';
import { neonApiKey, sourceOf } from './settings';

/** The flags that only a source of Neon's has. */
export interface NeonFlags {
  /** A moment, or an LSN. */
  readonly at?: string;
  readonly role?: string;
  readonly withoutBranch?: 'fail' | 'direct';
}

/**
 * Works with the database that the settings name. One of Neon's is read from a branch that is made for
 * this work and deleted after it.
 * @throws BackupError `usage` where it is not named well, or the API key is missing
 */
export async function withSource<T>(
  { settings, progress, signal }: Context,
  flags: NeonFlags,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const from = sourceOf(settings);
  if (!isNeonSource(from)) {
    refuseNeonFlags(flags);
    return work(parseAddress(from));
  }
  const { project, ...choice } = parseNeonSource(from);
  const { role, withoutBranch } = flags;
  const at = flags.at === undefined ? undefined : parsePoint(flags.at);
  // Only who has a database of Neon's pays for loading its client.
  const { openNeon } = await import('../core/neon/api.js');
  const { withFrozenSource } = await import('../core/neon/frozen.js');
  const neon = openNeon(project, { apiKey: neonApiKey(), signal });
  progress.update('making a branch to read from', {});
  const onNote = (note: string): void => progress.note(note);
  const run = newBackupId(new Date());
  return withFrozenSource(neon, { ...choice, run, at, role, withoutBranch, onNote }, work);
}

function refuseNeonFlags({ at, role, withoutBranch }: NeonFlags): void {
  if ((at ?? role ?? withoutBranch) === undefined) return;
  throw new BackupError('usage', "--at, --role and --without-branch are for a source of Neon's.", {
    cure: 'Leave them out, or name the project: --from neon:PROJECT.',
  });
}
