import fc from 'fast-check';
import type { Fingerprint } from '../../core/archive/fingerprint';
import type { TableRows } from '../../core/manifest';
import {
  checkCritical,
  checkRows,
  checkShrunk,
  type Expectations,
  isNamed,
  some,
} from '../../core/verify/tables';
import { stateOf } from '../../core/verify/verify';

const EXPECT: Expectations = { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 };
const table = (name: string, rows: number, schema = 'public'): TableRows => ({
  schema,
  table: name,
  rows,
});
const archived = (...tables: TableRows[]) => ({ tables }) as unknown as Fingerprint;

describe('the rows', () => {
  it('are equal table by table, in any order', () => {
    const counted = [table('a', 1), table('b', 2)];
    expect(checkRows(counted, archived(table('b', 2), table('a', 1)))).toEqual({
      name: 'rows',
      ok: true,
      detail: "3 rows in 2 tables, as counted in the source's snapshot",
    });
  });

  it.each([
    ['one too few', [table('a', 1)], 'public.a has 1 rows in the archive and had 2 in the source'],
    ['no table', [], 'public.a has no rows in the archive and had 2 in the source'],
    [
      'a table too many',
      [table('a', 2), table('b', 0)],
      'public.b is in the archive and was never counted',
    ],
  ])('differ where there is %s', (_, tables, detail) => {
    expect(checkRows([table('a', 2)], archived(...tables))).toMatchObject({ ok: false, detail });
  });

  it('tell tables of two schemas, and of odd names, apart', () => {
    const counted = [table('b.c', 1, 'a'), table('c', 2, 'a.b')];
    expect(checkRows(counted, archived(...counted)).ok).toBe(true);
    const swapped = archived(table('b.c', 2, 'a'), table('c', 1, 'a.b'));
    expect(checkRows(counted, swapped).ok).toBe(false);
  });
});

describe('the critical tables', () => {
  const tables = [table('User', 5), table('Analysis', 0), table('user', 0, 'audit')];
  const check = (criticalTables: string[], mayBeEmpty: string[] = []) =>
    checkCritical(tables, { ...EXPECT, criticalTables, mayBeEmpty });

  it.each([[['user']], [['USER', 'public.user']], [['public.User']], [[]]])(
    '%j are there and hold rows',
    (criticalTables) => {
      expect(check(criticalTables).ok).toBe(true);
    },
  );

  it.each([
    [['Diagram'], 'Diagram is not there'],
    [['other.User'], 'other.User is not there'],
    [['analysis'], 'analysis is empty'],
    [['audit.user'], 'audit.user is empty'],
  ])('%j are not as they should be', (criticalTables, detail) => {
    expect(check(criticalTables)).toMatchObject({ ok: false, detail });
  });

  it('may be empty where that is configured', () => {
    expect(check(['Analysis'], ['public.analysis']).ok).toBe(true);
  });
});

describe('a table since the last backup', () => {
  const shrunk = (before: number, now: number | undefined, expect = EXPECT) =>
    checkShrunk(
      now === undefined ? [] : [table('a', now)],
      { id: 'earlier', tables: [table('a', before)] },
      expect,
    );

  it.each([
    [100, 100, true],
    [100, 50, true],
    [100, 49, null],
    [100, 0, null],
    [3, 0, null],
    [0, 0, true],
    [12, 3, true], // fewer than ten rows are everyday life
    [12, 1, null],
    [100, 1000, true],
    [0, undefined, null],
  ])('that had %d rows and has %p: %p', (before, now, ok) => {
    expect(shrunk(before, now)).toMatchObject({ name: 'shrunk', ok });
  });

  it('is named with its numbers, and the backup that it is compared with', () => {
    expect(shrunk(100, 3).detail).toBe('since earlier: public.a went from 100 rows to 3');
    expect(shrunk(100, undefined).detail).toBe('since earlier: public.a is gone (it had 100 rows)');
  });

  it('may lose as many rows as the limit says, and all where it may be empty', () => {
    expect(shrunk(100, 60, { ...EXPECT, shrinkLimit: 0.3 }).ok).toBe(null);
    expect(shrunk(100, 1, { ...EXPECT, shrinkLimit: 1 }).ok).toBe(true);
    expect(shrunk(100, 0, { ...EXPECT, shrinkLimit: 1 }).ok).toBe(null);
    expect(shrunk(100, 0, { ...EXPECT, mayBeEmpty: ['A'] }).ok).toBe(true);
  });

  it('never decides that a backup is bad', () =>
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.nat(), { nil: undefined }), (before, now) => {
        expect(shrunk(before, now).ok).not.toBe(false);
      }),
    ));

  it('has nothing to be compared with at first', () => {
    expect(checkShrunk([table('a', 0)], undefined, EXPECT).ok).toBe(true);
  });
});

it('a name is matched as a whole, with or without the schema', () => {
  expect(isNamed({ schema: 'Sales', table: 'Orders' }, 'sales.orders')).toBe(true);
  expect(isNamed({ schema: 'Sales', table: 'Orders' }, 'ORDERS')).toBe(true);
  expect(isNamed({ schema: 'Sales', table: 'Orders' }, 'Order')).toBe(false);
});

it('one failed check decides, one undecided check prevents VERIFIED', () => {
  const check = (ok: boolean | null) => ({ name: 'n', ok, detail: '' });
  expect(stateOf([check(true)])).toBe('VERIFIED');
  expect(stateOf([check(true), check(null)])).toBe('UNVERIFIABLE');
  expect(stateOf([check(null), check(false), check(true)])).toBe('FAILED');
});

it('a long list is cut, and says so', () => {
  const many = Array.from({ length: 12 }, (_, n) => String(n));
  expect(some(many)).toMatch(/^0; .*; 9; and 2 more$/);
});
