import {
  type ChecksumMode,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { isBackupError } from '../errors';
import { CHECKSUM } from './s3-checksum';
import { nameOf, type S3Object } from './s3-client';
import { storeError } from './s3-errors';

/** What every write says, whatever it writes: its own mark, by which it knows its object again. */
export function target({ Bucket, Key }: S3Object, attempt: string) {
  return { Bucket, Key, Metadata: { attempt }, ...CHECKSUM };
}

/**
 * The object, if it is what this attempt wrote: when an answer is lost, the SDK's next try finds the
 * key taken, by ourselves. Every attempt leaves its own mark on the object.
 */
export async function ours(object: S3Object, attempt: string) {
  const found = await head(object).catch(() => undefined);
  return found?.Metadata?.attempt === attempt ? found : undefined;
}

export async function exists(object: S3Object): Promise<boolean> {
  try {
    await head(object);
    return true;
  } catch (error) {
    if (isBackupError(error, 'not_found')) return false;
    throw error;
  }
}

/** What S3 says of an object; its checksum where `ChecksumMode` asks for it. */
export async function head(
  { client, ...at }: S3Object,
  ChecksumMode?: ChecksumMode,
): Promise<HeadObjectCommandOutput> {
  try {
    return await client.send(new HeadObjectCommand({ ...at, ChecksumMode }));
  } catch (error) {
    throw storeError(error, `look up ${nameOf(at)}`);
  }
}
