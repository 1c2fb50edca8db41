import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type LifecycleRule,
  type ObjectLockConfiguration,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { StackOutputs } from '../../contract/outputs';
import { REPLACED_TAG, RETIRED_TAGS, TAG_VALUE } from '../../contract/tags';
import { examine, type Finding, fail, ok, warn } from '../../core/doctor/finding';
import { examineStore } from '../../core/doctor/store';
import { S3Store } from '../../core/stores/s3';
import { parseS3Url, s3Client } from '../../core/stores/s3-client';
import { answered } from './aws';

/** What is in the vault, and whether it can still lose nothing. */
export async function examineVault(outputs: StackOutputs, now: Date): Promise<Finding[]> {
  const client = s3Client(process.env, { region: outputs.region });
  const { bucket } = parseS3Url(outputs.store);
  const [store, protection] = await Promise.all([
    examineStore(new S3Store(outputs.store, client), now),
    examine('vault', async () => {
      const looking = readProtection(client, bucket);
      return judgeProtection(await answered(`look at the bucket ${bucket}`, looking));
    }),
  ]);
  return [...store, ...protection];
}

export interface Protection {
  readonly versioning: string | undefined;
  readonly lock: ObjectLockConfiguration | undefined;
  readonly rules: readonly LifecycleRule[];
}

async function readProtection(client: S3Client, Bucket: string): Promise<Protection> {
  const [versioning, lock, lifecycle] = await Promise.all([
    client.send(new GetBucketVersioningCommand({ Bucket })),
    unlessNone(client.send(new GetObjectLockConfigurationCommand({ Bucket }))),
    unlessNone(client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))),
  ]);
  return {
    versioning: versioning.Status,
    lock: lock?.ObjectLockConfiguration,
    rules: lifecycle?.Rules ?? [],
  };
}

/** S3 has no empty answer for a bucket that was told nothing. */
async function unlessNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const { name = '' } = error as Error;
    if (/^(ObjectLockConfigurationNotFound|NoSuchLifecycleConfiguration)/.test(name))
      return undefined;
    throw error;
  }
}

export function judgeProtection({ versioning, lock, rules }: Protection): Finding[] {
  return [
    versioning === 'Enabled'
      ? ok('vault', 'every version is kept')
      : fail('vault', 'versions are not kept: what is overwritten is lost', AGAIN),
    judgeLock(lock),
    ...judgeLifecycle(rules),
  ];
}

function judgeLock(lock: ObjectLockConfiguration | undefined): Finding {
  const { Mode, Days, Years } = lock?.Rule?.DefaultRetention ?? {};
  if (lock?.ObjectLockEnabled !== 'Enabled' || !Mode)
    return fail('vault', 'new versions are not locked: whoever may delete can', AGAIN);
  const time = Days ? `${Days} days` : `${Years} years`;
  return ok('vault', `each new version is locked for ${time} (${Mode.toLowerCase()})`);
}

/** Nothing goes but what the functions have given up, and that does go. */
export function judgeLifecycle(rules: readonly LifecycleRule[]): Finding[] {
  const active = rules.filter(({ Status }) => Status === 'Enabled');
  const dangerous = active.filter((rule) => deletes(rule) && !isOfGivenUp(rule));
  const unserved = RETIRED_TAGS.filter((tag) => !active.some((rule) => expires(rule, tag)));
  const uploads = active.some(({ AbortIncompleteMultipartUpload: each }) => each);
  const findings = [
    ...dangerous.map(({ ID }) =>
      fail('vault', `the lifecycle rule ${ID} deletes what nobody has given up`, AGAIN),
    ),
    ...unserved.map((tag) => warn('vault', `what is tagged ${tag} is never deleted`, AGAIN)),
    ...(uploads ? [] : [warn('vault', 'uploads that never ended are kept, and paid for', AGAIN)]),
  ];
  return findings.length > 0 ? findings : [ok('vault', 'only what is given up ever expires')];
}

function deletes({ Expiration, NoncurrentVersionExpiration }: LifecycleRule): boolean {
  // A rule that only clears away delete markers has neither days nor a date.
  return Boolean(Expiration?.Days || Expiration?.Date || NoncurrentVersionExpiration);
}

/** Of what is replaced all the time, former versions go as well. */
function isOfGivenUp(rule: LifecycleRule): boolean {
  if (RETIRED_TAGS.some((tag) => hasTag(rule, tag))) return true;
  return hasTag(rule, REPLACED_TAG) && !rule.Expiration;
}

function expires(rule: LifecycleRule, tag: string): boolean {
  return Boolean(rule.Expiration?.Days) && hasTag(rule, tag);
}

function hasTag({ Filter }: LifecycleRule, key: string): boolean {
  const tags = [...(Filter?.Tag ? [Filter.Tag] : []), ...(Filter?.And?.Tags ?? [])];
  return tags.some(({ Key, Value }) => Key === key && Value === TAG_VALUE);
}

const AGAIN = 'npx pulumi up --refresh puts it back; find out who changed it.';
