import { createHash, randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import {
  CreateMultipartUploadCommand,
  GetObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { REPLACED_TAG, RETIRED_TAGS } from '../../contract/tags';
import { S3Store } from '../../core/stores/s3';
import { s3Client } from '../../core/stores/s3-client';
import type { StoredObject } from '../../core/stores/store';
import { accountForTests } from '../support/aws-account';
import { makeVault, versionsIn } from '../support/aws-resources';
import { type Answers, watchAnswers } from '../support/aws-traffic';
import { describeStore } from '../support/store-contract';
import { until } from '../support/until';

const MIB = 1024 * 1024;
const PREFIX = 'some/prefix/';
const BACKUP = 'app/daily/20261123T020000Z-k3f9/';
const KEY = `${BACKUP}file`;
const TWO_PARTS = { expectedBytes: 9 * MIB };

const account = accountForTests();
let client: S3Client;
let answers: Answers;
let Bucket: string;
let store: S3Store;

async function openStore(): Promise<S3Store> {
  client = s3Client();
  answers = watchAnswers(client);
  Bucket = await makeVault(account());
  store = new S3Store(`s3://${Bucket}/${PREFIX}`, client);
  return store;
}

afterEach(async () => {
  const deletions = answers.seen.filter(({ command }) => command.startsWith('Delete'));
  const { markers } = await versionsIn(account(), Bucket);
  expect([...deletions, ...markers]).toEqual([]);
  client.destroy();
});

describeStore('S3 with versions and a default lock', openStore, { retires: 'marks' });

describe('put', () => {
  beforeEach(openStore);

  it('lets one of two uploads win that began on the same free key', async () => {
    const bodies = [randomBytes(9 * MIB), randomBytes(9 * MIB)] as const;
    const uploads = bodies.map((bytes) => begin(bytes));
    await until(async () => (await all(store.listUnfinished(''))).length === 2);

    for (const { body } of uploads) body.end();

    const results = await Promise.allSettled(uploads.map(({ put }) => put));
    expect(results).toContainEqual({ status: 'fulfilled', value: 9 * MIB });
    expect(results).toContainEqual({
      status: 'rejected',
      reason: expect.objectContaining({ reason: 'exists' }),
    });
    expect(answers.statusesOf('CompleteMultipartUpload').sort()).toEqual([200, 412]);
    const [winner] = bodies.filter((_, index) => results[index]?.status === 'fulfilled');
    expect(await stored()).toEqual([winner].map(digest));
    expect(await all(store.listUnfinished(''))).toEqual([]);
  });

  it.each([
    ['of one piece', 'PutObject', 1000],
    ['of parts', 'CompleteMultipartUpload', 9 * MIB],
  ])('takes an upload %s for done when the answer to it was lost', async (_, command, size) => {
    const bytes = randomBytes(size);
    answers.lose(command);

    expect(await store.put(KEY, Readable.from([bytes]), { expectedBytes: size })).toBe(size);

    expect(answers.statusesOf(command).length).toBeGreaterThan(1);
    expect(await stored()).toEqual([digest(bytes)]);
  });

  it('sends parts that S3 takes under a lock, whatever the settings say of checksums', async () => {
    const config = { ...account().config(), forcePathStyle: true };
    const sparing = new S3Client({ ...config, requestChecksumCalculation: 'WHEN_REQUIRED' });
    const upload = { Bucket, Key: 'bare' };
    const { UploadId } = await sparing.send(new CreateMultipartUploadCommand(upload));
    const part = { ...upload, UploadId, PartNumber: 1, Body: randomBytes(MIB) };
    const refused = { $metadata: { httpStatusCode: 400 } };
    await expect(sparing.send(new UploadPartCommand(part))).rejects.toMatchObject(refused);

    const put = new S3Store(store.url, sparing).put(KEY, randomBytes(9 * MIB), TWO_PARTS);

    await expect(put).resolves.toBe(9 * MIB);
  });

  it('makes no version where it is refused', async () => {
    await store.put(KEY, Buffer.from('first'));

    await expect(store.put(KEY, Buffer.from('second'))).rejects.toMatchObject({ reason: 'exists' });

    expect(await stored()).toEqual([digest('first')]);
  });
});

describe('swap', () => {
  beforeEach(openStore);

  it('marks what may be replaced, and put marks no data: only former versions of the first ever go', async () => {
    await store.swap(KEY, Buffer.from('a'), undefined);
    await store.put(`${BACKUP}data`, Readable.from([Buffer.from('b')]));

    expect(await tagsOf(KEY)).toEqual([{ Key: REPLACED_TAG, Value: 'true' }]);
    expect(await tagsOf(`${BACKUP}data`)).toEqual([]);
  });

  it('keeps what it replaced as an older version', async () => {
    const first = await store.swap(KEY, Buffer.from('1'), undefined);
    await store.swap(KEY, Buffer.from('2'), first);

    expect(await stored()).toEqual(['2', '1'].map(digest));
  });

  it.each([['an old version', true] as const, ['a key that is taken', false] as const])(
    'is refused by S3 itself for %s, and makes no version',
    async (_, known) => {
      const first = await store.swap(KEY, Buffer.from('1'), undefined);
      await store.swap(KEY, Buffer.from('2'), first);

      const late = store.swap(KEY, Buffer.from('3'), known ? first : undefined);

      await expect(late).rejects.toMatchObject({ reason: 'exists' });
      expect(answers.statusesOf('PutObject')).toEqual([200, 200, 412]);
      expect(await stored()).toEqual(['2', '1'].map(digest));
    },
  );

  it('takes a swap for done when the answer to it was lost', async () => {
    const first = await store.swap(KEY, Buffer.from('1'), undefined);
    answers.lose('PutObject');

    const second = await store.swap(KEY, Buffer.from('2'), first);

    expect(answers.statusesOf('PutObject')).toEqual([200, 200, 412]);
    expect(await store.readSmall(KEY)).toEqual({ bytes: Buffer.from('2'), version: second });
  });
});

describe('retire', () => {
  beforeEach(openStore);

  it.each(RETIRED_TAGS)(
    'writes the tag %s that the lifecycle looks for, and no other',
    async (tag) => {
      const files = ['database.dump', 'manifest.json'];
      for (const file of files) await store.put(BACKUP + file, Buffer.from(file));

      await store.retire(BACKUP, tag);

      for (const file of files) {
        expect(await tagsOf(`${BACKUP}${file}`)).toEqual([{ Key: tag, Value: 'true' }]);
      }
      expect(await stored()).toEqual(files.map(digest));
    },
  );
});

async function tagsOf(key: string) {
  const Key = `${PREFIX}${key}`;
  return (await client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
}

/** An upload whose bytes are all on their way, and whose end is not. */
function begin(bytes: Buffer) {
  const body = new PassThrough();
  body.write(bytes);
  return { body, put: store.put(KEY, body, { expectedBytes: bytes.length }) };
}

/** Every version of everything, as digests: by key, and then the newest first. */
async function stored(): Promise<string[]> {
  return (await versionsIn(account(), Bucket)).versions.map(({ bytes }) => digest(bytes));
}

function digest(bytes: Buffer | string = ''): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function all(objects: AsyncIterable<StoredObject>): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of objects) found.push(object);
  return found;
}
