import * as pulumi from '@pulumi/pulumi';
import { FILES, REPLACEABLE_KEYS, WATCH_KEY } from '../contract/keys';
import { REPLACED_TAG, type RetiredTag, TAG_VALUE } from '../contract/tags';
import type { Statement } from './role';

/** What statements are about: the vault, and the key that all is encrypted with. */
export interface Scope {
  readonly region: string;
  readonly bucketArn: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;
}

/** List and read backups, nothing else. */
export function readBackups(scope: Scope): Statement[] {
  return reading(scope, ['*']);
}

/** Read former versions of what is there, to bring one back. */
export function readFormer(scope: Scope): Statement[] {
  return [
    allow('ListVersions', ['s3:ListBucketVersions'], scope.bucketArn),
    allow('ReadVersions', ['s3:GetObjectVersion'], objects(scope, ['*'])),
  ];
}

/** List backups and read what is known of them, and nothing of their data. */
export function readRecords(scope: Scope): Statement[] {
  return reading(scope, [`*/${FILES.manifest}`, ...REPLACEABLE_KEYS]);
}

/** Make backups: their files and slots, and no verdict. No right to delete, nor to tag data. */
export function writeBackups(scope: Scope): Statement[] {
  const { verification: _, ...data } = FILES;
  return [
    ...readBackups(scope),
    allow('WriteBackups', WRITE, objects(scope, keysOf(data))),
    ...replace(scope, ['*/slots/*']),
  ];
}

/** Write verdicts and pointers, and tag what a verdict supersedes. */
export function writeVerdicts(scope: Scope): Statement[] {
  return [
    ...readBackups(scope),
    ...replace(scope, [`*/${FILES.verification}`, '*/latest/*']),
    retire(scope, 'superseded'),
  ];
}

/** Look at backups and their tags, keep the record of the watch, and tag what dead runs have left. */
export function watchBackups(scope: Scope): Statement[] {
  return [
    ...readRecords(scope),
    allow('ReadTags', ['s3:GetObjectTagging'], objects(scope, ['*'])),
    ...replace(scope, [WATCH_KEY]),
    retire(scope, 'abandoned'),
  ];
}

export function readSecret({ region, keyArn }: Scope, name: string, arn: pulumi.Output<string>) {
  return [
    allow(`Read${name}`, ['secretsmanager:GetSecretValue'], arn),
    useKey(`Decrypt${name}`, ['kms:Decrypt'], { region, keyArn }, 'secretsmanager', {
      SecretARN: arn,
    }),
  ];
}

export function sendNotices(scope: Scope, topicArn: pulumi.Output<string>): Statement[] {
  return [
    allow('SendNotices', ['sns:Publish'], topicArn),
    useKey('EncryptNotices', SEND, scope, 'sns', {}),
  ];
}

export function countListeners(topicArn: pulumi.Output<string>): Statement {
  return allow('CountListeners', ['sns:GetTopicAttributes'], topicArn);
}

export function sendDeadLetters(
  scope: Pick<Scope, 'region' | 'keyArn'>,
  queueArn: pulumi.Output<string>,
): Statement[] {
  return [
    allow('SendDeadLetters', ['sqs:SendMessage'], queueArn),
    useKey('EncryptDeadLetters', SEND, scope, 'sqs', {}),
  ];
}

function reading(scope: Scope, keys: readonly string[]): Statement[] {
  const { bucketArn } = scope;
  return [
    allow('ListBackups', ['s3:ListBucket', 's3:ListBucketMultipartUploads'], bucketArn),
    allow('ListParts', ['s3:ListMultipartUploadParts'], objects(scope, ['*'])),
    allow('ReadBackups', ['s3:GetObject'], objects(scope, keys)),
    useKey('ReadEncrypted', ['kms:Decrypt'], scope, 's3', { 'aws:s3:arn': bucketArn }),
  ];
}

const WRITE = ['s3:PutObject', 's3:AbortMultipartUpload'];
const SEND = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Writes some of the few objects that may be replaced, with the tag that says so. */
function replace(scope: Scope, keys: readonly (typeof REPLACEABLE_KEYS)[number][]): Statement[] {
  const { bucketArn } = scope;
  return [
    allow('WriteState', ['s3:PutObject'], objects(scope, keys)),
    tagging('TagState', objects(scope, keys), REPLACED_TAG),
    useKey('WriteEncrypted', ['kms:GenerateDataKey'], scope, 's3', { 'aws:s3:arn': bucketArn }),
  ];
}

/** Tags the files of backups, which the lifecycle deletes later, with this one tag alone. */
function retire(scope: Scope, tag: RetiredTag): Statement {
  return tagging('RetireBackups', objects(scope, keysOf(FILES)), tag);
}

function keysOf(files: Partial<typeof FILES>): string[] {
  return Object.values(files).map((file) => `*/${file}`);
}

/** Sets this one tag, and no other beside it. */
function tagging(Sid: string, Resource: Statement['Resource'], tag: string): Statement {
  const Condition = {
    StringEquals: { [`s3:RequestObjectTag/${tag}`]: TAG_VALUE },
    'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': [tag] },
  };
  return { ...allow(Sid, ['s3:PutObjectTagging'], Resource), Condition };
}

/** The key, through one service alone, for what is encrypted in this context. */
function useKey(
  Sid: string,
  Action: string[],
  { region, keyArn }: Pick<Scope, 'region' | 'keyArn'>,
  service: string,
  context: Record<string, pulumi.Output<string>>,
): Statement {
  const entries = Object.entries(context);
  const of = Object.fromEntries(entries.map(([name, is]) => [`kms:EncryptionContext:${name}`, is]));
  const Condition = {
    StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com`, ...of },
  };
  return { ...allow(Sid, Action, keyArn), Condition };
}

function objects({ bucketArn }: Scope, keys: readonly string[]): pulumi.Output<string>[] {
  return keys.map((key) => pulumi.interpolate`${bucketArn}/${key}`);
}

function allow(Sid: string, Action: string[], Resource: Statement['Resource']): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}
