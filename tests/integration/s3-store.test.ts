import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GetObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import S3rver from 's3rver';
import { S3Store } from '../../core/stores/s3';
import { s3Client } from '../../core/stores/s3-client';
import { partBytes } from '../../core/stores/s3-write';

const MIB = 1024 * 1024;
const BACKUP = 'circuitiq/daily/20261123T020000Z-k3f9/';

/** What the way to the server does with a request: nothing, or an answer of its own. */
type Fault = (message: IncomingMessage, answer: ServerResponse, pass: () => void) => void;
const undisturbed: Fault = (_message, _answer, pass) => pass();

let directory: string;
let s3: S3rver;
let way: Server;
let client: S3Client;
let store: S3Store;
let fault: Fault;
const seen: string[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 's3-store-'));
  const configureBuckets = [{ name: 'vault', configs: [] }];
  const options = { port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets };
  s3 = new S3rver(options);
  const { port } = await s3.run();
  way = createServer((message, answer) => {
    seen.push(`${message.method} ${message.url}`);
    fault(message, answer, () => forward(port, message, answer));
  });
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
  // As the product makes it, but for where it leads.
  client = s3Client(
    {},
    {
      endpoint: `http://127.0.0.1:${(way.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
      forcePathStyle: true,
      maxAttempts: 3,
    },
  );
});

beforeEach(() => {
  fault = undisturbed;
  seen.length = 0;
  store = new S3Store(`s3://vault/${randomBytes(4).toString('hex')}/`, client);
});

afterAll(async () => {
  client.destroy();
  await new Promise((resolve) => way.close(resolve));
  await s3.close();
  rmSync(directory, { recursive: true });
});

describe('put', () => {
  it.each([
    ['a buffer', 10, (bytes: Buffer) => bytes],
    ['nothing at all', 0, (bytes: Buffer) => bytes],
    ['a stream smaller than a part', MIB, stream],
    ['a stream of several parts', 20 * MIB + 7, stream],
  ])('stores %s and counts it', async (_what, size, body) => {
    const bytes = randomBytes(size);

    await expect(store.put('a/b', body(bytes), { expectedBytes: size })).resolves.toBe(size);

    const stored = Buffer.concat(await (await store.read('a/b')).toArray());
    expect(stored.equals(bytes)).toBe(true);
  });

  it('lets S3 check every part, and asks for a free key at the end', async () => {
    const headers: Record<string, IncomingMessage['headers']> = {};
    fault = (message, _answer, pass) => {
      headers[`${message.method}${/uploadId/.test(message.url ?? '') ? ' part' : ''}`] =
        message.headers;
      pass();
    };

    await store.put('a/b', stream(randomBytes(9 * MIB)), { expectedBytes: 9 * MIB });

    expect(headers['PUT part']).toHaveProperty('x-amz-checksum-crc32');
    expect(headers['PUT part']).toHaveProperty('x-amz-content-sha256', 'UNSIGNED-PAYLOAD');
    expect(headers['PUT part']?.authorization).toMatch(/SignedHeaders=[^,]*x-amz-checksum-crc32/);
    expect(headers['POST part']).toHaveProperty('if-none-match', '*');
  });

  it('refuses a key that is taken, and leaves what is there', async () => {
    await store.put('a/b', Buffer.from('first'));

    await expect(store.put('a/b', Buffer.from('second'))).rejects.toMatchObject({
      reason: 'exists',
    });

    expect((await store.readSmall('a/b')).bytes.toString()).toBe('first');
  });

  it.each([1, 3 * 8 * MIB])(
    'leaves nothing of a stream that fails after %d bytes',
    async (size) => {
      const broken = Readable.from(
        (async function* () {
          yield randomBytes(size);
          throw new Error('pg_dump died');
        })(),
      );

      await expect(store.put('a/b', broken, { expectedBytes: size })).rejects.toThrow(
        'pg_dump died',
      );

      await expect(keys('')).resolves.toEqual([]);
      expect(abortedUploads()).toBe(startedUploads());
    },
  );

  it('aborts and says so when a part is refused for good', async () => {
    fault = (message, answer, pass) =>
      message.url?.includes('partNumber=2') ? answer.writeHead(503).end() : pass();

    const failure = store.put('a/b', stream(randomBytes(20 * MIB)), { expectedBytes: 20 * MIB });

    await expect(failure).rejects.toMatchObject({ reason: 'store' });
    expect(seen.filter((line) => line.includes('partNumber=2'))).toHaveLength(3);
    expect(startedUploads()).toBe(1);
    expect(abortedUploads()).toBe(startedUploads());
  });

  it('takes a write for done whose answer was lost', async () => {
    fault = loseFirstAnswer('PUT');

    await expect(store.put('a/b', Buffer.from('once'))).resolves.toBe(4);
  });

  it('does not take the write of another for its own', async () => {
    fault = (message, answer, pass) => {
      if (message.method !== 'PUT' || seen.some((line) => line.endsWith('-other'))) return pass();
      seen.push('-other');
      void new S3Store(store.url, client)
        .swap('a/b', Buffer.from('other'), undefined)
        .then(() => answer.writeHead(412).end());
    };

    await expect(store.put('a/b', Buffer.from('mine'))).rejects.toMatchObject({ reason: 'exists' });
  });

  it('fails when the store has fewer bytes than were sent', async () => {
    fault = answerHeadAfterPut((attempt) => ({
      'content-length': 3,
      'x-amz-meta-attempt': attempt,
    }));

    const failure = store.put('a/b', Buffer.from('whole'));

    await expect(failure).rejects.toThrow(/has 3 of the 5 bytes sent/);
  });

  it('says so when a server let another write end over this one', async () => {
    fault = answerHeadAfterPut(() => ({ 'content-length': 5, 'x-amz-meta-attempt': 'other' }));

    const failure = store.put('a/b', Buffer.from('whole'));

    await expect(failure).rejects.toMatchObject({ reason: 'exists' });
  });
});

