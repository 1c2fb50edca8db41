import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { BackupError, isBackupError } from '../errors';
import { nameOf, type S3Object } from './s3-client';
import { storeError } from './s3-errors';

const MIB = 1024 * 1024;
const MOST_PARTS = 10_000;

/**
 * How large the parts of an upload are: 8 MiB, more where twice the expected bytes would not fit
 * into the 10,000 parts that S3 takes; 16 MiB (up to 156 GiB) where nothing is expected.
 */
export function partBytes(expectedBytes: number | undefined): number {
  if (expectedBytes === undefined) return 16 * MIB;
  return Math.max(8, Math.ceil((2 * expectedBytes) / MOST_PARTS / MIB)) * MIB;
}

/** Uploads a stream under a key that is free, and makes sure of what S3 has. */
export async function putObject(object: S3Object, body: Readable | Buffer, expectedBytes?: number) {
  if (await exists(object)) throw taken(object);
  const attempt = randomUUID();
  const bytes = await upload(object, body, attempt, partBytes(expectedBytes));
  await confirm(object, bytes, attempt);
  return bytes;
}

async function confirm(object: S3Object, bytes: number, attempt: string): Promise<void> {
  const { ContentLength, Metadata } = await head(object);
  // Where a server ignores the condition, the last one to finish wins, and the others are told.
  if (Metadata?.attempt !== attempt) throw taken(object);
  if (ContentLength === bytes) return;
  throw new BackupError(
    'store',
    `${nameOf(object)} has ${ContentLength} of the ${bytes} bytes sent.`,
  );
}

function taken(object: S3Object): BackupError {
  return new BackupError('exists', `${nameOf(object)} exists already.`);
}

/** Replaces an object of a known version, or makes it if the version is undefined. */
export async function swapObject(object: S3Object, bytes: Buffer, version: string | undefined) {
  const attempt = randomUUID();
  const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version };
  const input = { ...target(object, attempt), ...condition, Body: bytes };
  try {
    return etagOf(await object.client.send(new PutObjectCommand(input)), object);
  } catch (error) {
    const failure = storeError(error, `write ${nameOf(object)}`);
    return etagOf(await ours(object, attempt, asChanged(failure)), object);
  }
}

/** What is gone is no longer of the version given. */
function asChanged(failure: BackupError): BackupError {
  const { reason, message, cause } = failure;
  return reason === 'not_found' ? new BackupError('exists', message, { cause }) : failure;
}

async function upload(
  object: S3Object,
  body: Readable | Buffer,
  attempt: string,
  partSize: number,
) {
  const counted = count(body);
  const params = { ...target(object, attempt), Body: counted.body, IfNoneMatch: '*' };
  const queueSize = partSize > 16 * MIB ? 2 : 4;
  try {
    await new Upload({ client: object.client, params, partSize, queueSize }).done();
  } catch (error) {
    if (counted.failure !== undefined) throw counted.failure;
    await ours(object, attempt, storeError(error, `write ${nameOf(object)}`));
  }
  return counted.bytes;
}

/** The body, how much of it has passed, and what it failed with, which is no failure of the store. */
interface Counted {
  body: Readable | Buffer;
  bytes: number;
  failure: unknown;
}

function count(body: Readable | Buffer): Counted {
  if (Buffer.isBuffer(body)) return { body, bytes: body.length, failure: undefined };
  const counted: Counted = { body, bytes: 0, failure: undefined };
  counted.body = Readable.from(pass(body, counted), { objectMode: false });
  return counted;
}

async function* pass(body: Readable, counted: Counted) {
  try {
    for await (const chunk of body) {
      counted.bytes += chunk.length;
      yield chunk as Buffer;
    }
  } catch (error) {
    counted.failure = error;
    throw error;
  }
}

/**
 * Tells whether a write that seems to have failed was done all the same: when an answer is lost, the
 * SDK's next try finds the key taken, by ourselves. Every attempt leaves its own mark on the object.
 * @throws the failure, if the object is not this attempt's
 */
async function ours(object: S3Object, attempt: string, failure: BackupError) {
  const found = await head(object).catch(() => {
    throw failure;
  });
  if (found.Metadata?.attempt === attempt) return found;
  throw failure;
}

async function exists(object: S3Object): Promise<boolean> {
  try {
    await head(object);
    return true;
  } catch (error) {
    if (isBackupError(error, 'not_found')) return false;
    throw error;
  }
}

async function head({ client, ...at }: S3Object): Promise<HeadObjectCommandOutput> {
  try {
    return await client.send(new HeadObjectCommand(at));
  } catch (error) {
    throw storeError(error, `look up ${nameOf(at)}`);
  }
}

function target({ Bucket, Key }: S3Object, attempt: string) {
  return { Bucket, Key, Metadata: { attempt } };
}

function etagOf({ ETag }: { ETag?: string }, object: S3Object): string {
  if (ETag) return ETag;
  throw new BackupError('store', `S3 answered for ${nameOf(object)} without an ETag.`);
}
