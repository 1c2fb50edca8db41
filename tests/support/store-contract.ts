import { createHash, randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Store, StoredObject } from '../../core/stores/store';

const MIB = 1024 * 1024;
const BACKUP = 'app/daily/20261123T020000Z-k3f9/';

/** What a store does with a backup that is retired: delete it, or mark it for a later deletion. */
export type Retires = 'deletes' | 'marks';

/**
 * The promises of the `Store` interface, as tests of one implementation.
 * @param openStore an empty store of its own for each test; who opens it also clears it away
 */
export function describeStore(
  name: string,
  openStore: () => Store | Promise<Store>,
  { retires }: { retires: Retires },
): void {
  describe(`the store contract, kept by ${name}`, () => {
    let store: Store;

    beforeEach(async () => {
      store = await openStore();
    });

    describe('put', () => {
      it.each([
        ['a buffer', randomBytes(1000), (bytes: Buffer) => bytes],
        ['nothing at all', Buffer.alloc(0), (bytes: Buffer) => bytes],
        ['a stream of nothing', Buffer.alloc(0), inPieces],
        ['a stream of small pieces', randomBytes(MIB + 1), inPieces],
      ])('gives back exactly the bytes of %s', async (_, bytes, body) => {
        expect(await store.put(`${BACKUP}file`, body(bytes))).toBe(bytes.length);

        expect((await contentOf(store, `${BACKUP}file`)).equals(bytes)).toBe(true);
        expect(await all(store.list(BACKUP))).toMatchObject([{ bytes: bytes.length }]);
      });

      it('stores a large stream', async () => {
        const sent = createHash('sha256');
        const bytes = 70 * MIB + 7;

        expect(await store.put(`${BACKUP}file`, large(bytes, sent), { expectedBytes: bytes })).toBe(
          bytes,
        );

        const received = createHash('sha256');
        for await (const piece of await store.read(`${BACKUP}file`)) received.update(piece);
        expect(received.digest('hex')).toBe(sent.digest('hex'));
      });

      it('never replaces what is there', async () => {
        await store.put(`${BACKUP}file`, Buffer.from('first'));

        const again = [Buffer.from('second'), inPieces(randomBytes(MIB))];
        for (const body of again) {
          await expect(store.put(`${BACKUP}file`, body)).rejects.toMatchObject({
            reason: 'exists',
          });
        }

        expect(String(await contentOf(store, `${BACKUP}file`))).toBe('first');
        expect(await all(store.listUnfinished(''))).toEqual([]);
      });

      it('lets exactly one of several win that put one key at once', async () => {
        const bodies = Array.from({ length: 8 }, () => randomBytes(100_000));

        const puts = bodies.map((body) => store.put(`${BACKUP}file`, inPieces(body)));
        const results = await Promise.allSettled(puts);

        const winners = bodies.filter((_, index) => results[index]?.status === 'fulfilled');
        expect(winners).toHaveLength(1);
        expect((await contentOf(store, `${BACKUP}file`)).equals(winners[0] as Buffer)).toBe(true);
        for (const result of results) {
          if (result.status === 'rejected')
            expect(result.reason).toMatchObject({ reason: 'exists' });
        }
      });

      it.each([
        ['at once', 0, new Error('the source broke')],
        ['after some bytes', 3, new Error('the source broke')],
        ['after more than a part', 20 * MIB, new Error('the source broke')],
        ['with the code of a system error', 3, systemError('ECONNRESET')],
        ['with the code of a missing program', 3, systemError('ENOENT')],
      ])(
        'throws the error of a stream that fails %s, and leaves nothing',
        async (_, bytes, error) => {
          await expect(store.put(`${BACKUP}file`, failing(bytes, error))).rejects.toBe(error);

          await expectNothing(store);
          expect(await store.put(`${BACKUP}file`, Buffer.from('again'))).toBe(5);
        },
      );

      it('fails with a stream that was destroyed without an error, and leaves nothing', async () => {
        const body = new PassThrough();
        body.write(randomBytes(100));

        const put = store.put(`${BACKUP}file`, body);
        body.destroy();

        await expect(put).rejects.toThrow();
        await expectNothing(store);
      });

      it('shows nothing under the key before the last byte is there', async () => {
        const body = new PassThrough();
        const put = store.put(`${BACKUP}file`, body, { expectedBytes: 20 * MIB });
        for (let sent = 0; sent < 20 * MIB; sent += MIB) await write(body, randomBytes(MIB));
        const unfinished = await until(() => all(store.listUnfinished(BACKUP)));

        expect(unfinished[0]?.key).toMatch(new RegExp(`^${BACKUP}[^/]+$`));
        expect(await all(store.listUnfinished('other/'))).toEqual([]);
        expect(await all(store.list(''))).toEqual([]);
        await expect(store.readSmall(`${BACKUP}file`)).rejects.toMatchObject({
          reason: 'not_found',
        });

        body.end();
        expect(await put).toBe(20 * MIB);
        expect(await all(store.listUnfinished(''))).toEqual([]);
        expect(await keys(store, '')).toEqual([`${BACKUP}file`]);
      });
    });

    describe('read', () => {
      it('ends with the reason of a signal that stops it', async () => {
        await store.put(`${BACKUP}file`, randomBytes(9 * MIB));
        const stop = new AbortController();
        const reason = new Error('the reader was told to stop');

        const stopped = (async () => {
          for await (const _ of await store.read(`${BACKUP}file`, { signal: stop.signal }))
            stop.abort(reason);
        })();

        await expect(stopped).rejects.toBe(reason);
      });

      it.each([
        ['all', {}, 0, 1000],
        ['from a byte on', { start: 990 }, 990, 1000],
        ['up to and with a byte', { end: 9 }, 0, 10],
        ['from one byte to another', { start: 100, end: 199 }, 100, 200],
        ['one byte', { start: 7, end: 7 }, 7, 8],
      ])('reads %s', async (_, range, from, to) => {
        const bytes = randomBytes(1000);
        await store.put(`${BACKUP}file`, bytes);

        const read = Buffer.concat(await (await store.read(`${BACKUP}file`, range)).toArray());

        expect(read.equals(bytes.subarray(from, to))).toBe(true);
      });

      it('says that a key is not there', async () => {
        const missing = { reason: 'not_found' };

        await expect(store.read(`${BACKUP}none`)).rejects.toMatchObject(missing);
        await expect(store.readSmall(`${BACKUP}none`)).rejects.toMatchObject(missing);
      });
    });

    describe('swap', () => {
      const key = `${BACKUP}verification.json`;

      it('makes small bytes where there are none, and hands out their version', async () => {
        const version = await store.swap(key, Buffer.from('1'), undefined);

        expect(await store.readSmall(key)).toEqual({ bytes: Buffer.from('1'), version });
      });

      it('replaces them for who knows their version', async () => {
        const first = await store.swap(key, Buffer.from('1'), undefined);
        const second = await store.swap(key, Buffer.from('2'), first);

        expect(second).not.toBe(first);
        expect(await store.readSmall(key)).toEqual({ bytes: Buffer.from('2'), version: second });
        expect(await all(store.listUnfinished(''))).toEqual([]);
      });

      it.each([['an old version', 'first'] as const, ['no version', undefined]])(
        'refuses %s, and changes nothing',
        async (_, which) => {
          const first = await store.swap(key, Buffer.from('1'), undefined);
          await store.swap(key, Buffer.from('2'), first);

          const late = store.swap(key, Buffer.from('3'), which && first);

          await expect(late).rejects.toMatchObject({ reason: 'exists' });
          expect(String((await store.readSmall(key)).bytes)).toBe('2');
          expect(await all(store.listUnfinished(''))).toEqual([]);
        },
      );

      it('lets exactly one of several win that know the same version', async () => {
        const version = await store.swap(key, Buffer.from('old'), undefined);

        const swaps = ['a', 'b', 'c', 'd'].map((text) =>
          store.swap(key, Buffer.from(text), version),
        );
        const results = await Promise.allSettled(swaps);

        const won = results.filter(({ status }) => status === 'fulfilled');
        expect(won).toEqual([{ status: 'fulfilled', value: (await store.readSmall(key)).version }]);
      });

      it('does not bring back what is gone', async () => {
        const version = await store.swap(key, Buffer.from('1'), undefined);

        await expect(store.swap(`${BACKUP}none`, Buffer.from('2'), version)).rejects.toThrow();

        expect(await keys(store, '')).toEqual([key]);
      });
    });

    describe('list', () => {
      const some = ['a-/x', 'a/b/1', 'a/b/10', 'a/b/2', 'a/b-/1', 'a/c', 'a0', 'b/a'];

      beforeEach(async () => {
        for (const key of [...some].reverse()) await store.put(key, Buffer.from(key));
      });

      it('gives every object once, in the order of keys', async () => {
        expect(await keys(store, '')).toEqual([...some].sort());
      });

      it.each([
        ['a/', ['a/b-/1', 'a/b/1', 'a/b/10', 'a/b/2', 'a/c']],
        ['a/b', ['a/b-/1', 'a/b/1', 'a/b/10', 'a/b/2']],
        ['a/b/1', ['a/b/1', 'a/b/10']],
        ['a/b/10', ['a/b/10']],
        ['a/none', []],
        ['none/', []],
      ])('gives what starts with "%s"', async (prefix, expected) => {
        expect(await keys(store, prefix)).toEqual(expected);
      });

      it('tells sizes, and when each was written', async () => {
        const [found] = await all(store.list('a/b/10'));

        expect(found).toMatchObject({ key: 'a/b/10', bytes: 6 });
        expect(Math.abs(Date.now() - Number(found?.modified))).toBeLessThan(60_000);
      });

      it('never misses what stays while its neighbours are retired', async () => {
        const others = Array.from(
          { length: 60 },
          (_, n) => `app/daily/20261122T020000Z-${1000 + n}/`,
        );
        await store.put(`${BACKUP}file`, Buffer.from('stays'));
        await Promise.all(others.map((other) => store.put(`${other}file`, Buffer.from('goes'))));

        let busy = true;
        const lists: string[][] = [];
        const look = async () => {
          while (busy) lists.push(await keys(store, ''));
        };
        const looking = [look(), look(), look()];
        try {
          for (const other of others) await store.retire(other, 'superseded');
        } finally {
          busy = false;
        }
        await Promise.all(looking);

        expect(lists.filter((list) => !list.includes(`${BACKUP}file`))).toEqual([]);
      });
    });

    it.each([
      'my%20app/daily/file',
      '100%25/file',
      'äöü/日本語/🐘',
      'it\'s "quoted"/a b/c+d',
      '~!@$^&()_=[]{};,/#?&=',
      '%2E%2E/daily/file',
      '...hidden/.file',
      'x.partial-y/daily/file',
    ])('takes the key %s like any other', async (key) => {
      await store.put(key, Buffer.from(key));

      expect(await keys(store, '')).toEqual([key]);
      expect(await keys(store, key.slice(0, key.lastIndexOf('/') + 1))).toEqual([key]);
      expect(String(await contentOf(store, key))).toBe(key);
      expect(await all(store.listUnfinished(''))).toEqual([]);
    });

    describe('retire', () => {
      const other = 'app/daily/20261124T020000Z-k3f9/';

      beforeEach(async () => {
        for (const file of ['a', 'manifest.json', 'z']) {
          await store.put(BACKUP + file, Buffer.from(file));
          await store.put(other + file, Buffer.from(file));
        }
      });

      it('gives up everything of one backup, and nothing of another', async () => {
        await store.retire(BACKUP, 'superseded');

        const stays = ['a', 'manifest.json', 'z'].map((file) => other + file);
        const marked = ['a', 'manifest.json', 'z'].map((file) => BACKUP + file);
        expect(await keys(store, '')).toEqual(
          retires === 'deletes' ? stays : [...marked, ...stays],
        );
      });

      it('may be said twice', async () => {
        await store.retire(BACKUP, 'abandoned');
        await store.retire(BACKUP, 'abandoned');

        expect(await keys(store, other)).toHaveLength(3);
      });

      it.each([
        '',
        '/',
        'app/',
        'app/daily/',
        BACKUP.slice(0, -1),
        `${BACKUP}sub/`,
        'app/daily/../../app/daily/20261123T020000Z-k3f9/',
        'x/../app/',
        'undefined/undefined/undefined/',
      ])('refuses "%s", which is no backup', async (prefix) => {
        await expect(store.retire(prefix, 'superseded')).rejects.toMatchObject({ reason: 'usage' });

        expect(await keys(store, '')).toHaveLength(6);
      });
    });
  });
}