describe('partBytes', () => {
  const TIB = 1024 ** 4;
  it.each([
    [0, 8 * MIB],
    [10 * 1024 * MIB, 8 * MIB],
    [undefined, 16 * MIB],
    [TIB, 210 * MIB],
  ])('for %p bytes is %d', (expected, size) => {
    expect(partBytes(expected)).toBe(size);
  });
});

describe('read', () => {
  const bytes = randomBytes(3 * MIB);
  beforeEach(() => store.put('a/b', bytes));

  it('gives a range, both ends included', async () => {
    const body = await store.read('a/b', { start: 10, end: 19 });

    expect(Buffer.concat(await body.toArray())).toEqual(bytes.subarray(10, 20));
  });

  it('goes on from the byte where a download broke', async () => {
    let cuts = 0;
    fault = (message, answer, pass) => {
      if (message.method !== 'GET' || ++cuts > 2) return pass();
      const start = Number(/bytes=(\d+)/.exec(message.headers.range ?? '')?.[1] ?? 0);
      answer.writeHead(start ? 206 : 200, { 'content-length': bytes.length - start, etag: '"x"' });
      answer.write(bytes.subarray(start, start + MIB), () => answer.destroy());
    };

    const body = await store.read('a/b');

    expect(Buffer.concat(await body.toArray()).equals(bytes)).toBe(true);
    expect(seen.filter((line) => line.startsWith('GET'))).toHaveLength(3);
  });

  it('gives up a download that breaks again and again', async () => {
    fault = (_message, answer) => {
      answer.writeHead(200, { 'content-length': bytes.length, etag: '"x"' });
      answer.flushHeaders();
      setImmediate(() => answer.destroy());
    };

    const body = await store.read('a/b');

    await expect(body.toArray()).rejects.toMatchObject({ reason: 'store' });
  });

  it('says what is not there', async () => {
    await expect(store.read('a/nothing')).rejects.toMatchObject({ reason: 'not_found' });
    await expect(store.readSmall('a/nothing')).rejects.toMatchObject({ reason: 'not_found' });
  });

  it('does not call a bucket that is not there an absent backup', async () => {
    const elsewhere = new S3Store('s3://no-such-bucket', client);

    await expect(elsewhere.read('a')).rejects.toMatchObject({ reason: 'store' });
  });
});

describe('swap', () => {
  it('hands back the version that the next read shows', async () => {
    const version = await store.swap('slot.json', Buffer.from('1'), undefined);

    await expect(store.readSmall('slot.json')).resolves.toEqual({
      bytes: Buffer.from('1'),
      version,
    });
  });

  it('calls it "exists" when what was to be replaced is gone', async () => {
    fault = (_message, answer) => answer.writeHead(404).end();

    const failure = store.swap('slot.json', Buffer.from('2'), '"abc"');

    await expect(failure).rejects.toMatchObject({ reason: 'exists' });
  });

  it.each([
    [undefined, 'if-none-match', '*'],
    ['"abc"', 'if-match', '"abc"'],
  ])('of version %p sends %s, and calls a refusal "exists"', async (version, name, value) => {
    let sent: unknown;
    fault = (message, answer, pass) => {
      if (message.method !== 'PUT') return pass();
      sent = message.headers[name];
      answer.writeHead(412).end();
    };

    const failure = store.swap('slot.json', Buffer.from('2'), version);

    await expect(failure).rejects.toMatchObject({ reason: 'exists' });
    expect(sent).toBe(value);
  });
});

