import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { policyDocument } from '../role';
import { keepPrivate } from './privacy';

export interface AccessLogArgs {
  readonly accountId: pulumi.Input<string>;
  readonly logDays: number;
}

/**
 * Who read or wrote what in the vault, in a bucket of its own. S3 can't write its logs with a key of ours,
 * so this one has S3's; it holds no data.
 */
export function accessLog(
  name: string,
  bucket: aws.s3.Bucket,
  { accountId, logDays }: AccessLogArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const kept = { ...opts, retainOnDelete: true };
  const logs = new aws.s3.Bucket(`${name}-access-log`, {}, { ...kept, protect: true });
  const privacy = keepPrivate(`${name}-access-log`, logs, opts);
  const policy = new aws.s3.BucketPolicy(
    `${name}-access-log-policy`,
    { bucket: logs.id, policy: logsPolicy(logs.arn, bucket.arn, accountId) },
    { ...kept, dependsOn: privacy },
  );
  new aws.s3.BucketLifecycleConfiguration(
    `${name}-access-log-lifecycle`,
    { bucket: logs.id, rules: [expireAfter(logDays)] },
    kept,
  );
  new aws.s3.BucketLogging(
    `${name}-logging`,
    { bucket: bucket.id, targetBucket: logs.id, targetPrefix: 'access/' },
    { ...kept, dependsOn: policy },
  );
}

function logsPolicy(
  logsArn: pulumi.Output<string>,
  vaultArn: pulumi.Output<string>,
  account: pulumi.Input<string>,
): pulumi.Output<string> {
  const objects = pulumi.interpolate`${logsArn}/*`;
  return policyDocument([
    {
      Sid: 'S3WritesIt',
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: objects,
      Condition: {
        ArnEquals: { 'aws:SourceArn': vaultArn },
        StringEquals: { 'aws:SourceAccount': account },
      },
    },
    {
      Sid: 'PlainHttp',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [logsArn, objects],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ]);
}

function expireAfter(days: number): aws.types.input.s3.BucketLifecycleConfigurationRule {
  return {
    id: 'expire',
    status: 'Enabled',
    filter: {},
    expiration: { days },
    abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
  };
}
