import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Account, given, REGION, unique } from './aws-account';

/**
 * A bucket that keeps every version and tells EventBridge of each; its name.
 * @param locked each version is locked for a day
 */
export async function makeVault(account: Account, { locked = true } = {}): Promise<string> {
  const s3 = account.s3();
  const Bucket = unique('vault');
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  // What is made with Object Lock has versions, too.
  const made = { Bucket, CreateBucketConfiguration, ObjectLockEnabledForBucket: true };
  await s3.send(new CreateBucketCommand(made));
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }),
  );
  const Rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
  if (locked)
    await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  return Bucket;
}

/** One version of an object. */
export interface Version {
  readonly key: string;
  readonly id: string;
  readonly bytes: Buffer;
}

/** Every version in a bucket, by key and then the newest first, and the keys that look deleted. */
export async function versionsIn(account: Account, Bucket: string) {
  const s3 = account.s3();
  const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  const versions: Version[] = [];
  for (const { Key, VersionId } of listed.Versions ?? []) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    const bytes = Buffer.from(await given(Body).transformToByteArray());
    versions.push({ key: given(Key), id: given(VersionId), bytes });
  }
  return { versions, markers: (listed.DeleteMarkers ?? []).map(({ Key }) => given(Key)) };
}

/** A secret that holds a text; its ARN. */
export async function makeSecret(account: Account, text: string): Promise<string> {
  const secrets = new SecretsManagerClient(account.config());
  const input = { Name: unique('secret'), SecretString: text };
  return given((await secrets.send(new CreateSecretCommand(input))).ARN);
}

export interface Notice {
  readonly subject: string | undefined;
  readonly message: string;
}

/** A topic, and somebody who listens. */
export interface Topic {
  readonly arn: string;
  /** What was published since the last call, the oldest first. */
  published(): Promise<Notice[]>;
}

export async function makeTopic(account: Account): Promise<Topic> {
  const sns = new SNSClient(account.config());
  const sqs = new SQSClient(account.config());
  const TopicArn = given(
    (await sns.send(new CreateTopicCommand({ Name: unique('topic') }))).TopicArn,
  );
  const queue = await sqs.send(new CreateQueueCommand({ QueueName: unique('queue') }));
  const QueueUrl = given(queue.QueueUrl);
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
  const Endpoint = given((await sqs.send(asked)).Attributes?.QueueArn);
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  return { arn: TopicArn, published: () => emptied(sqs, QueueUrl) };
}

async function emptied(sqs: SQSClient, QueueUrl: string): Promise<Notice[]> {
  const notices: Notice[] = [];
  for (;;) {
    const input = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input));
    if (Messages.length === 0) return notices;
    for (const { Body = '' } of Messages) notices.push(noticeOf(JSON.parse(Body)));
  }
}

function noticeOf({ Subject, Message }: { Subject?: string; Message: string }): Notice {
  return { subject: Subject, message: Message };
}
