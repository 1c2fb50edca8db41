import { newBackupId } from '../contract/keys';
import {
  embeddedScratch,
  type Scratch,
  type ScratchOptions,
  serverScratch,
} from '../core/drill/scratch';
import { BackupError } from '../core/errors';
import { isNeonSource, parseNeonSource } from '../core/neon/named';
import { parseAddress } from '../core/postgres/address';
import type { Context } from './context';
import { neonApiKey } from './settings';

/**
 * What opens the scratch that a person names: `embedded`, a server's URL, or a project of Neon's.
 * @throws BackupError `usage` at once
 */
export function scratchOpener(
  context: Context,
  where: string,
): (options: ScratchOptions) => Promise<Scratch> {
  if (where === 'embedded') return embeddedScratch;
  if (isNeonSource(where)) return neonOpener(context, where);
  const server = parseAddress(where);
  return (options) => serverScratch(server, options);
}

function neonOpener(
  { signal, progress }: Context,
  where: string,
): ReturnType<typeof scratchOpener> {
  const { project, branch, database } = parseNeonSource(where);
  if (database !== undefined)
    throw new BackupError('usage', `A drill makes a database of its own, and ${where} names one.`, {
      cure: 'Write it as neon:PROJECT or neon:PROJECT/BRANCH.',
    });
  const apiKey = neonApiKey();
  return async (options) => {
    // Only who has a project at Neon pays for loading its client.
    const { openNeon } = await import('../core/neon/api.js');
    const { neonScratch } = await import('../core/neon/scratch.js');
    const onNote = (note: string): void => progress.note(note);
    const run = newBackupId(new Date());
    return neonScratch(openNeon(project, { apiKey, signal }), { branch, run, onNote }, options);
  };
}
