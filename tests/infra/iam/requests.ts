import {
  backupPrefix,
  FILES,
  latestKey,
  slotKey,
  stampOf,
  WATCH_KEY,
} from '../../../contract/keys';
import { arnOf, regional } from './policies';
import type { Request } from './simulate';

const TIME = new Date('2026-11-23T02:00:00Z');
const DAILY = { database: 'circuitiq', kind: 'daily' } as const;
const folder = backupPrefix({ ...DAILY, id: `${stampOf(TIME)}-k3f9` });
const { verification, ...data } = FILES;
const { manifest: _, ...content } = data;

/** What a backup is made of; written once. */
export const DATA = Object.values(data).map((file) => folder + file);
/** What may be so large that it goes in parts. */
export const LARGE = [FILES.archive, FILES.plain].map((file) => folder + file);
export const ARCHIVE = folder + FILES.archive;
export const VERDICT = folder + verification;
export const SLOT = slotKey({ ...DAILY, slot: stampOf(TIME) });
export const POINTER = latestKey(DAILY);
/** What is known of a backup, of a run and of the watch: nothing of the data itself. */
export const RECORDS = [folder + FILES.manifest, VERDICT, SLOT, POINTER, WATCH_KEY];
/** One of each sort. */
export const KEYS = [...Object.values(content).map((file) => folder + file), ...RECORDS];

export const object = (key: string): string => `${arnOf('vault-bucket')}/${key}`;

export const list = (): Request[] => [ask('s3:ListBucket', arnOf('vault-bucket'))];
export const listUploads = (): Request[] => [
  ask('s3:ListBucketMultipartUploads', arnOf('vault-bucket')),
];
export const listParts = (key: string): Request[] => [
  ask('s3:ListMultipartUploadParts', object(key)),
];
export const listVersions = (): Request[] => [ask('s3:ListBucketVersions', arnOf('vault-bucket'))];
export const readVersion = (key: string): Request[] => [
  ask('s3:GetObjectVersion', object(key)),
  decrypt(),
];
export const read = (key: string): Request[] => [ask('s3:GetObject', object(key)), decrypt()];
/** That nothing is there is told only to who may list. */
export const lookUp = (key: string): Request[] => [...read(key), ...list()];
export const readTags = (key: string): Request[] => [ask('s3:GetObjectTagging', object(key))];

export const create = (key: string): Request[] => [
  ask('s3:PutObject', object(key), { ...WHOLE, 's3:if-none-match': '*' }),
  encrypt(),
];
export const overwrite = (key: string): Request[] => [
  ask('s3:PutObject', object(key), WHOLE),
  encrypt(),
];
/** Starts an upload in parts, or sends one: each part is encrypted with the key that the first one got. */
export const sendPart = (key: string): Request[] => [
  ask('s3:PutObject', object(key), { 's3:ObjectCreationOperation': 'false' }),
  encrypt(),
  decrypt(),
];
export const abort = (key: string): Request[] => [ask('s3:AbortMultipartUpload', object(key))];
export const tag = (key: string, tags: Record<string, string>): Request[] => [
  ask('s3:PutObjectTagging', object(key), tagged(tags)),
];
/** Replaces an object, or makes it, with its tag. */
export const swap = (key: string): Request[] => [
  ...create(key),
  ...overwrite(key),
  ...tag(key, { replaced: 'true' }),
];

export const readSecret = (name: string): Request[] => [
  ask('secretsmanager:GetSecretValue', arnOf(name)),
  useKey('kms:Decrypt', 'secretsmanager', { SecretARN: arnOf(name) }),
];
export const publish = (): Request[] => [
  ask('sns:Publish', arnOf('notices-topic')),
  ...useToSend('sns', { 'aws:sns:topicArn': arnOf('notices-topic') }),
];
export const lookAtTopic = (): Request[] => [ask('sns:GetTopicAttributes', arnOf('notices-topic'))];
export const sendDeadLetter = (): Request[] => [
  ask('sqs:SendMessage', arnOf('dead-letters-queue')),
  ...useToSend('sqs', { 'aws:sqs:arn': arnOf('dead-letters-queue') }),
];
export const writeLog = (name: string): Request[] =>
  ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) =>
    ask(action, `${arnOf(`${name}-log`)}:log-stream:2026/11/23/[$LATEST]0a1b`),
  );
export const invoke = (name: string): Request[] => [
  ask('lambda:InvokeFunction', arnOf(`${name}-function`)),
];

/** What is done with the key, by way of a service, in an encryption context. */
export function useKey(
  action: string,
  service: string,
  encrypted: Record<string, string>,
  key = arnOf('encryption-key'),
  region = 'eu-central-1',
): Request {
  const named = Object.entries(encrypted).map(([name, value]) => [
    `kms:EncryptionContext:${name}`,
    value,
  ]);
  const via = { 'kms:ViaService': `${service}.${region}.amazonaws.com` };
  return ask(action, key, { ...via, ...Object.fromEntries(named) });
}

export const ANOTHER_KEY = regional('kms', 'key/11111111-2222-3333-4444-555555555555');
export const ANOTHER_SECRET = regional('secretsmanager', 'secret:other-AbCdEf');

export function ask(action: string, resource: string, context: Request['context'] = {}): Request {
  return { action, resource, context };
}

const WHOLE = { 's3:ObjectCreationOperation': 'true' };

function tagged(tags: Record<string, string>) {
  const each = Object.entries(tags).map(([name, value]) => [`s3:RequestObjectTag/${name}`, value]);
  return { 's3:RequestObjectTagKeys': Object.keys(tags), ...Object.fromEntries(each) };
}

/** With a key of the bucket's own, the context is the bucket's ARN and not the object's. */
const ofVault = () => ({ 'aws:s3:arn': arnOf('vault-bucket') });
const decrypt = () => useKey('kms:Decrypt', 's3', ofVault());
const encrypt = () => useKey('kms:GenerateDataKey', 's3', ofVault());
const useToSend = (service: string, context: Record<string, string>) =>
  ['kms:Decrypt', 'kms:GenerateDataKey'].map((action) => useKey(action, service, context));
