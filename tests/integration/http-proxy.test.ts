import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  corrupt,
  corruptRequest,
  drop,
  dropAnswer,
  dropPart,
  error,
  errorAfter,
  hide,
  hold,
  okWithError,
  silence,
  slow,
  stall,
  truncate,
} from '../support/faults/http-faults';
import { type Fault, type HttpProxy, startHttpProxy } from '../support/faults/http-proxy';
import { parseS3Call, type S3Operation } from '../support/faults/s3-operation';
import { until } from '../support/until';

const ANSWER = randomBytes(10_000);

/** What reached the server behind. */
const arrived: { message: IncomingMessage; body: Buffer }[] = [];
let server: Server;
let proxy: HttpProxy;
let answer = ANSWER;

beforeAll(async () => {
  server = createServer(async (message, response) => {
    arrived.push({ message, body: await buffer(message) });
    response.writeHead(200, { 'Content-Length': answer.length, ETag: '"abc"' }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await startHttpProxy((server.address() as AddressInfo).port);
});
beforeEach(() => {
  proxy.reset();
  arrived.length = 0;
  answer = ANSWER;
});
afterAll(async () => {
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

const get = (init?: RequestInit) => fetch(`${proxy.url}/vault/a/b`, init);
const set = (fault: Fault, operation: S3Operation = 'GetObject') => proxy.set({ operation, fault });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

it('passes everything on byte for byte, under the very headers that were signed', async () => {
  const chunked = '400;chunk-signature=abc\r\nnot really\r\n0;chunk-signature=def\r\n\r\n';
  const headers = {
    'Content-Encoding': 'aws-chunked',
    'X-Amz-Decoded-Content-Length': '1024',
    Authorization: 'AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y',
  };
  const url = `${proxy.url}/vault/a%20b/c?partNumber=2&uploadId=u%2Fv&x-id=UploadPart`;

  const response = await fetch(url, { method: 'PUT', body: chunked, headers });

  expect((await bytesOf(response)).equals(ANSWER)).toBe(true);
  expect(response.headers.get('etag')).toBe('"abc"');
  const [{ message, body } = { message: undefined, body: undefined }] = arrived;
  expect(body?.toString()).toBe(chunked);
  expect(message?.url).toBe('/vault/a%20b/c?partNumber=2&uploadId=u%2Fv&x-id=UploadPart');
  expect(message?.headers).toMatchObject({
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '1024',
    'content-length': `${chunked.length}`,
    authorization: headers.Authorization,
    host: proxy.url.replace('http://', ''),
  });
  expect(proxy.requests).toEqual([
    expect.objectContaining({ operation: 'UploadPart', key: 'a b/c', status: 200, faulty: false }),
  ]);
  expect(proxy.requests[0]?.sha256).toBe(createHash('sha256').update(chunked).digest('hex'));
});

it.each([
  ['GET', '/vault?list-type=2&prefix=a', 'ListObjectsV2'],
  ['GET', '/vault/?uploads&prefix=a', 'ListMultipartUploads'],
  ['HEAD', '/vault', 'HeadBucket'],
  ['POST', '/vault/a?uploads=', 'CreateMultipartUpload'],
  ['PUT', '/vault/a?partNumber=1&uploadId=u', 'UploadPart'],
  ['POST', '/vault/a?uploadId=u', 'CompleteMultipartUpload'],
  ['DELETE', '/vault/a?uploadId=u', 'AbortMultipartUpload'],
  ['GET', '/vault/a?uploadId=u', 'ListParts'],
  ['PUT', '/vault/a?tagging', 'PutObjectTagging'],
  ['GET', '/vault/a?tagging', 'GetObjectTagging'],
  ['PUT', '/vault/a?x-id=PutObject', 'PutObject'],
  ['GET', '/vault/a/b', 'GetObject'],
  ['HEAD', '/vault/a/b', 'HeadObject'],
  ['DELETE', '/vault/a/b', 'DeleteObject'],
])('knows %s %s for %s', (method, url, operation) => {
  expect(parseS3Call(method, url).operation).toBe(operation);
});

it('applies a rule to the requests it counts, and to no other', async () => {
  const fault = error(503, 'SlowDown', { 'Retry-After': '7' });
  proxy.set({ operation: 'GetObject', nth: 2, count: 2, fault });

  const answers = [];
  for (let n = 0; n < 4; n++) answers.push(await get());
  const other = await fetch(`${proxy.url}/vault/a`, { method: 'PUT' });

  expect(answers.map(({ status }) => status)).toEqual([200, 503, 503, 200]);
  expect(answers[1]?.headers.get('retry-after')).toBe('7');
  expect(await answers[1]?.text()).toContain('<Code>SlowDown</Code>');
  expect(other.status).toBe(200);
  expect(proxy.of('GetObject').map(({ faulty }) => faulty)).toEqual([false, true, true, false]);
  expect(arrived).toHaveLength(3);
});

it.each([
  ['drop', drop, 0],
  ['drop the answer', dropAnswer, 1],
  ['truncate', truncate(4000), 1],
])('%s: the client has no whole answer', async (_, fault, reached) => {
  set(fault);

  await expect(get().then(bytesOf)).rejects.toThrow();

  expect(arrived).toHaveLength(reached);
});

it.each([
  ['silence', silence],
  ['stall', stall(4000)],
])('%s: the client waits', async (_, fault) => {
  set(fault);
  const giveUp = new AbortController();
  const waiting = get({ signal: giveUp.signal }).then(bytesOf);
  await until(() => proxy.requests[0]?.sha256 !== undefined);
  giveUp.abort();

  await expect(waiting).rejects.toThrow(/abort/);
});

it('hold: nothing happens until the test says so', async () => {
  const open = Promise.withResolvers<void>();
  set(hold(open.promise));
  const waiting = get();
  await until(() => proxy.requests.length === 1);
  expect(arrived).toHaveLength(0);
  open.resolve();

  expect((await waiting).status).toBe(200);
});

it('slow: all bytes come, later', async () => {
  set(slow(100_000));
  const before = performance.now();

  expect((await bytesOf(await get())).equals(ANSWER)).toBe(true);

  expect(performance.now() - before).toBeGreaterThan(90);
});

it('corrupt: one bit of the answer, or of the request, is another', async () => {
  set(corrupt(0.5));
  const body = await bytesOf(await get());
  expect(body.length).toBe(ANSWER.length);
  expect([...body].filter((byte, at) => byte !== ANSWER[at])).toHaveLength(1);

  set(corruptRequest(1), 'PutObject');
  await fetch(`${proxy.url}/vault/a`, { method: 'PUT', body: 'abc' });
  expect(arrived.at(-1)?.body.toString()).toBe('abs');
});

it('an error after the deed, and one that looks like success', async () => {
  set(errorAfter(500, 'InternalError'), 'PutObject');
  expect((await fetch(`${proxy.url}/vault/a`, { method: 'PUT' })).status).toBe(500);
  expect(arrived).toHaveLength(1);

  set(okWithError('InternalError'), 'CompleteMultipartUpload');
  const complete = await fetch(`${proxy.url}/vault/a?uploadId=u`, { method: 'POST', body: 'x' });
  expect(complete.status).toBe(200);
  expect(await complete.text()).toMatch(/^\s+<\?xml.*<Error><Code>InternalError<.*<\/Error>$/s);
  expect(arrived).toHaveLength(1);
});

it('leaves a part out of the list, and a key out of another', async () => {
  const part = (n: number) => `<Part><ETag>"${n}"</ETag><PartNumber>${n}</PartNumber></Part>`;
  set(dropPart(2), 'CompleteMultipartUpload');
  const body = `<C>${part(1)}${part(2)}${part(12)}</C>`;
  await fetch(`${proxy.url}/vault/a?uploadId=u`, { method: 'POST', body });
  expect(arrived[0]?.body.toString()).toBe(`<C>${part(1)}${part(12)}</C>`);

  const item = (key: string) => `<Contents><Size>1</Size><Key>${key}</Key></Contents>`;
  answer = Buffer.from(`<L>${item('a/1')}${item('a/2')}</L>`);
  set(hide(/2$/), 'ListObjectsV2');
  const listed = await fetch(`${proxy.url}/vault?list-type=2`);
  expect(await listed.text()).toBe(`<L>${item('a/1')}</L>`);
});
