/** What a request asks of S3. */
export interface S3Call {
  /** By the name that S3's reference gives it: `UploadPart`. */
  readonly operation: string;
  readonly bucket: string;
  /** Decoded; empty where the bucket itself is meant. */
  readonly key: string;
  readonly query: URLSearchParams;
}

/** Method, what is meant, and the query's word that tells one from another: the first that fits. */
const OPERATIONS = [
  ['GET', 'bucket', 'uploads', 'ListMultipartUploads'],
  ['GET', 'bucket', 'list-type', 'ListObjectsV2'],
  ['HEAD', 'bucket', '', 'HeadBucket'],
  ['POST', 'object', 'uploads', 'CreateMultipartUpload'],
  ['PUT', 'object', 'partNumber', 'UploadPart'],
  ['POST', 'object', 'uploadId', 'CompleteMultipartUpload'],
  ['DELETE', 'object', 'uploadId', 'AbortMultipartUpload'],
  ['GET', 'object', 'uploadId', 'ListParts'],
  ['PUT', 'object', 'tagging', 'PutObjectTagging'],
  ['GET', 'object', 'tagging', 'GetObjectTagging'],
  ['PUT', 'object', '', 'PutObject'],
  ['GET', 'object', '', 'GetObject'],
  ['HEAD', 'object', '', 'HeadObject'],
  ['DELETE', 'object', '', 'DeleteObject'],
] as const;

export type S3Operation = (typeof OPERATIONS)[number][3];

/** Reads a request by path (`/bucket/key?query`), as clients of servers of one's own send them. */
export function parseS3Call(method = '', url = ''): S3Call {
  const { pathname, searchParams: query } = new URL(url, 'http://s3');
  const [, bucket = '', ...segments] = pathname.split('/');
  const key = segments.map(decodeURIComponent).join('/');
  const meant = key === '' ? 'bucket' : 'object';
  const found = OPERATIONS.find(
    ([verb, what, word]) => verb === method && what === meant && (word === '' || query.has(word)),
  );
  return { operation: found?.[3] ?? `${method} ${meant}`, bucket, key, query };
}
