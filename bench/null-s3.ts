/**
 * An S3 that takes what a backup sends, counts it and throws it away. It is a process of its own, so
 * that its work is not counted as ours.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type NullObject, NullObjects } from './null-objects';

/** Manifests and pointers are read back; nobody reads an archive here. */
const KEPT_BYTES = 1024 * 1024;

export interface NullS3 {
  /** For AWS_ENDPOINT_URL_S3. */
  readonly url: string;
  stop(): void;
}

/** Starts one as a process: `program` is to call `serveNullS3` where it is given `argument`. */
export async function startNullS3(program: string, argument: string): Promise<NullS3> {
  const child: ChildProcess = fork(program, [argument]);
  const [port] = await once(child, 'message');
  return { url: `http://127.0.0.1:${port}`, stop: () => child.disconnect() };
}

/** Serves, and tells the parent process on which port; ends when that does. */
export function serveNullS3(): void {
  const objects = new NullObjects();
  const server = createServer((request, response) => {
    serve(objects, request, response).catch((error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.once('disconnect', () => process.exit());
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

interface Asked {
  readonly objects: NullObjects;
  /** With the bucket. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
}

async function serve(objects: NullObjects, request: IncomingMessage, response: ServerResponse) {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://null');
  const asked = { objects, path: decodeURIComponent(pathname), query, request };
  const { status = 200, headers = {}, body = '' } = await answer(asked);
  request.resume();
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
}

function answer(asked: Asked): Answer | Promise<Answer> {
  const { request, query } = asked;
  // The frames of such a body would be counted with it. None of ours is sent so.
  if (/aws-chunked/.test(request.headers['content-encoding'] ?? '')) return { status: 501 };
  if (request.method === 'HEAD') return head(asked);
  if (request.method === 'GET') return query.has('list-type') ? list(asked) : read(asked);
  if (request.method === 'PUT') return query.has('partNumber') ? putPart(asked) : put(asked);
  if (request.method === 'POST') return query.has('uploads') ? begin(asked) : complete(asked);
  if (request.method !== 'DELETE' || !query.has('uploadId')) return { status: 405 };
  asked.objects.abort(idOf(asked));
  return { status: 204 };
}

function head({ objects, path }: Asked): Answer {
  const object = objects.get(path);
  return object
    ? { headers: { ...headersOf(object), 'content-length': String(object.bytes) } }
    : { status: 404 };
}

function read({ objects, path, query }: Asked): Answer {
  if (query.has('uploads')) return xml('<ListMultipartUploadsResult/>');
  const object = objects.get(path);
  if (!object) return { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' };
  return object.body ? { headers: headersOf(object), body: object.body } : { status: 501 };
}

function list({ objects, path, query }: Asked): Answer {
  const bucket = `${path.replace(/\/$/, '')}/`;
  const contents = objects
    .list(bucket + (query.get('prefix') ?? ''))
    .map(
      ([key, { bytes, modified }]) =>
        `<Contents><Key>${escaped(key.slice(bucket.length))}</Key><Size>${bytes}</Size><LastModified>${modified.toISOString()}</LastModified></Contents>`,
    );
  return xml(`<ListBucketResult>${contents.join('')}</ListBucketResult>`);
}

async function put({ objects, path, query, request }: Asked): Promise<Answer> {
  const content = await swallow(request, KEPT_BYTES);
  if (query.has('tagging')) return {};
  const object = { ...content, metadata: headersStarting(request, 'x-amz-meta-') };
  return written(objects.put(path, object, request.headers));
}

function begin({ objects, request }: Asked): Answer {
  const id = objects.begin(headersStarting(request, 'x-amz-meta-'));
  return xml(
    `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
  );
}

async function putPart(asked: Asked): Promise<Answer> {
  const { objects, query, request } = asked;
  const part = Number(query.get('partNumber'));
  const { bytes } = await swallow(request, 0);
  if (!objects.addPart(idOf(asked), part, bytes)) return { status: 404 };
  // S3 gives back the checksum that it was sent, once it has found it right.
  return { headers: { etag: `"${part}"`, ...headersStarting(request, 'x-amz-checksum-') } };
}

async function complete(asked: Asked): Promise<Answer> {
  const { objects, path, request } = asked;
  await swallow(request, 0);
  const { status, headers } = written(objects.complete(path, idOf(asked), request.headers));
  if (status) return { status };
  return xml(
    `<CompleteMultipartUploadResult><ETag>${escaped(headers?.etag ?? '')}</ETag></CompleteMultipartUploadResult>`,
  );
}

function written(object: NullObject | number): Answer {
  return typeof object === 'number' ? { status: object } : { headers: { etag: object.etag } };
}

/** Reads a body to its end, and keeps it if it has at most so many bytes. */
async function swallow(request: IncomingMessage, most: number) {
  let bytes = 0;
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= most) pieces.push(piece);
  }
  return { bytes, body: bytes <= most ? Buffer.concat(pieces) : undefined };
}

const idOf = ({ query }: Asked): string => query.get('uploadId') ?? '';

function headersOf({ etag, modified, metadata }: NullObject): Record<string, string> {
  return { ...metadata, etag, 'last-modified': modified.toUTCString() };
}

function headersStarting({ headers }: IncomingMessage, start: string): Record<string, string> {
  const some = Object.entries(headers).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(some) as Record<string, string>;
}

const xml = (body: string): Answer => ({ headers: { 'content-type': 'application/xml' }, body });

const escaped = (text: string): string =>
  text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
