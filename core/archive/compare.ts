import type { EntryHash, Fingerprint, TableData } from './fingerprint';
import { qualifiedName } from './names';

/** How two archives of the same database differ. */
export interface Comparison {
  /** Tables whose rows have to be compared without regard to their order. */
  readonly unordered: readonly Unordered[];
  /** What differs for certain, in words. */
  readonly differences: readonly string[];
}

export interface Unordered {
  /** The table, or the partition root that its rows are loaded through, by qualified name. */
  readonly name: string;
  readonly rows: { readonly original: number; readonly restored: number };
}

/**
 * Compares a restored database's archive with the original. Equal hashes settle a table. A table may
 * come back in another order of rows, since a restore fills the gaps that rows of many sizes leave;
 * and rows loaded through a partition root may land in another leaf. Those are for a second look.
 */
export function compare(
  original: Fingerprint,
  restored: Fingerprint,
  { ownership }: { ownership: boolean },
): Comparison {
  const before = byGroup(original.tables);
  const after = byGroup(restored.tables);
  const unordered: Unordered[] = [];
  const differences: string[] = [];
  for (const [name, tables] of before) {
    const others = after.get(name);
    if (!others) differences.push(`the table ${name} was not restored`);
    else if (hashes(tables) !== hashes(others))
      unordered.push({ name, rows: { original: rowsOf(tables), restored: rowsOf(others) } });
  }
  for (const name of after.keys())
    if (!before.has(name)) differences.push(`the table ${name} is new`);
  if (original.largeObjects.sha256 !== restored.largeObjects.sha256) {
    differences.push(
      `the large objects differ (${restored.largeObjects.count}, and there were ${original.largeObjects.count})`,
    );
  }
  return {
    unordered,
    differences: [...differences, ...compareEntries(original.entries, restored.entries, ownership)],
  };
}

/** Rows that are loaded through a partition root count as the root's. */
function byGroup(tables: readonly TableData[]): Map<string, TableData[]> {
  const groups = new Map<string, TableData[]>();
  for (const table of tables)
    groups.set(groupOf(table), [...(groups.get(groupOf(table)) ?? []), table]);
  return groups;
}

/** Where the rows of a table are to be found again: in the root that they are loaded through, or in itself. */
export function groupOf(table: Pick<TableData, 'schema' | 'table' | 'root'>): string {
  return table.root ?? qualifiedName(table);
}

function rowsOf(tables: readonly TableData[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}

function hashes(tables: readonly TableData[]): string {
  return tables
    .map((table) => `${qualifiedName(table)} ${table.sha256}`)
    .sort()
    .join('\n');
}

/** Ends the words about what is on both sides, and not the same. */
export const DIFFERENT = 'is different';
/** Ends the words about what was not there before. */
export const NEW = 'is new';

export function compareEntries(
  before: readonly EntryHash[],
  after: readonly EntryHash[],
  ownership: boolean,
): string[] {
  const compared = (entries: readonly EntryHash[]) =>
    entries.filter(({ section }) => ownership || section !== 'privileges');
  const left = bag(compared(before));
  const right = bag(compared(after));
  const differing = [...left]
    .filter(([name, sha256]) => right.get(name) !== sha256)
    .map(([name]) => (right.has(name) ? `${name} ${DIFFERENT}` : `${name} was not restored`));
  const added = [...right.keys()].filter((name) => !left.has(name)).map((name) => `${name} ${NEW}`);
  return [...differing, ...added];
}

/** Overloads may share a name: their hashes are joined. */
function bag(entries: readonly EntryHash[]): Map<string, string> {
  const hashes = new Map<string, string[]>();
  for (const { name, sha256 } of entries) hashes.set(name, [...(hashes.get(name) ?? []), sha256]);
  return new Map([...hashes].map(([name, list]) => [name, list.sort().join(' ')]));
}
