import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { BackupError } from '../../core/errors';
import { answered, clientOptions } from '../stack/aws';
import type { Guide } from './guide';
import type { StackFile } from './stack-file';

/** Where it is deployed to. */
export interface Place {
  /** The account's number. */
  readonly account: string;
  readonly region: string;
}

/**
 * Step 1: who AWS takes us for, and the region.
 * @param flag the region that was asked for
 * @throws BackupError `auth`, `usage`, `refused` for another region than the stack's
 */
export async function findPlace(
  guide: Guide,
  file: StackFile,
  flag: string | undefined,
): Promise<Place> {
  guide.begin(
    'AWS account and region',
    'The vault, the functions and the alarms are made in an AWS account of yours. Another region than\nthe database has survives what takes the database away.',
  );
  // The answer is the same in every region.
  const sts = new STSClient(clientOptions({ region: 'us-east-1' }));
  const asked = sts.send(new GetCallerIdentityCommand({}));
  const { Account = '', Arn } = await answered('ask AWS who you are', asked);
  guide.found(`account ${Account}, as ${Arn}`);
  const region = await chooseRegion(guide, file, flag);
  guide.found(`region ${region}`);
  return { account: Account, region };
}

async function chooseRegion(
  guide: Guide,
  file: StackFile,
  flag: string | undefined,
): Promise<string> {
  if (flag && file.region && flag !== file.region)
    throw new BackupError(
      'refused',
      `--region says ${flag}, and ${file.name} says ${file.region}: a stack stays in its region.`,
      {
        cure: `Make another stack there (--stack NAME); or, where nothing is deployed yet, change aws:region in ${file.name}.`,
      },
    );
  const known = flag ?? file.region ?? (await regionOfEnvironment());
  return checked(known ?? (await guide.text(REGION)));
}

const REGION = {
  what: 'AWS region, such as eu-central-1',
  instead: 'Give --region REGION, or set AWS_REGION.',
};

async function regionOfEnvironment(): Promise<string | undefined> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  if (AWS_REGION || AWS_DEFAULT_REGION) return AWS_REGION || AWS_DEFAULT_REGION;
  // The SDK looks into the profile, and throws where there is none either: then it is asked for.
  return new STSClient({}).config.region().catch(() => undefined);
}

function checked(region: string): string {
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) return region;
  throw new BackupError('usage', `"${region}" is no AWS region.`, { cure: REGION.instead });
}
