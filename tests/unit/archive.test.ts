import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { type Fingerprint, fingerprint } from '../../core/archive/fingerprint';
import { ArchiveParser, type TocEntry } from '../../core/archive/format';
import type { Backup } from '../../core/catalog';
import { BackupError } from '../../core/errors';
import { parseAddress, programEnvironment } from '../../core/postgres/address';
import { startProgram } from '../../core/postgres/program';
import { clientToolsFor } from '../../core/postgres/tools';
import type { Store } from '../../core/stores/store';
import { readBack } from '../../core/verify/files';
import { createDatabase, query, serverForTests } from '../support/servers';

const COPY_LINES = 'COPY public.fake (a) FROM stdin;\n1\n\\.\n';
const NAMED_LIKE_COPY = COPY_LINES.slice(0, 48);

const DATABASE = `
  CREATE TABLE items (id integer PRIMARY KEY, value text);
  INSERT INTO items SELECT n, md5(n::text) FROM generate_series(1, 900) n;
  CREATE TABLE texts (value text);
  INSERT INTO texts VALUES (''), (NULL), (E'\\\\.'), ('${COPY_LINES}'), (E'two\nlines');
  CREATE TABLE "${NAMED_LIKE_COPY}" (a integer);
  INSERT INTO "${NAMED_LIKE_COPY}" VALUES (1), (2);
  CREATE TABLE no_rows (a integer);
  CREATE FUNCTION body() RETURNS text LANGUAGE sql AS $$ SELECT '
${COPY_LINES}'::text $$;
  COMMENT ON FUNCTION body() IS '
COPY public.items (id, value) FROM stdin;
1	commented
\\.
';
  SELECT lo_from_bytea(4711, 'large'), lo_create(4712);`;

const ARCHIVES = [
  { client: 15, compress: '1', compression: 'gzip', version: 1014 },
  { client: 17, compress: 'zstd:3', compression: 'zstd', version: 1016 },
  { client: 18, compress: 'zstd:3', compression: 'zstd', version: 1016 },
  { client: 18, compress: '0', compression: 'none', version: 1016 },
];
const server = serverForTests({ major: 15 });
let archives: Buffer[] = [];

beforeAll(async () => {
  const url = await createDatabase(server());
  await query(url, DATABASE);
  archives = await Promise.all(ARCHIVES.map((archive) => dumpWith(url, archive)));
});

async function dumpWith(
  url: string,
  { client, compress }: { client: number; compress: string },
): Promise<Buffer> {
  const tools = await clientToolsFor(client);
  const dump = startProgram(tools.path('pg_dump'), ['--format=custom', `--compress=${compress}`], {
    env: programEnvironment(parseAddress(url)),
  });
  const pieces: Buffer[] = [];
  for await (const piece of dump.stdout) pieces.push(piece as Buffer);
  await dump.ended;
  return Buffer.concat(pieces);
}

describe.each(ARCHIVES.map((archive, at) => ({ ...archive, at })))(
  'an archive of client $client, $compression',
  ({ at, client, compression, version }) => {
    const bytes = (): Buffer => archives[at] as Buffer;

    it('tells each table by the table of contents, whatever the text looks like', async () => {
      const { header, tables, largeObjects, entries } = await read([bytes()]);
      expect(header).toMatchObject({ compression, version });
      expect(header.clientVersion).toMatch(new RegExp(`^${client}\\.`));
      expect(Object.fromEntries(tables.map(({ table, rows }) => [table, rows]))).toEqual({
        items: 900,
        texts: 5,
        no_rows: 0,
        [NAMED_LIKE_COPY]: 2,
      });
      expect(largeObjects.count).toBe(2);
      expect(entries.map(({ name }) => name)).toContain('FUNCTION public.body()');
    });

    it('says the same in pieces of any size', () => {
      const whole = eventsOf([bytes()]);
      expect(eventsOf(cut(bytes(), [1]))).toEqual(whole);
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 20 }),
          (sizes) => {
            expect(eventsOf(cut(bytes(), sizes))).toEqual(whole);
          },
        ),
        { numRuns: 40 },
      );
    });

    it('is incomplete wherever it is cut off', async () => {
      const { length } = bytes();
      const last = Array.from({ length: 40 }, (_, n) => length - 1 - n);
      const spread = Array.from({ length: 60 }, (_, n) => Math.floor((length * n) / 60));
      for (const end of [...spread, ...boundaries(bytes()), ...last]) {
        const error = await read([bytes().subarray(0, end)]).catch((error: unknown) => error);
        expect({ end, error }).toEqual({ end, error: expect.any(BackupError) });
        expect((error as BackupError).reason).toMatch(/^(incomplete|corrupt)$/);
      }
    });

    it.each(['x', '\0', 'PGDMP', '\x01\0\0\0\0\x01\0\0\0\0'])(
      'takes no %j after its end',
      async (garbage) => {
        const longer = Buffer.concat([bytes(), Buffer.from(garbage, 'latin1')]);
        await expect(read([longer])).rejects.toMatchObject({
          reason: expect.stringMatching(/^(incomplete|corrupt)$/),
        });
      },
    );

    it('never passes verification with a byte flipped, and never crashes it', async () => {
      const { length } = bytes();
      const before = await readBack(storeOf(bytes()), backupOf(bytes()), () => undefined);
      expect(before.checks.map(({ ok }) => ok)).toEqual([true, true]);
      for (let n = 0; n < 150; n++) {
        const position = n < 20 ? n : Math.floor((length * n) / 150);
        const flipped = Buffer.from(bytes());
        flipped[position] = (flipped[position] as number) ^ (1 << (n % 8));
        const { checks } = await readBack(storeOf(flipped), backupOf(bytes()), () => undefined);
        const [files] = checks;
        expect({ position, files }).toMatchObject({ files: { name: 'files', ok: false } });
      }
    });
  },
);

