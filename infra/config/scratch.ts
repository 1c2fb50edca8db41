import type { ScratchSetting } from '../../contract/settings';
import type { Settings } from './schema';
import type { SecretName } from './secrets';

/**
 * Where drills restore into: a server of the user's own, which comes first, or else a branch of the Neon
 * project that is the source. Undefined where nothing is ever restored.
 */
export function scratchKind(
  { neonDrill }: Pick<Settings, 'neonDrill'>,
  { drillScratchUrl, neonApiKey }: { readonly [K in SecretName]?: unknown },
): ScratchSetting['kind'] | undefined {
  if (drillScratchUrl) return 'postgres';
  return neonDrill && neonApiKey ? 'neon' : undefined;
}
