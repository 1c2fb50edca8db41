import { compare } from '../../core/archive/compare';
import type { EntryHash, Fingerprint, TableData } from '../../core/archive/fingerprint';

const TABLES: TableData[] = [
  { schema: 'public', table: 'a', rows: 3, sha256: 'a3' },
  { schema: 'public', table: 'Odd "b"', rows: 0, sha256: 'none' },
  { schema: 'public', table: 'leaf_1', rows: 2, sha256: 'l1', root: 'public.root' },
  { schema: 'public', table: 'leaf_2', rows: 5, sha256: 'l2', root: 'public.root' },
];
const ENTRIES: EntryHash[] = [
  { section: 'definitions', name: 'TABLE public.a', sha256: '1' },
  { section: 'privileges', name: 'OWNER TABLE public.a', sha256: '2' },
  { section: 'privileges', name: 'ACL public.TABLE a', sha256: '3' },
  { section: 'sequences', name: 'SEQUENCE SET public.a_id_seq', sha256: '4' },
  // Two overloads whose arguments read the same.
  { section: 'definitions', name: 'FUNCTION public.f(public.t)', sha256: '5' },
  { section: 'definitions', name: 'FUNCTION public.f(public.t)', sha256: '6' },
];
const ORIGINAL = {
  tables: TABLES,
  largeObjects: { count: 2, sha256: 'l' },
  entries: ENTRIES,
} as unknown as Fingerprint;

const withTable = (at: number, change: Partial<TableData>): Fingerprint => ({
  ...ORIGINAL,
  tables: TABLES.with(at, { ...(TABLES[at] as TableData), ...change }),
});
const withEntry = (at: number, change: Partial<EntryHash>): Fingerprint => ({
  ...ORIGINAL,
  entries: ENTRIES.with(at, { ...(ENTRIES[at] as EntryHash), ...change }),
});
const against = (restored: Fingerprint, ownership = true) =>
  compare(ORIGINAL, restored, { ownership });

it('finds nothing where nothing differs, in whatever order', () => {
  const reversed = { ...ORIGINAL, tables: TABLES.toReversed(), entries: ENTRIES.toReversed() };
  expect(against(reversed)).toEqual({ unordered: [], differences: [] });
});

it.each<[string, Fingerprint, string]>([
  [
    'a table that is gone',
    { ...ORIGINAL, tables: TABLES.toSpliced(1, 1) },
    'the table public."Odd ""b""" was not restored',
  ],
  [
    'a table too many',
    { ...ORIGINAL, tables: [...TABLES, { ...(TABLES[0] as TableData), table: 'z' }] },
    'the table public.z is new',
  ],
  [
    'large objects',
    { ...ORIGINAL, largeObjects: { count: 1, sha256: 'other' } },
    'the large objects differ (1, and there were 2)',
  ],
  ['a definition', withEntry(0, { sha256: 'x' }), 'TABLE public.a is different'],
  ['an owner', withEntry(1, { sha256: 'x' }), 'OWNER TABLE public.a is different'],
  ['a privilege', withEntry(2, { sha256: 'x' }), 'ACL public.TABLE a is different'],
  ['a sequence', withEntry(3, { sha256: 'x' }), 'SEQUENCE SET public.a_id_seq is different'],
  [
    'one of two overloads',
    withEntry(5, { sha256: '5' }),
    'FUNCTION public.f(public.t) is different',
  ],
  [
    'a definition that is gone',
    { ...ORIGINAL, entries: ENTRIES.toSpliced(0, 1) },
    'TABLE public.a was not restored',
  ],
  [
    'a definition too many',
    {
      ...ORIGINAL,
      entries: [...ENTRIES, { section: 'definitions', name: 'INDEX public.i', sha256: '7' }],
    },
    'INDEX public.i is new',
  ],
])('names %s', (_, restored, difference) => {
  expect(against(restored)).toEqual({ unordered: [], differences: [difference] });
});

it('keeps a table whose rows are others, or in another order, for a second look', () => {
  expect(against(withTable(0, { sha256: 'reordered' }))).toEqual({
    unordered: [{ name: 'public.a', rows: { original: 3, restored: 3 } }],
    differences: [],
  });
  expect(against(withTable(0, { sha256: 'less', rows: 2 })).unordered).toEqual([
    { name: 'public.a', rows: { original: 3, restored: 2 } },
  ]);
});

it('takes rows that changed their partition for rows of the root, not for lost ones', () => {
  const moved = TABLES.with(2, { ...(TABLES[2] as TableData), rows: 4, sha256: 'm1' }).with(3, {
    ...(TABLES[3] as TableData),
    rows: 3,
    sha256: 'm2',
  });
  expect(against({ ...ORIGINAL, tables: moved })).toEqual({
    unordered: [{ name: 'public.root', rows: { original: 7, restored: 7 } }],
    differences: [],
  });
});

it('passes over owners and privileges, and nothing else, where they were not restored', () => {
  const restored = {
    ...ORIGINAL,
    entries: ENTRIES.filter(({ section }) => section !== 'privileges'),
  };
  expect(against(restored, false).differences).toEqual([]);
  expect(against(restored).differences).toHaveLength(2);
  expect(against(withEntry(3, { sha256: 'x' }), false).differences).toHaveLength(1);
});
