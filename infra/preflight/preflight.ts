import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/config';
import { examineAccount } from './account';
import { builtLayer } from './layer';
import { examineNeon } from './neon';
import { examineSource } from './source';

/** What would fail later: refused now, or worth a word. */
export interface Findings {
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Looks at the source and the account before anything is made, at every preview.
 * @throws pulumi.RunError with a sentence for each thing that would fail later
 */
export async function preflight(config: StackConfig): Promise<void> {
  if (!config.preflight) return;
  builtLayer(config.layerZip);
  const found = await Promise.all([
    examineSource(config),
    examineNeon(config),
    examineAccount(config),
  ]);
  for (const warning of found.flatMap(({ warnings }) => warnings)) await pulumi.log.warn(warning);
  const refusals = found.flatMap((each) => each.refusals);
  if (refusals.length > 0) throw new pulumi.RunError(refusals.join('\n'));
}
