import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { BackupError } from '../errors';
import { pause } from '../pause';
import { arrivedDamaged, isMismatch, RunningChecksum } from './s3-checksum';
import { nameOf, type S3Object } from './s3-client';
import { storeError } from './s3-errors';
import type { ReadOptions } from './store';

/** How often a body may break without one more byte before the read is given up. */
const BREAKS = 5;

/**
 * Reads an object. The SDK retries what fails before the first byte; a body that breaks later goes
 * on here from the byte where it broke, and only of the same version of the object. The bytes of a
 * whole object have the checksum that S3 keeps of it, however often they broke.
 */
export async function readObject(object: S3Object, options: ReadOptions) {
  const first = await get(object, options);
  const body = Readable.from(resumed(object, options, first), { objectMode: false });
  // A generator that was never started has no `finally`: the connection would stay open.
  body.once('close', () => first.body.destroy());
  return { body, version: first.etag };
}

interface Answer {
  readonly body: Readable;
  readonly bytes: number;
  readonly etag: string;
  readonly fits: (checksum: RunningChecksum) => boolean;
}

async function* resumed(object: S3Object, { start = 0, end, signal }: ReadOptions, first: Answer) {
  const stop = start + first.bytes;
  const checksum = new RunningChecksum();
  let answer = first;
  let at = start;
  // The body's next byte may be a minute away, and nobody waits for it any more.
  signal?.addEventListener('abort', () => answer.body.destroy(), { once: true });
  for (let breaks = 0; ; ) {
    try {
      for await (const chunk of answer.body) {
        at += chunk.length;
        breaks = 0;
        checksum.update(chunk);
        yield chunk as Buffer;
      }
      if (at === stop && first.fits(checksum)) return;
      throw at === stop ? arrivedDamaged(nameOf(object)) : endedEarly(object, at, stop);
    } catch (error) {
      signal?.throwIfAborted();
      // The SDK says so before it has handed out all of the bytes: the rest would look like a break.
      if (isMismatch(error)) throw arrivedDamaged(nameOf(object), error);
      if (at >= stop || ++breaks > BREAKS) throw storeError(error, `read ${nameOf(object)}`);
    }
    await pause(100 * 2 ** breaks, signal);
    answer = await get(object, { start: at, end, signal }, first.etag);
  }
}

function endedEarly(object: S3Object, at: number, stop: number): BackupError {
  return new BackupError('store', `${nameOf(object)} ended at byte ${at} of ${stop}.`, {
    cure: 'Try again; if it stays so, use an older backup.',
  });
}

async function get(object: S3Object, options: ReadOptions, IfMatch?: string): Promise<Answer> {
  const { client, Bucket, Key } = object;
  const ChecksumMode = 'ENABLED';
  try {
    const input = { Bucket, Key, IfMatch, ChecksumMode, Range: header(options) } as const;
    const sending = client.send(new GetObjectCommand(input), { abortSignal: options.signal });
    return answerOf(await sending, nameOf(object));
  } catch (error) {
    options.signal?.throwIfAborted();
    throw storeError(error, `read ${nameOf(object)}`);
  }
}

/** None for the whole object: S3 gives its checksum for whole objects only. */
function header({ start = 0, end }: ReadOptions): string | undefined {
  return start === 0 && end === undefined ? undefined : `bytes=${start}-${end ?? ''}`;
}

function answerOf(output: GetObjectCommandOutput, name: string): Answer {
  const { Body: body, ContentLength: bytes, ContentRange, ETag: etag } = output;
  if (body instanceof Readable && bytes !== undefined && etag) {
    const isWhole = ContentRange === undefined;
    return { body, bytes, etag, fits: (checksum) => !isWhole || checksum.fits(output) };
  }
  throw new BackupError('store', `S3 answered for ${name} without a body, a length or an ETag.`, {
    cure: 'Check what answers at this address: it is not like S3.',
  });
}
