import { BackupError } from '../core/errors';
import type { Neon } from '../core/neon/api';
import type { Choice } from '../core/neon/choose';
import { isNeonSource, parseNeonSource } from '../core/neon/named';
import type { Context } from './context';
import { neonApiKey, sourceOf } from './settings';

/**
 * Opens the Neon project that the settings name; nothing is asked of it yet.
 * @param otherwise what is said where they name another database: `Snapshots are made by Neon.`
 * @throws BackupError `usage`
 */
export async function openNamed(
  { settings, signal }: Context,
  otherwise: string,
): Promise<{ neon: Neon; choice: Choice }> {
  const from = sourceOf(settings);
  if (!isNeonSource(from))
    throw new BackupError('usage', otherwise, { cure: 'Name the project: --from neon:PROJECT.' });
  const { project, ...choice } = parseNeonSource(from);
  // Only who has a database of Neon's pays for loading its client.
  const { openNeon } = await import('../core/neon/api.js');
  return { neon: openNeon(project, { apiKey: neonApiKey(), signal }), choice };
}
