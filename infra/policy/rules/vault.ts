import type { PolicyResource } from '@pulumi/policy';
import { aws, named, naming, ofType } from '../resources';
import { type About, type Props, type Rule, together, unless } from '../rule';
import { partsOf } from './buckets';

type Find = (name: string) => PolicyResource | undefined;

/** A rule on every bucket that holds data: all but those that logs are written to. */
export function onVaults(
  about: About,
  problems: (
    part: (name: string) => Props | undefined,
    bucket: PolicyResource,
    find: Find,
  ) => string[],
): Rule {
  return together(about, vaultsOf, (bucket, all) =>
    problems(
      partsOf(bucket, all),
      bucket,
      (name) => naming(all, aws('s3', name), 'bucket', bucket)[0],
    ),
  );
}

export function vaultsOf(all: PolicyResource[]): PolicyResource[] {
  const isLog = (bucket: PolicyResource) =>
    naming(all, aws('s3', 'BucketLogging'), 'targetBucket', bucket).length > 0;
  return ofType(aws('s3', 'Bucket'))(all).filter((bucket) => !isLog(bucket));
}

const ENCRYPTION = onVaults(
  {
    name: 'vault-encryption',
    asks: 'Every vault encrypts with a key of the stack, and with a bucket key below it.',
    ids: [
      ...['CKV_AWS_145', 'CKV_AWS_19', 'AVD-AWS-0088', 'AVD-AWS-0132', 'W41', 'S3.17'],
      's3_bucket_kms_encryption',
    ],
  },
  (part, _, find) => {
    const type = 'BucketServerSideEncryptionConfiguration';
    const rule = part(type)?.rules?.[0];
    const kms = rule?.applyServerSideEncryptionByDefault?.sseAlgorithm === 'aws:kms';
    const found = find(type);
    const ours = found !== undefined && named(found, 'rules', aws('kms', 'Key')).length > 0;
    const problem = 'is not encrypted with a key of the stack and a bucket key.';
    return unless(kms && ours && rule.bucketKeyEnabled === true, problem);
  },
);

const VERSIONS = onVaults(
  {
    name: 'vault-versions',
    asks: 'Every vault keeps versions.',
    ids: ['CKV_AWS_21', 'AVD-AWS-0090', 'S3.14'],
  },
  (part) => {
    const status = part('BucketVersioning')?.versioningConfiguration?.status;
    return unless(status === 'Enabled', 'keeps no versions: enable versioning.');
  },
);

/** A week to see that something is wrong. */
const LEAST_DAYS = 7;

const LOCK = onVaults(
  {
    name: 'vault-lock',
    asks: `Every version in a vault is locked for ${LEAST_DAYS} days at least.`,
    ids: ['CKV_AWS_143', 'S3BucketDefaultLockEnabled', 'S3.15', 's3_bucket_object_lock'],
  },
  (part, { props }) => {
    const retention = part('BucketObjectLockConfiguration')?.rule?.defaultRetention;
    const locked = props.objectLockEnabled === true && Boolean(retention?.mode);
    const days = Math.max(retention?.days ?? 0, 365 * (retention?.years ?? 0));
    const problem = `has versions that can be deleted early: raise lockDays to ${LEAST_DAYS} or more.`;
    return unless(locked && days >= LEAST_DAYS, problem);
  },
);

const ACCESS_LOG = onVaults(
  {
    name: 'vault-access-log',
    asks: 'Every request to a vault is logged, into another bucket.',
    ids: [
      ...['CKV_AWS_18', 'AVD-AWS-0089', 'AwsSolutions-S1', 'W35', 'S3.9'],
      's3-bucket-logging-enabled',
    ],
  },
  (part) => unless(Boolean(part('BucketLogging')?.targetBucket), 'logs no requests.'),
);

const EVENTS = onVaults(
  {
    name: 'vault-events',
    asks: 'Every vault tells EventBridge of its objects: a manifest starts its verification.',
    ids: ['CKV2_AWS_62', 'S3.11'],
  },
  (part) =>
    unless(part('BucketNotification')?.eventbridge === true, 'tells EventBridge of no object.'),
);

export const VAULT_RULES = [ENCRYPTION, VERSIONS, LOCK, ACCESS_LOG, EVENTS];
