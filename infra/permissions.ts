import * as pulumi from '@pulumi/pulumi';
import type { Statement } from './role';

const READ = ['s3:GetObject', 's3:ListMultipartUploadParts'];

/** Make and read backups: no right to delete, to tag, or to change how long anything is kept. */
export function writeBackups(bucketArn: pulumi.Output<string>): Statement[] {
  const objects = pulumi.interpolate`${bucketArn}/*`;
  return [
    allow('ListBackups', ['s3:ListBucket', 's3:ListBucketMultipartUploads'], bucketArn),
    allow('WriteBackups', [...READ, 's3:PutObject', 's3:AbortMultipartUpload'], objects),
  ];
}

export function readSecret(arn: pulumi.Output<string>): Statement {
  return allow('ReadSecret', ['secretsmanager:GetSecretValue'], arn);
}

export function sendNotices(topicArn: pulumi.Output<string>): Statement {
  return allow('SendNotices', ['sns:Publish'], topicArn);
}

function allow(Sid: string, Action: string[], Resource: pulumi.Output<string>): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}
