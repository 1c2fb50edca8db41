import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import { FILES } from '../../contract/keys';
import { readCatalog } from '../../core/catalog';
import type { S3Store } from '../../core/stores/s3';
import type { TakeOptions } from '../../core/take/job';
import { takeBackup } from '../../core/take/take';
import {
  corruptRequest,
  drop,
  dropAnswer,
  dropPart,
  error,
  errorAfter,
  okWithError,
  silence,
  truncate,
} from '../support/faults/http-faults';
import type { Fault, Recorded } from '../support/faults/http-proxy';
import { expectHelpful, failureOf } from '../support/faults/protected';
import { protectedInS3 } from '../support/faults/protected-s3';
import { serverForTests } from '../support/servers';

const server = serverForTests();
const database = protectedInS3(server);
const proxy = () => database().proxy;

const ALL = process.env.NEON_BACKUP_TEST_ALL === '1';
/** The first few, unless all tests are asked for: each is a backup taken and two read back. */
const some = <T>(cases: T[], few: number): T[] => (ALL ? cases : cases.slice(0, few));

const isPart = (number: number) => (request: Recorded) =>
  request.query.get('partNumber') === `${number}`;
const isFile = (name: string) => (request: Recorded) => request.key.endsWith(`/${name}`);
const part = (number: number) => proxy().of('UploadPart').filter(isPart(number));

/** A run that succeeds, and whose backup is what it should be. */
async function succeeds(options?: Partial<TakeOptions>): Promise<void> {
  const { id } = await database().take(options);
  expect(await database().verify(id)).toBe('VERIFIED content');
  await database().survives();
}