describe('list', () => {
  it('names what is below its own prefix, in the order of keys', async () => {
    for (const key of ['a/2', 'a/1', 'b/1']) await store.swap(key, Buffer.from(key), undefined);

    await expect(keys('a/')).resolves.toEqual(['a/1', 'a/2']);
    await expect(keys('c/')).resolves.toEqual([]);
  });

  it('goes through every page', async () => {
    // s3rver's own page tokens need a cipher that OpenSSL 3 has no more.
    fault = (message, answer) => {
      const page = /continuation-token=second/.test(message.url ?? '') ? 2 : 1;
      const root = store.url.replace('s3://vault/', '');
      const more = page === 1 && '<NextContinuationToken>second</NextContinuationToken>';
      const item = `<Contents><Key>${root}/a/${page}</Key><Size>1</Size></Contents>`;
      const head = `<IsTruncated>${page === 1}</IsTruncated>${more || ''}`;
      answer.end(`<ListBucketResult>${head}${item}</ListBucketResult>`);
    };

    await expect(keys('a/')).resolves.toEqual(['a/1', 'a/2']);
  });
});

describe('listUnfinished', () => {
  it('shows what is still being written under a name that no reader takes for a file', async () => {
    const root = store.url.replace('s3://vault/', '');
    fault = (message, answer) => {
      const url = new URL(message.url ?? '', 'http://vault');
      const page = url.searchParams.get('key-marker') ? 2 : 1;
      const more = page === 1 && '<IsTruncated>true</IsTruncated><NextKeyMarker>1</NextKeyMarker>';
      const upload = `<Upload><Key>${root}/a/${page}</Key><UploadId>u</UploadId></Upload>`;
      if (url.searchParams.has('uploads'))
        answer.end(
          `<ListMultipartUploadsResult>${upload}${more || ''}</ListMultipartUploadsResult>`,
        );
      // S3 names a next marker also at the end: followed, it would lead back to the start.
      else
        answer.end(
          '<ListPartsResult><NextPartNumberMarker>1</NextPartNumberMarker><Part><Size>8</Size></Part></ListPartsResult>',
        );
    };

    const found = [];
    for await (const { key, bytes } of store.listUnfinished('a/')) found.push([key, bytes]);

    expect(found).toEqual([
      ['a/1.unfinished', 8],
      ['a/2.unfinished', 8],
    ]);
  });
});

describe('retire', () => {
  it('tags every file of a backup, its manifest first, and deletes none', async () => {
    for (const file of ['database.dump', 'manifest.json', 'roles.sql'])
      await store.put(BACKUP + file, Buffer.from(file));

    await store.retire(BACKUP, 'superseded');

    const tagged = seen.filter((line) => line.startsWith('PUT') && line.includes('tagging'));
    expect(tagged.map((line) => /[a-z.]+(?=\?)/.exec(line)?.[0])).toEqual([
      'manifest.json',
      'database.dump',
      'roles.sql',
    ]);
    const Key = `${store.url.replace('s3://vault/', '')}/${BACKUP}database.dump`;
    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket: 'vault', Key }));
    expect(TagSet).toEqual([{ Key: 'superseded', Value: 'true' }]);
  });

  it.each(['', '/', 'circuitiq/', 'circuitiq/daily/', BACKUP.slice(0, -1)])(
    'refuses %p, which is no backup',
    async (prefix) => {
      await expect(store.retire(prefix, 'abandoned')).rejects.toMatchObject({ reason: 'usage' });
      expect(seen).toEqual([]);
    },
  );
});

describe('the URL', () => {
  it.each(['s3://', 's3://Bucket', 'https://bucket/x', 's3://vault?x=1'])('refuses %s', (url) => {
    expect(() => new S3Store(url, client)).toThrow(expect.objectContaining({ reason: 'usage' }));
  });
});

function stream(bytes: Buffer): Readable {
  return Readable.from(chunks(bytes), { objectMode: false });
}

function* chunks(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function keys(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
}

/** s3rver knows no AbortMultipartUpload: that one is asked for each upload is what can be seen here. */
function abortedUploads(): number {
  return seen.filter((line) => /^DELETE .*uploadId=/.test(line)).length;
}

function startedUploads(): number {
  return seen.filter((line) => /^POST .*\?uploads/.test(line)).length;
}

function forward(port: number, message: IncomingMessage, answer: ServerResponse): void {
  const { method, url: path, headers } = message;
  const onward = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 500, response.headers);
    response.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  message.pipe(onward);
}

/** What is said of an object once it was put. */
function answerHeadAfterPut(headers: (attempt: string) => OutgoingHttpHeaders): Fault {
  let attempt: string | undefined;
  return (message, answer, pass) => {
    if (message.method === 'PUT') attempt = String(message.headers['x-amz-meta-attempt']);
    if (message.method === 'HEAD' && attempt) answer.writeHead(200, headers(attempt)).end();
    else pass();
  };
}

/** The server does what it is asked, the first answer to the method never arrives, a second try meets a taken key. */
function loseFirstAnswer(method: string): Fault {
  let lost = false;
  return (message, answer, pass) => {
    if (message.method !== method) return pass();
    if (lost) {
      answer.writeHead(412).end();
      return;
    }
    lost = true;
    answer.writeHead = () => {
      answer.destroy();
      return answer;
    };
    pass();
  };
}
