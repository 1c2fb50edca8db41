import type { Fingerprint } from '../archive/fingerprint';
import { qualifiedName as nameOf } from '../archive/names';
import type { Check, TableRows } from '../manifest';

/** What a person expects of every backup of a database. */
export interface Expectations {
  /** Tables without which a backup is worthless; `Name` in any schema, or `schema.Name`; case is ignored. */
  readonly criticalTables: readonly string[];
  /** Tables that may be empty, or become so. */
  readonly mayBeEmpty: readonly string[];
  /** A table that lost more than this share of its rows since the last backup is suspicious, 0 to 1. */
  readonly shrinkLimit: number;
}

/** Fewer lost rows than this are everyday life in a small table. */
const FEW_ROWS = 10;

/** The rows in the archive are those that were counted in its snapshot, table by table. */
export function checkRows(counted: readonly TableRows[], { tables }: Fingerprint): Check {
  const inArchive = new Map(tables.map((table) => [nameOf(table), table.rows]));
  const wrong = counted.flatMap((table) => {
    const rows = inArchive.get(nameOf(table));
    inArchive.delete(nameOf(table));
    if (rows === table.rows) return [];
    return [
      `${nameOf(table)} has ${rows ?? 'no'} rows in the archive and had ${table.rows} in the source`,
    ];
  });
  const extra = [...inArchive.keys()].map(
    (name) => `${name} is in the archive and was never counted`,
  );
  const total = counted.reduce((sum, { rows }) => sum + rows, 0);
  return verdict(
    'rows',
    [...wrong, ...extra],
    `${total} rows in ${counted.length} tables, as counted in the source's snapshot`,
  );
}

export function checkCritical(
  tables: readonly TableRows[],
  { criticalTables, mayBeEmpty }: Expectations,
): Check {
  const missing = criticalTables.flatMap((name) => {
    const found = tables.filter((table) => isNamed(table, name));
    if (found.length === 0) return [`${name} is not there`];
    const rows = found.reduce((sum, { rows }) => sum + rows, 0);
    return rows === 0 && !mayBeEmpty.some((empty) => found.some((table) => isNamed(table, empty)))
      ? [`${name} is empty`]
      : [];
  });
  const fine =
    criticalTables.length > 0
      ? `${criticalTables.join(', ')} are there and hold rows`
      : 'no critical tables are configured';
  return verdict('critical', missing, fine);
}

/**
 * What an accident looks like from here: a backup is a true copy of what was left. So it is neither
 * good nor bad until a person has looked.
 */
export function checkShrunk(
  now: readonly TableRows[],
  before: { id: string; tables: readonly TableRows[] } | undefined,
  expect: Expectations,
): Check {
  if (!before)
    return {
      name: 'shrunk',
      ok: true,
      detail: 'there is no earlier verified backup to compare with',
    };
  const current = new Map(now.map((table) => [nameOf(table), table.rows]));
  const lost = before.tables.flatMap((table) => {
    const rows = current.get(nameOf(table));
    if (rows === undefined) return [`${nameOf(table)} is gone (it had ${table.rows} rows)`];
    return isSuspicious(table, rows, expect)
      ? [`${nameOf(table)} went from ${table.rows} rows to ${rows}`]
      : [];
  });
  if (lost.length === 0)
    return { name: 'shrunk', ok: true, detail: `nothing is missing since ${before.id}` };
  return { name: 'shrunk', ok: null, detail: `since ${before.id}: ${some(lost)}` };
}

function isSuspicious(
  before: TableRows,
  rows: number,
  { shrinkLimit, mayBeEmpty }: Expectations,
): boolean {
  if (mayBeEmpty.some((name) => isNamed(before, name))) return false;
  if (rows === 0) return before.rows > 0;
  return rows < before.rows * (1 - shrinkLimit) && before.rows - rows > FEW_ROWS;
}

export function isNamed(
  { schema, table }: { schema: string; table: string },
  name: string,
): boolean {
  const wanted = name.toLowerCase();
  return table.toLowerCase() === wanted || `${schema}.${table}`.toLowerCase() === wanted;
}

const SHOWN = 10;

/** The first few of many, and how many more. */
export function some(list: readonly string[]): string {
  const shown = list.slice(0, SHOWN).join('; ');
  return list.length > SHOWN ? `${shown}; and ${list.length - SHOWN} more` : shown;
}

export function verdict(name: string, problems: readonly string[], fine: string): Check {
  return problems.length === 0
    ? { name, ok: true, detail: fine }
    : { name, ok: false, detail: some(problems) };
}
