import { backupPrefix, FILES } from '../../contract/keys';
import { type FunctionSettings, SETTINGS_VARIABLE } from '../../contract/settings';
import { given } from '../support/aws-account';
import { versionsIn } from '../support/aws-resources';
import type { World } from './world';

/** What a thief with a function's role would go for. */
export interface Prey {
  readonly Bucket: string;
  /** The folder of the good backup. */
  readonly prefix: string;
  /** The version of its archive. */
  readonly VersionId: string;
  /** The secrets' ARNs. */
  readonly databaseUrl: string;
  readonly scratchUrl: string;
  readonly topic: string;
}

/** @param id of a daily backup */
export async function preyIn(
  { account, deployment, fleet }: Pick<World, 'account' | 'deployment' | 'fleet'>,
  id: string,
): Promise<Prey> {
  const { store, topic } = deployment().outputs;
  const Bucket = store.replace('s3://', '');
  const prefix = backupPrefix({ database: 'circuitiq', kind: 'daily', id });
  const { versions } = await versionsIn(account(), Bucket);
  const archive = given(versions.find(({ key }) => key === prefix + FILES.archive));
  const variables = fleet().functions.backup.configuration.Environment?.Variables;
  const { source, drill }: FunctionSettings = JSON.parse(given(variables?.[SETTINGS_VARIABLE]));
  const [databaseUrl, scratchUrl] = [source.secret, given(drill?.scratch).secret];
  return { Bucket, prefix, VersionId: archive.id, databaseUrl, scratchUrl, topic };
}
