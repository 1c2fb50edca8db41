import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { BackupError } from '../errors';
import { economize } from './s3-parts';

/** One object, and how to reach it. */
export interface S3Object {
  readonly client: S3Client;
  readonly Bucket: string;
  readonly Key: string;
}

export interface S3Location {
  readonly bucket: string;
  /** Empty, or ending in a slash. */
  readonly prefix: string;
}

/** How a message names an object. */
export function nameOf({ Bucket, Key }: Omit<S3Object, 'client'>): string {
  return `s3://${Bucket}/${Key}`;
}

/**
 * Splits `s3://bucket/prefix`.
 * @throws BackupError `usage` if it is anything else
 */
export function parseS3Url(url: string): S3Location {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([^?#]*))?$/.exec(url);
  if (!match?.[1])
    throw new BackupError('usage', `"${url}" does not name a place in S3.`, {
      cure: 'Write it as s3://bucket or s3://bucket/prefix.',
    });
  const prefix = (match[2] ?? '').replace(/^\/+|\/+$/g, '');
  return { bucket: match[1], prefix: prefix && `${prefix}/` };
}

/** How long a connection may take, and how long nothing may move on it, also within a body. */
const TIME_LIMITS = { connectionTimeout: 10_000, socketTimeout: 60_000 };

/**
 * A client by the standard AWS settings. A server of one's own (`AWS_ENDPOINT_URL` or
 * `AWS_ENDPOINT_URL_S3`) is asked by path, since few of them answer for `bucket.host` names.
 * @param more what shall be otherwise
 */
export function s3Client(
  environment: NodeJS.ProcessEnv = process.env,
  more: S3ClientConfig = {},
): S3Client {
  const own = environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL;
  const client = new S3Client({
    forcePathStyle: own !== undefined,
    followRegionRedirects: true,
    maxAttempts: 5,
    requestHandler: TIME_LIMITS,
    // Whatever the environment says: no byte goes or comes unchecked.
    requestChecksumCalculation: 'WHEN_SUPPORTED',
    responseChecksumValidation: 'WHEN_SUPPORTED',
    ...more,
  });
  economize(client);
  return client;
}
