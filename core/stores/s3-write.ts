import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { REPLACED_TAG, TAG_VALUE } from '../../contract/tags';
import { BackupError } from '../errors';
import { exists, head, ours, target } from './s3-attempt';
import { nameOf, type S3Object } from './s3-client';
import { storeError } from './s3-errors';
import { type Sent, upload } from './s3-upload';
import type { PutOptions } from './store';

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
export async function putObject(
  object: S3Object,
  body: Readable | Buffer,
  { expectedBytes, signal }: PutOptions = {},
) {
  if (await exists(object)) throw taken(object);
  const attempt = randomUUID();
  const sent = await upload(object, body, attempt, partBytes(expectedBytes), signal);
  await confirm(object, sent, attempt);
  return sent.bytes;
}

/** S3 makes an object of whatever parts it is told of: that all are in it has to be asked. */
async function confirm(object: S3Object, { bytes, checksum }: Sent, attempt: string) {
  const kept = await head(object, 'ENABLED');
  // Where a server ignores the condition, the last one to finish wins, and the others are told.
  if (kept.Metadata?.attempt !== attempt) throw taken(object);
  if (kept.ContentLength !== bytes)
    throw notKept(object, `has ${kept.ContentLength} of the ${bytes} bytes sent`);
  if (!checksum.fits(kept)) throw notKept(object, 'has another checksum than what was sent');
}

function notKept(object: S3Object, what: string): BackupError {
  return new BackupError('store', `${nameOf(object)} ${what}.`, {
    cure: 'Try again; if it stays so, look at what is between this machine and S3.',
  });
}

function taken(object: S3Object): BackupError {
  return new BackupError('exists', `${nameOf(object)} exists already.`, {
    cure: 'Try again; what was there has not changed.',
  });
}

const REPLACED = `${REPLACED_TAG}=${TAG_VALUE}`;

/** Replaces an object of a known version, or makes it if the version is undefined. */
export async function swapObject(object: S3Object, bytes: Buffer, version: string | undefined) {
  const attempt = randomUUID();
  const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version };
  const input = { ...target(object, attempt), ...condition, Tagging: REPLACED, Body: bytes };
  try {
    return etagOf(await object.client.send(new PutObjectCommand(input)), object);
  } catch (error) {
    const found = await ours(object, attempt);
    if (!found) throw asChanged(storeError(error, `write ${nameOf(object)}`));
    return etagOf(found, object);
  }
}

/** What is gone is no longer of the version given. */
function asChanged(failure: BackupError): BackupError {
  const { reason, message, cause } = failure;
  return reason === 'not_found' ? new BackupError('exists', message, { cause }) : failure;
}

function etagOf({ ETag }: { ETag?: string }, object: S3Object): string {
  if (ETag) return ETag;
  throw new BackupError('store', `S3 answered for ${nameOf(object)} without an ETag.`);
}