async function expectNothing(store: Store): Promise<void> {
  expect(await all(store.list(''))).toEqual([]);
  expect(await all(store.listUnfinished(''))).toEqual([]);
}

async function all(objects: AsyncIterable<StoredObject>): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of objects) found.push(object);
  return found;
}

async function keys(store: Store, prefix: string): Promise<string[]> {
  return (await all(store.list(prefix))).map(({ key }) => key);
}

async function contentOf(store: Store, key: string): Promise<Buffer> {
  return Buffer.concat(await (await store.read(key)).toArray());
}

/** Asks until there is something; the test's own time limit ends it. */
async function until<T>(ask: () => Promise<T[]>): Promise<T[]> {
  for (;;) {
    const found = await ask();
    if (found.length > 0) return found;
    // Lets timers have their turn, the time limit's above all.
    await turn();
  }
}

function inPieces(bytes: Buffer): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 10_007) pieces.push(bytes.subarray(at, at + 10_007));
  return Readable.from(pieces, { objectMode: false });
}

function large(bytes: number, hash: ReturnType<typeof createHash>): Readable {
  return Readable.from(
    (function* () {
      const piece = randomBytes(MIB);
      for (let left = bytes; left > 0; left -= MIB) {
        piece.writeUInt32LE(left);
        const next = Buffer.from(piece.subarray(0, Math.min(left, MIB)));
        hash.update(next);
        yield next;
      }
    })(),
    { objectMode: false },
  );
}

function failing(bytes: number, error: Error): Readable {
  return Readable.from(
    (function* () {
      for (let left = bytes; left > 0; left -= MIB) yield randomBytes(Math.min(left, MIB));
      throw error;
    })(),
    { objectMode: false },
  );
}

function systemError(code: string): Error {
  return Object.assign(new Error(`read ${code}`), { code });
}

function write(stream: PassThrough, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
