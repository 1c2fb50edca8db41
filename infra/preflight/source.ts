import { isBackupError, messageOf } from '../../core/errors';
import { type Address, parseAddress } from '../../core/postgres/address';
import { withSession } from '../../core/postgres/session';
import { fittingMajor } from '../../core/postgres/tools/tree';
import type { StackConfig } from '../config/config';
import { secretText } from '../config/secrets';
import { majorsIn } from './layer';
import type { Findings } from './preflight';

/** Whether the layer has a pg_dump for the source, and whether one disaster could take both it and the vault. */
export async function examineSource(config: StackConfig): Promise<Findings> {
  const url = secretText('databaseUrl');
  if (!url) return { refusals: [], warnings: [] };
  const source = parseAddress(url);
  const { refusals, warnings } = await examineTools(source, config.layerZip);
  return { refusals, warnings: [...warnings, ...sameRegion(source.host, config)] };
}

async function examineTools(source: Address, zip: string): Promise<Findings> {
  try {
    const major = await withSession(source, async (session) => {
      const { version } = await session.row<{ version: string }>(
        `SELECT current_setting('server_version_num') AS version`,
      );
      return Math.floor(Number(version) / 10_000);
    });
    return { refusals: unfit(major, await majorsIn(zip), zip), warnings: [] };
  } catch (error) {
    if (!isBackupError(error)) throw error;
    // It may be reachable from AWS alone; the first backup will tell.
    const warning = `The source was not looked at from here: ${messageOf(error)}`;
    return { refusals: [], warnings: [warning] };
  }
}

/** A sentence where no client tool in the zip is for a server of this major, nor newer. */
export function unfit(server: number, majors: readonly number[], zip: string): string[] {
  if (fittingMajor(server, majors) !== undefined) return [];
  const have = majors.join(', ');
  return [
    `The source is PostgreSQL ${server}, and the client tools in ${zip} are of ${have}: run \`git pull && npm run layer\` for newer ones.`,
  ];
}

/** The region stands in the host names of Neon and of RDS. */
export function sameRegion(
  host: string,
  { region, replicaRegion }: Pick<StackConfig, 'region' | 'replicaRegion'>,
): string[] {
  if (replicaRegion || !host.split('.').includes(region)) return [];
  return [
    `The vault is in ${region}, like the source: what takes that region away takes both. Deploy into another region, or copy the vault: \`pulumi config set neon-backup:replicaRegion REGION\`.`,
  ];
}