describe.each([0, 2])('a compressed block of archive %i', (at) => {
  const withoutEnd = (block: Buffer): Buffer => block.subarray(0, -3);
  const withMore = (block: Buffer): Buffer => Buffer.concat([block, Buffer.from('more')]);

  it.each([
    ['cut short', withoutEnd],
    ['longer than its data', withMore],
    ['twice as long', (block: Buffer) => Buffer.concat([block, block])],
    ['empty', () => Buffer.alloc(0)],
  ])('is damage when it is %s, though every length in the archive fits', async (_, change) => {
    const changed = changeLastBlock(archives[at] as Buffer, change);
    await expect(read([changed])).rejects.toMatchObject({
      reason: expect.stringMatching(/^(incomplete|corrupt)$/),
    });
  });
});

it('refuses an archive of a newer format without a guess', async () => {
  const newer = Buffer.from(archives[2] as Buffer);
  newer[6] = 99;
  await expect(read([newer])).rejects.toMatchObject({
    reason: 'undecidable',
    message: expect.stringContaining('1.99'),
  });
});

it('takes a damaged length for damage, and not for a reason to fill the memory', () => {
  const header = Buffer.from(archives[3] as Buffer).subarray(0, 400);
  // The length of the database's name, behind 7 integers of 5 bytes.
  const at = 'PGDMP'.length + 6 + 1 + 7 * 5;
  header.writeUInt32LE(0xfffffff0, at + 1);
  expect(() => new ArchiveParser({}).push(header)).toThrow('4294967280 bytes');
});

function read(pieces: Buffer[]): Promise<Fingerprint> {
  return fingerprint(Readable.from(pieces) as AsyncIterable<Buffer>);
}

/** Where an archive could end if one did not know what has to follow: after the contents, after each block. */
function boundaries(archive: Buffer): number[] {
  const found: number[] = [];
  let at = 0;
  const parser = new ArchiveParser({
    contents: () => void found.push(at),
    dataEnd: () => void found.push(at),
  });
  while (at < archive.length) parser.push(archive.subarray(at, ++at));
  return found.filter((end) => end < archive.length);
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] as number;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** What the parser says, with the bytes between two events joined. */
function eventsOf(pieces: Buffer[]): unknown[] {
  const events: unknown[] = [];
  let data: Buffer[] = [];
  const parser = new ArchiveParser({
    contents: (header, entries) =>
      void events.push(header, hash('sha256', JSON.stringify(entries))),
    dataStart: ({ dumpId }: TocEntry, largeObject) => void events.push([dumpId, largeObject]),
    data: (bytes) => void data.push(Buffer.from(bytes)),
    dataEnd: () => {
      events.push(hash('sha256', Buffer.concat(data)));
      data = [];
    },
  });
  for (const piece of pieces) parser.push(piece);
  parser.end();
  return events;
}

/** Changes the bytes of the last table's rows, and the length before them. */
function changeLastBlock(archive: Buffer, change: (block: Buffer) => Buffer): Buffer {
  let block: Buffer[] = [];
  let last: Buffer = Buffer.alloc(0);
  const parser = new ArchiveParser({
    dataStart: () => {
      block = [];
    },
    data: (bytes) => void block.push(bytes),
    dataEnd: () => {
      if (block.length === 1 && block[0]) last = block[0];
    },
  });
  parser.push(archive);
  parser.end();
  const start = archive.lastIndexOf(last);
  const changed = change(last);
  const length = Buffer.alloc(5);
  length.writeUInt32LE(changed.length, 1);
  const withLength = changed.length === 0 ? [] : [length, changed];
  return Buffer.concat([
    archive.subarray(0, start - length.length),
    ...withLength,
    archive.subarray(start + last.length),
  ]);
}

function storeOf(bytes: Buffer): Store {
  return { read: async () => Readable.from([bytes]) } as unknown as Store;
}

function backupOf(bytes: Buffer): Backup {
  const file = { name: 'database.dump', bytes: bytes.length, sha256: hash('sha256', bytes) };
  return {
    address: { database: 'd', kind: 'manual', id: 'i' },
    manifest: { files: [file] },
  } as unknown as Backup;
}
