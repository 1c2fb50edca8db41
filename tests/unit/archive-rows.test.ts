import { Readable } from 'node:stream';
import fc from 'fast-check';
import { fingerprint } from '../../core/archive/fingerprint';
import { differenceOf, sumRows } from '../../core/archive/rows';

interface Block {
  readonly table: string;
  readonly lines: readonly string[];
  readonly root?: string;
}

/** An archive of format 1.14 without compression, of nothing but tables' rows. */
function archive(blocks: readonly Block[]): AsyncIterable<Buffer> {
  const entries = blocks.map(({ table, root }, n) => [
    ...[
      integer(n + 1),
      integer(1),
      text('0'),
      text('0'),
      text(table),
      text('TABLE DATA'),
      integer(3),
    ],
    ...[
      text(root ? `-- load via partition root ${root}` : ''),
      text(''),
      text('COPY'),
      text('public'),
    ],
    ...[text(''), text(''), text('owner'), text('false'), integer(-1), Buffer.alloc(9)],
  ]);
  const data = blocks.map(({ lines }, n) => {
    const rows = Buffer.from(`${lines.map((line) => `${line}\n`).join('')}\\.\n\n\n`);
    return [Buffer.of(1), integer(n + 1), integer(rows.length), rows, integer(0)];
  });
  const head = Buffer.from('PGDMP\x01\x0e\x00\x04\x08\x01', 'latin1');
  const made = Array.from({ length: 8 }, () => integer(0));
  const names = [text('database'), text('15.1'), text('15.1')];
  const bytes = [
    head,
    ...made,
    ...names,
    integer(blocks.length),
    ...entries.flat(),
    ...data.flat(),
  ];
  return Readable.from([Buffer.concat(bytes)]) as AsyncIterable<Buffer>;
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([integer(Buffer.byteLength(value)), Buffer.from(value)]);
}

const one = (lines: readonly string[]): AsyncIterable<Buffer> => archive([{ table: 't', lines }]);
const sumOf = async (source: AsyncIterable<Buffer>): Promise<string | undefined> =>
  (await sumRows(source, new Set(['public.t']))).get('public.t');
const differ = (before: readonly string[], after: readonly string[]) =>
  differenceOf(one(before), one(after), 'public.t', {
    original: before.length,
    restored: after.length,
  });

/** Rows as COPY writes them: no line ends in them, and never a bare backslash and dot. */
const row = fc.stringMatching(/^[a-zé\t ]{0,4}$/);
const rows = fc.array(row, { maxLength: 30 });
const someRows = fc.array(row, { minLength: 1, maxLength: 30 });

it('the archives of these tests are read as real ones are', async () => {
  const { tables } = await fingerprint(archive([{ table: 't', lines: ['a', '', 'b'], root: 'r' }]));
  expect(tables).toMatchObject([{ schema: 'public', table: 't', rows: 3, root: 'r' }]);
});

describe('the sum of rows', () => {
  it('is the same in any order', () =>
    fc.assert(
      fc.asyncProperty(
        rows.chain((lines) => fc.tuple(fc.constant(lines), shuffled(lines))),
        async ([lines, others]) => {
          expect(await sumOf(one(others))).toBe(await sumOf(one(lines)));
        },
      ),
    ));

  it('is another with a row changed, missing, or there twice', () =>
    fc.assert(
      fc.asyncProperty(someRows, fc.nat(), row, async (lines, at, other) => {
        const n = at % lines.length;
        const before = await sumOf(one(lines));
        const changed = lines.with(n, other);
        if (other !== lines[n]) expect(await sumOf(one(changed))).not.toBe(before);
        expect(await sumOf(one(lines.toSpliced(n, 1)))).not.toBe(before);
        expect(await sumOf(one([...lines, lines[n] as string]))).not.toBe(before);
      }),
    ));

  it('is that of all partitions that are loaded through one root, wherever a row is', async () => {
    const spread = (a: string[], b: string[]) =>
      archive([
        { table: 'a', lines: a, root: 'public.t' },
        { table: 'b', lines: b, root: 'public.t' },
        { table: 'other', lines: a },
      ]);
    const before = await sumOf(spread(['1', '2'], ['3']));
    expect(await sumOf(spread(['3'], ['2', '1']))).toBe(before);
    expect(await sumOf(spread(['3'], ['2', '2']))).not.toBe(before);
  });

  it('is asked of some tables only', async () => {
    const both = archive([
      { table: 't', lines: ['1'] },
      { table: 'other', lines: ['1'] },
    ]);
    expect([...(await sumRows(both, new Set(['public.t']))).keys()]).toEqual(['public.t']);
  });
});

describe('the difference of rows', () => {
  it('is none for the same rows in any order', () =>
    fc.assert(
      fc.asyncProperty(
        rows.chain((lines) => fc.tuple(fc.constant(lines), shuffled(lines))),
        async ([lines, others]) => {
          expect(await differ(lines, others)).toEqual({
            missing: 0,
            added: 0,
            firstLine: undefined,
          });
        },
      ),
    ));

  it('counts what is missing and what is new, and names the first line', () =>
    fc.assert(
      fc.asyncProperty(rows, rows, async (before, after) => {
        const left = [...after];
        const missing = before.filter((line) => !take(left, line));
        const first = before.findIndex((line) => missing.includes(line));
        expect(await differ(before, after)).toEqual({
          missing: missing.length,
          added: left.length,
          firstLine: first === -1 ? undefined : first + 1,
        });
      }),
    ));

  it('takes an empty line for a row, and what follows the last row for none', async () => {
    expect(await differ(['', 'a', ''], ['a'])).toEqual({ missing: 2, added: 0, firstLine: 1 });
    expect(await differ([], [])).toEqual({ missing: 0, added: 0, firstLine: undefined });
  });
});

function shuffled(lines: string[]): fc.Arbitrary<string[]> {
  return fc.shuffledSubarray(lines, { minLength: lines.length, maxLength: lines.length });
}

function take(lines: string[], line: string): boolean {
  const at = lines.indexOf(line);
  if (at !== -1) lines.splice(at, 1);
  return at !== -1;
}
