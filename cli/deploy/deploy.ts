import type { StackOutputs } from '../../contract/outputs';
import { BackupError } from '../../core/errors';
import type { State } from '../../core/manifest';
import { readOutputs } from '../stack/outputs';
import { findPlace } from './account';
import { buildArtefacts } from './artefacts';
import { deployStack, preview } from './changes';
import { leaveOutFirstBackup, type Patience, takeFirstBackup } from './first-backup';
import type { DeployFlags } from './flags';
import { settleGitHub } from './github';
import { Guide } from './guide';
import { sayWhatNow } from './next';
import { Pulumi } from './pulumi';
import { settleSettings } from './settings';
import { findStack } from './stack';
import { readStackFile } from './stack-file';
import { findState } from './state';
import { Values } from './values';

export interface DeployOptions extends DeployFlags {
  /** Whether there is a terminal with somebody at it. */
  readonly terminal: boolean;
  readonly patience?: Patience;
}

/**
 * Everything from nothing to the first verified backup. What is there already is found, and left as it is.
 * @returns the verdict on the first backup; undefined where none was wanted
 * @throws BackupError of the step that failed
 */
export async function deploy(options: DeployOptions): Promise<State | undefined> {
  const { stack, terminal, yes = false } = options;
  if (!terminal && !yes) throw nobody();
  const guide = new Guide({ asks: terminal && !yes });
  const pulumi = new Pulumi(stack);
  const file = await readStackFile(stack);
  const place = await findPlace(guide, file, options.region);
  await findState(guide, pulumi, file, options.state);
  await findStack(guide, pulumi, file, place);
  const values = new Values(guide, pulumi, await pulumi.config());
  const way = await settleSettings(guide, values, place, options);
  await settleGitHub(guide, values, place, { way, github: options.github });
  await buildArtefacts(guide, values);
  await preview(guide, pulumi, yes);
  await deployStack(guide, pulumi);
  const outputs = await readOutputs(stack, {});
  const state = await firstBackup(guide, outputs, options);
  sayWhatNow(guide, outputs, file);
  return state;
}

async function firstBackup(
  guide: Guide,
  outputs: StackOutputs,
  { firstBackup, patience }: DeployOptions,
): Promise<State | undefined> {
  if (firstBackup) return takeFirstBackup(guide, outputs, patience);
  leaveOutFirstBackup(guide, outputs);
  return undefined;
}

function nobody(): BackupError {
  return new BackupError('usage', 'There is no terminal, and so nobody to ask.', {
    cure: 'Give --yes, and every value by flags and environment variables: npm run deploy -- --help lists them.',
  });
}
