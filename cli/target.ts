import { isNeonSource, parseNeonSource } from '../core/neon/named';
import { parseAddress } from '../core/postgres/address';
import type { RestoreOptions } from '../core/restore/restore';
import type { Context } from './context';
import { neonApiKey } from './settings';

/**
 * Where a person wants a backup: a database by its URL, or one of Neon's.
 * @throws BackupError `usage` where it is not named well, or not there
 */
export async function targetOf(
  { signal }: Context,
  into: string,
): Promise<Pick<RestoreOptions, 'target' | 'keepAside'>> {
  if (!isNeonSource(into)) return { target: parseAddress(into) };
  const { project, ...choice } = parseNeonSource(into);
  // Only who has a database of Neon's pays for loading its client.
  const { openNeon } = await import('../core/neon/api.js');
  const { neonTarget } = await import('../core/neon/into.js');
  return neonTarget(openNeon(project, { apiKey: neonApiKey(), signal }), choice);
}
