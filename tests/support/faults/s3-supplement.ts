import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { parseS3Call, type S3Call, type S3Operation } from './s3-operation';

/** As far as it is used here. */
export interface S3rverStore {
  getResourcePath(bucket: string, key: string | undefined, resource: 'object' | 'uploads'): string;
  getMetadata(bucket: string, key: string): Promise<{ etag: string }>;
  putObject(object: { bucket: string; key: string }): Promise<{ size: number }>;
  putPart(
    bucket: string,
    uploadId: string,
    number: string,
    content: unknown,
  ): Promise<{ size: number }>;
  listObjects(
    bucket: string,
    options: { prefix: string; startAfter: string; maxKeys: number },
  ): Promise<{
    objects: { key: string; size: number; lastModifiedDate: Date }[];
    isTruncated: boolean;
  }>;
}

interface Context {
  readonly req: IncomingMessage;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string | undefined>;
  readonly store: S3rverStore;
  status: number;
  body: unknown;
  type: string;
  set(name: string, value: string): void;
}

export type Middleware = (context: Context, next: () => Promise<unknown>) => Promise<unknown>;

/** What s3rver lacks of S3, as far as a store needs it; it comes before s3rver's own. */
export const supplement: Middleware = async (context, next) => {
  const call = parseS3Call(context.method, context.url);
  const answer =
    (await refusal(context, call)) ??
    (await ANSWERS[call.operation as S3Operation]?.(context, call));
  if (answer) {
    context.req.resume();
    Object.assign(context, { type: 'application/xml' }, answer);
    return;
  }
  await next();
  if (isWholeRead(context)) tellChecksum(context, call);
};

interface Answer {
  readonly status: number;
  readonly body: string;
}

type Answering = (context: Context, call: S3Call) => Answer | Promise<Answer>;

const ANSWERS: Partial<Record<S3Operation, Answering>> = {
  AbortMultipartUpload: ({ store }, { bucket, query }) => {
    rmSync(uploadFolder(store, bucket, query), { recursive: true });
    return { status: 204, body: '' };
  },
  ListMultipartUploads: ({ store }, { bucket, query }) => {
    const folder = store.getResourcePath(bucket, undefined, 'uploads');
    const uploads = (existsSync(folder) ? readdirSync(folder) : []).map((id) => ({
      Key: readFileSync(join(folder, id, 'key'), 'utf8'),
      UploadId: id,
      Initiated: statSync(join(folder, id, 'key')).mtime.toISOString(),
    }));
    const prefix = query.get('prefix') ?? '';
    const found = uploads.filter(({ Key }) => Key.startsWith(prefix));
    return xml('ListMultipartUploadsResult', list('Upload', found));
  },
  ListParts: ({ store }, { bucket, query }) => {
    const folder = uploadFolder(store, bucket, query);
    const numbers = readdirSync(folder).filter((name) => /^\d+$/.test(name));
    const parts = numbers.map((number) => {
      const { size, mtime } = statSync(join(folder, number));
      return { PartNumber: number, Size: size, LastModified: mtime.toISOString() };
    });
    return xml('ListPartsResult', list('Part', parts));
  },
  // Its own page tokens need a cipher that OpenSSL 3 has no more.
  ListObjectsV2: async ({ store }, { bucket, query }) => {
    const startAfter = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString();
    const options = { prefix: query.get('prefix') ?? '', startAfter, maxKeys: 1000 };
    const { objects, isTruncated: IsTruncated } = await store.listObjects(bucket, options);
    const contents = objects.map(({ key: Key, size: Size, lastModifiedDate }) => ({
      ...{ Key, Size, LastModified: lastModifiedDate.toISOString() },
    }));
    const NextContinuationToken = Buffer.from(objects.at(-1)?.key ?? '').toString('base64');
    const page = IsTruncated ? { IsTruncated, NextContinuationToken } : { IsTruncated };
    return xml('ListBucketResult', elements(page) + list('Contents', contents));
  },
};

/** Conditions that don't hold, and uploads that are not there. */
async function refusal({ headers, store }: Context, call: S3Call): Promise<Answer | undefined> {
  const { bucket, key, query, operation } = call;
  if (query.has('uploadId') && !existsSync(uploadFolder(store, bucket, query)))
    return error(404, 'NoSuchUpload');
  if (!['PutObject', 'CompleteMultipartUpload'].includes(operation)) return undefined;
  const found = await store.getMetadata(bucket, key).catch(() => undefined);
  if (headers['if-none-match'] === '*' && found) return error(412, 'PreconditionFailed');
  if (headers['if-match'] === undefined || headers['if-match'] === found?.etag) return undefined;
  return found ? error(412, 'PreconditionFailed') : error(404, 'NoSuchKey');
}

function uploadFolder(store: S3rverStore, bucket: string, query: URLSearchParams): string {
  const uploads = store.getResourcePath(bucket, undefined, 'uploads');
  return join(uploads, query.get('uploadId') ?? '');
}

function isWholeRead({ method, status, headers }: Context): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && status === 200 && headers['x-amz-checksum-mode'] === 'ENABLED';
}

/** Of what is at rest now: a server that notices rot by itself hands out nothing at all. */
function tellChecksum(context: Context, { bucket, key }: S3Call): void {
  const { store } = context;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(readFileSync(store.getResourcePath(bucket, key, 'object'))));
  context.set('x-amz-checksum-crc32', bytes.toString('base64'));
  context.set('x-amz-checksum-type', 'FULL_OBJECT');
}

function error(status: number, Code: string): Answer {
  return { ...xml('Error', elements({ Code, Message: `This is ${Code}.` })), status };
}

function xml(root: string, content: string): Answer {
  return { status: 200, body: `<?xml version="1.0"?>\n<${root}>${content}</${root}>` };
}

function list(name: string, items: object[]): string {
  return items.map((item) => `<${name}>${elements(item)}</${name}>`).join('');
}

function elements(values: object): string {
  return Object.entries(values)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('');
}
