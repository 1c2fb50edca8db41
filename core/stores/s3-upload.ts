import { Readable } from 'node:stream';
import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { ours, target } from './s3-attempt';
import { RunningChecksum } from './s3-checksum';
import { nameOf, type S3Object } from './s3-client';
import { storeError } from './s3-errors';

/** Parts larger than this go two at a time: each is in memory until S3 has taken it. */
const LARGE = 16 * 1024 * 1024;

/**
 * Sends a stream in parts, several at a time, each with its checksum; nothing is under the key before
 * the last. What fails is aborted.
 * @throws what the body failed with, else a BackupError
 */
export async function upload(
  object: S3Object,
  body: Readable | Buffer,
  attempt: string,
  partSize: number,
  signal?: AbortSignal,
): Promise<Sent> {
  const counted = count(body);
  const uploading = new Upload({
    client: object.client,
    params: {
      ...target(object, attempt),
      ...{ ChecksumType: 'FULL_OBJECT', IfNoneMatch: '*', Body: counted.body },
    },
    partSize,
    queueSize: partSize > LARGE ? 2 : 3,
    // Its own abort would throw in the place of what failed.
    leavePartsOnError: true,
  });
  // Parts that S3 does not answer for hold up what reads the body, which then can't fail any more.
  const giveUp = () => void uploading.abort();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    signal?.throwIfAborted();
    await uploading.done();
  } catch (error) {
    const failure = counted.failure ?? (signal?.aborted ? signal.reason : undefined);
    const done = failure === undefined && (await ours(object, attempt));
    if (!done) await abort(object, uploading.uploadId);
    if (failure !== undefined) throw failure;
    if (!done) throw storeError(error, `write ${nameOf(object)}`);
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  return counted;
}

/** What can't be aborted now is left to the bucket's lifecycle. */
async function abort({ client, Bucket, Key }: S3Object, UploadId: string | undefined) {
  if (UploadId === undefined) return;
  const command = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
  await client.send(command).catch(() => undefined);
}

/** The body, what of it has passed, and what it failed with, which is no failure of the store. */
export interface Sent {
  body: Readable | Buffer;
  bytes: number;
  readonly checksum: RunningChecksum;
  failure: unknown;
}

function count(body: Readable | Buffer): Sent {
  const counted = { body, bytes: 0, checksum: new RunningChecksum(), failure: undefined };
  if (Buffer.isBuffer(body)) add(counted, body);
  else counted.body = Readable.from(pass(body, counted), { objectMode: false });
  return counted;
}

function add(counted: Sent, bytes: Buffer): void {
  counted.bytes += bytes.length;
  counted.checksum.update(bytes);
}

async function* pass(body: Readable, counted: Sent) {
  try {
    for await (const chunk of body) {
      add(counted, chunk);
      yield chunk as Buffer;
    }
  } catch (error) {
    counted.failure = error;
    throw error;
  }
}