it('carries checksums in all that it writes, also where the settings say only when required', async () => {
  const store = database().storeWith({
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

  await succeeds({ store });

  expect(proxy().of('UploadPart')).toHaveLength(3);
  for (const { headers } of [...proxy().of('UploadPart'), ...proxy().of('PutObject')])
    expect(headers).toHaveProperty('x-amz-checksum-crc32');
  const whole = { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' };
  expect(proxy().of('CreateMultipartUpload')[0]?.headers).toMatchObject(whole);
});

describe('a part that fails', () => {
  const faults: [string, Fault][] = [
    ['503 SlowDown', error(503, 'SlowDown', { 'Retry-After': '0' })],
    ['a reset', drop],
    ['silence', silence],
    ['an answer that is lost', dropAnswer],
    ['500', error(500, 'InternalError')],
    ['503 without a word of S3', error(503, '')],
  ];

  it.each(some(faults, 2))('twice by %s is sent again, with the same bytes', async (_, fault) => {
    proxy().set({ operation: 'UploadPart', where: isPart(2), count: 2, fault });

    await succeeds();

    const sent = part(2);
    expect(sent.map(({ faulty }) => faulty)).toEqual([true, true, false]);
    const known = sent.flatMap(({ sha256 }) => sha256 ?? []);
    expect(new Set(known).size).toBe(1);
    expect(proxy().of('AbortMultipartUpload')).toEqual([]);
  });

  it.each(some(faults, 2))('for good by %s fails the run, and is aborted', async (_, fault) => {
    proxy().set({ operation: 'UploadPart', where: isPart(2), count: Infinity, fault });

    const { message } = await database().fails('store');

    expect(message).toMatch(/^Could not write s3:.*database\.dump: /);
    expect(part(2)).toHaveLength(3);
    expect(
      proxy()
        .of('AbortMultipartUpload')
        .map(({ status }) => status),
    ).toEqual([204]);
    expect(proxy().of('CompleteMultipartUpload')).toEqual([]);
  });

  it('is what the error tells, also when there is no abort either', async () => {
    proxy().set({
      ...{ operation: 'UploadPart', where: isPart(2), count: Infinity },
      fault: error(500, 'InternalError'),
    });
    proxy().set({ operation: 'AbortMultipartUpload', fault: error(403, 'AccessDenied') });

    const failure = await failureOf(take(database().store));

    expectHelpful(failure, 'store');
    expect(failure.message).toContain('InternalError');
    await expectUploadLeftAlone();
  });
});

describe('an upload whose end goes wrong', () => {
  const isArchive = isFile(FILES.archive);
  const atEnd = (fault: Fault, count = 1) =>
    proxy().set({ operation: 'CompleteMultipartUpload', where: isArchive, count, fault });

  it('is tried again when S3 says 200, and then an error', async () => {
    atEnd(okWithError('InternalError'));

    await succeeds();

    expect(
      proxy()
        .of('CompleteMultipartUpload')
        .map(({ faulty }) => faulty),
    ).toEqual([true, false]);
  });

  it('fails when S3 says so every time', async () => {
    atEnd(okWithError('InternalError'), Infinity);

    const { message } = await database().fails('store');

    expect(message).toContain('InternalError');
    expect(
      proxy()
        .of('AbortMultipartUpload')
        .map(({ status }) => status),
    ).toEqual([204]);
  });

  const lost: [string, Fault, number][] = [
    ['an answer that is lost', dropAnswer, 1],
    ['answers that are lost, all of them', dropAnswer, Infinity],
    ['a refusal of the second try', errorAfter(412, 'PreconditionFailed'), Infinity],
    ['an answer that breaks off', truncate(40), Infinity],
    ['an error after the deed', errorAfter(500, 'InternalError'), 1],
  ];
  it.each(some(lost, 2))('has succeeded for all that with %s', async (_, fault, count) => {
    atEnd(fault, count);

    await succeeds();

    expect(proxy().of('CreateMultipartUpload')).toHaveLength(1);
    expect(proxy().of('AbortMultipartUpload')).toEqual([]);
  });

  it('fails when nobody can say whether it has succeeded', async () => {
    atEnd(dropAnswer, Infinity);
    proxy().set({
      ...{ operation: 'HeadObject', nth: 2, count: 3, where: isArchive },
      fault: error(503, 'SlowDown'),
    });

    await database().fails('store');
  });

  it.each(some([2, 3, 1], 2))('fails when part %d was left out', async (number) => {
    atEnd(dropPart(number));

    const { message } = await database().fails('store');

    expect(message).toMatch(/database\.dump has \d+ of the \d+ bytes sent\.$/);
  });

  it('fails when what is there has another checksum', async () => {
    proxy().set({ operation: 'UploadPart', where: isPart(2), fault: corruptRequest(0.5) });

    const { message } = await database().fails('store');

    expect(message).toMatch(/database\.dump has another checksum than what was sent\.$/);
  });

  it.each([FILES.roles, FILES.manifest])(
    'has written %s once when its answer is lost',
    async (name) => {
      proxy().set({ operation: 'PutObject', where: isFile(name), fault: dropAnswer });

      await succeeds();

      const tries = proxy().of('PutObject').filter(isFile(name));
      expect(tries.map(({ status }) => status)).toEqual([undefined, 412]);
    },
  );

  it('is no backup when its manifest is refused', async () => {
    const fault = error(403, 'AccessDenied');
    proxy().set({ operation: 'PutObject', where: isFile(FILES.manifest), count: Infinity, fault });

    const { cure } = await database().fails('store');

    expect(cure).toContain('credentials');
  });
});

describe('credentials that expire in the middle', () => {
  const token = ({ headers }: Recorded) => headers['x-amz-security-token'];
  const hasExpired = () => proxy().of('UploadPart').length > 2;
  const expire = () =>
    proxy().set({
      where: (request) => hasExpired() && token(request) === 'first',
      count: Infinity,
      fault: error(400, 'ExpiredToken'),
    });
  const keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

  it('are no matter where they renew themselves', async () => {
    expire();
    const credentials = async () => ({
      ...keys,
      sessionToken: proxy().of('UploadPart').length > 0 ? 'second' : 'first',
      expiration: new Date(Date.now() + 60_000),
    });

    await succeeds({ store: database().storeWith({ credentials }) });

    const first = proxy().requests.findLastIndex((request) => token(request) === 'first');
    const second = proxy().requests.findIndex((request) => token(request) === 'second');
    expect([first, second]).not.toContain(-1);
  });

  it('fail the run where they do not, and what can no longer be aborted is left alone', async () => {
    expire();
    const store = database().storeWith({ credentials: { ...keys, sessionToken: 'first' } });

    const failure = await failureOf(take(store));

    expectHelpful(failure, 'store');
    expect(failure.message).toContain('ExpiredToken');
    expect(failure.cure).toContain('Sign in');
    await expectUploadLeftAlone();
  });
});

function take(store: S3Store) {
  return takeBackup({ source: database().source, store, kind: 'manual' });
}

/** Nobody sees it; it goes when the bucket's lifecycle ends it, and here the test does. */
async function expectUploadLeftAlone(): Promise<void> {
  proxy().reset();
  const left: string[] = [];
  for await (const { key } of database().store.listUnfinished('')) left.push(key);
  expect(left).toEqual([expect.stringMatching(/database\.dump\.unfinished$/)]);
  const { backups, unreadable } = await readCatalog(database().store);
  const unfinishedId = left[0]?.split('/')[2];
  expect(unreadable).toEqual([]);
  expect(backups.map(({ address }) => address.id)).not.toContain(unfinishedId);
  const [{ key: Key = '', query } = {}] = proxy().of('ListParts');
  const { client, Bucket } = database().bucket;
  const UploadId = query?.get('uploadId') ?? '';
  await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  await database().survives();
}
