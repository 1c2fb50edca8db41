import { ACCOUNT } from '../graph';
import { arnOf, functions, regional, secrets } from './policies';
import * as on from './requests';
import type { Request } from './simulate';

const TAGS: Record<string, string>[] = [
  { superseded: 'true' },
  { abandoned: 'true' },
  { replaced: 'true' },
  { superseded: 'false' },
  { abandoned: 'false' },
  { replaced: 'false' },
  { other: 'true' },
  { superseded: 'true', other: 'true' },
  { abandoned: 'true', other: 'true' },
  { replaced: 'true', other: 'true' },
];

/** Everything that somebody in the account might ask for: what one role needs, another must not have. */
export function everything(): Request[] {
  return [
    ...[...on.list(), ...on.listUploads(), ...on.listVersions()],
    ...[...on.publish(), ...on.lookAtTopic()],
    ...on.LARGE.flatMap((key) => [...on.listParts(key), ...on.abort(key), ...on.sendPart(key)]),
    ...on.KEYS.flatMap(aboutKey),
    ...secrets().flatMap(on.readSecret),
    ...functions().flatMap((name) => [...on.writeLog(name), ...on.invoke(name)]),
    ...on.sendDeadLetter(),
    ...withKeys(),
    ...harm(),
  ];
}

function aboutKey(key: string): Request[] {
  const tags = TAGS.flatMap((tags) => on.tag(key, tags));
  const reads = [...on.read(key), ...on.readVersion(key), ...on.readTags(key)];
  return [...reads, ...on.create(key), ...on.overwrite(key), ...tags];
}

/** The stack's key beside its purpose, and another key for it. */
function withKeys(): Request[] {
  const purposes: [string, Record<string, string>][] = [
    ['s3', { 'aws:s3:arn': arnOf('vault-bucket') }],
    ...secrets().map((name): [string, Record<string, string>] => [
      'secretsmanager',
      { SecretARN: arnOf(name) },
    ]),
    ['sns', { 'aws:sns:topicArn': arnOf('notices-topic') }],
    ['sqs', { 'aws:sqs:arn': arnOf('dead-letters-queue') }],
  ];
  const others: [string, Record<string, string>][] = [
    ['s3', { 'aws:s3:arn': 'arn:aws:s3:::another-bucket' }],
    ['secretsmanager', { SecretARN: on.ANOTHER_SECRET }],
    ...purposes.map(([, context]): [string, Record<string, string>] => ['ec2', context]),
  ];
  return ['kms:Decrypt', 'kms:GenerateDataKey'].flatMap((action) => [
    ...purposes.map((purpose) => on.useKey(action, ...purpose, on.ANOTHER_KEY)),
    ...others.map((purpose) => on.useKey(action, ...purpose)),
    on.ask(action, arnOf('encryption-key')),
  ]);
}

/** What no role of the stack may ever do. */
export function harm(): Request[] {
  const user = `arn:aws:iam::${ACCOUNT}:user/somebody`;
  const each = (actions: readonly string[], resource: string) =>
    actions.map((action) => on.ask(action, resource));
  return [
    ...each(TO_OBJECTS, on.object(on.ARCHIVE)),
    ...each(TO_OBJECTS, on.object(on.POINTER)),
    ...each(TO_VAULT, arnOf('vault-bucket')),
    ...each(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::another-bucket/file'),
    ...each(TO_KEY, arnOf('encryption-key')),
    ...each([...TO_SECRET, 'secretsmanager:GetSecretValue'], on.ANOTHER_SECRET),
    ...secrets().flatMap((name) => each(TO_SECRET, arnOf(name))),
    ...each(TO_FUNCTION, arnOf('backup-function')),
    ...each(TO_TOPIC, arnOf('notices-topic')),
    on.ask('sns:Publish', regional('sns', 'another-topic')),
    ...each(TO_QUEUE, arnOf('dead-letters-queue')),
    on.ask('sqs:SendMessage', regional('sqs', 'another-queue')),
    ...each(['logs:DeleteLogGroup', 'logs:PutRetentionPolicy'], arnOf('backup-log')),
    ...each(
      ['cloudwatch:DeleteAlarms', 'cloudwatch:DisableAlarmActions'],
      regional('cloudwatch', 'alarm:any'),
    ),
    ...each(['scheduler:DeleteSchedule'], regional('scheduler', 'schedule/schedules-group/daily')),
    ...each(['events:DisableRule', 'events:DeleteRule'], regional('events', 'rule/verification')),
    ...each(['sts:AssumeRole', 'iam:PassRole', 'iam:PutRolePolicy'], arnOf('restore-role')),
    ...each(['iam:CreateAccessKey', 'iam:AttachUserPolicy', 'iam:CreateUser'], user),
  ];
}

const TO_OBJECTS = [
  's3:BypassGovernanceRetention',
  's3:DeleteObject',
  's3:DeleteObjectTagging',
  's3:DeleteObjectVersion',
  's3:DeleteObjectVersionTagging',
  's3:PutObjectAcl',
  's3:PutObjectLegalHold',
  's3:PutObjectRetention',
  's3:PutObjectVersionTagging',
  's3:ReplicateDelete',
];
const TO_VAULT = [
  's3:DeleteBucket',
  's3:DeleteBucketPolicy',
  's3:PutBucketAcl',
  's3:PutBucketLogging',
  's3:PutBucketNotification',
  's3:PutBucketObjectLockConfiguration',
  's3:PutBucketPolicy',
  's3:PutBucketPublicAccessBlock',
  's3:PutBucketVersioning',
  's3:PutEncryptionConfiguration',
  's3:PutLifecycleConfiguration',
  's3:PutReplicationConfiguration',
];
const TO_KEY = [
  'kms:CreateGrant',
  'kms:DisableKey',
  'kms:Encrypt',
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
];
const TO_SECRET = [
  'secretsmanager:DeleteSecret',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecret',
];
const TO_FUNCTION = ['lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration'];
const TO_TOPIC = ['sns:DeleteTopic', 'sns:SetTopicAttributes', 'sns:Subscribe'];
const TO_QUEUE = ['sqs:DeleteMessage', 'sqs:PurgeQueue', 'sqs:ReceiveMessage'];
