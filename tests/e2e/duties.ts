import {
  DeleteObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { FILES, WATCH_KEY } from '../../contract/keys';
import type { Account } from '../support/aws-account';
import type { Name } from './fleet';
import type { RoleCredentials } from './functions';
import type { Prey } from './prey';

type Attempts = Record<string, () => Promise<unknown>>;

/**
 * Tries with a function's role what is none of its duties.
 * @returns what each attempt came to: an error's name, or `allowed`
 */
export async function overstep(
  name: Name,
  account: Account,
  role: RoleCredentials,
  prey: Prey,
): Promise<Record<string, string>> {
  const all = attempts(account, role, prey);
  const outcomes = [...OF_NOBODY, ...OF_OTHERS[name]].map(async (what) => {
    const outcome = await all[what]?.().then(
      () => 'allowed',
      (error: Error) => error.name,
    );
    return [what, outcome];
  });
  return Object.fromEntries(await Promise.all(outcomes));
}

const OF_NOBODY = [
  'delete an object',
  'delete a version',
  'shorten a lock',
  'turn off the lock',
  'turn off versions',
  'expire everything',
  'open the bucket',
];

/** Duties of other functions. */
const OF_OTHERS: Record<Name, string[]> = {
  backup: ['write a verdict', 'give a backup up', 'write the watch', 'read the scratch'],
  verify: ['write data', 'write the watch', 'read the source'],
  drill: ['write data', 'write the watch', 'read the source'],
  watch: ['write data', 'write a verdict', 'read the source', 'read the scratch'],
  status: [
    ...['write data', 'write a verdict', 'write the watch', 'give a backup up'],
    ...['read the source', 'read the scratch', 'tell people'],
  ],
  snapshot: ['write data', 'write a verdict', 'write the watch', 'give a backup up', 'tell people'],
};

function attempts(account: Account, role: RoleCredentials, prey: Prey): Attempts {
  const { Bucket, prefix, VersionId, databaseUrl, scratchUrl, topic } = prey;
  const [s3, sns] = [account.s3(role), new SNSClient(account.config(role))];
  const secrets = new SecretsManagerClient(account.config(role));
  const data = { Bucket, Key: prefix + FILES.archive };
  const write = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'nothing' }));
  const read = (SecretId: string) => secrets.send(new GetSecretValueCommand({ SecretId }));
  return {
    'delete an object': () => s3.send(new DeleteObjectCommand(data)),
    'delete a version': () => s3.send(new DeleteObjectCommand({ ...data, VersionId })),
    'shorten a lock': () => s3.send(new PutObjectRetentionCommand({ ...data, ...TO_NOTHING })),
    'turn off the lock': () => s3.send(new PutObjectLockConfigurationCommand({ Bucket })),
    'turn off versions': () =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: SUSPENDED })),
    'expire everything': () =>
      s3.send(
        new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: EXPIRY }),
      ),
    'open the bucket': () => s3.send(new PutBucketPolicyCommand({ Bucket, Policy: '{}' })),
    'write data': () => write(data.Key),
    'write a verdict': () => write(prefix + FILES.verification),
    'write the watch': () => write(WATCH_KEY),
    'give a backup up': () => s3.send(new PutObjectTaggingCommand({ ...data, Tagging: GIVEN_UP })),
    'read the source': () => read(databaseUrl),
    'read the scratch': () => read(scratchUrl),
    'tell people': () => sns.send(new PublishCommand({ TopicArn: topic, Message: 'nothing' })),
  };
}

const TO_NOTHING = { Retention: {}, BypassGovernanceRetention: true };
const SUSPENDED = { Status: 'Suspended' } as const;
const EXPIRY = {
  Rules: [
    { ID: 'all', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 1 } },
  ],
};
const GIVEN_UP = { TagSet: [{ Key: 'superseded', Value: 'true' }] };
