import { quoteName } from '../../archive/names';
import type { TableRows } from '../../manifest';
import type { Address } from '../../postgres/address';
import { connect, type Session } from '../../postgres/session';
import { isNamed } from '../../verify/tables';

/** A table at two times; undefined where it is not there. */
export interface RowsBeside {
  /** `public.users` */
  readonly table: string;
  readonly before: number | undefined;
  readonly now: number | undefined;
}

/** Where nobody has said which tables are critical, so many say enough. */
const LARGEST = 20;

/**
 * Counts the rows of the critical tables; of the largest ones, where none is said to be critical.
 * @param critical `Name` in any schema, or `schema.Name`; case is ignored
 * @param signal ends it
 * @throws BackupError, also where row-level security hides rows from the role
 */
export async function countRows(
  address: Address,
  critical: readonly string[],
  signal?: AbortSignal,
): Promise<TableRows[]> {
  const session = await connect(address, { signal });
  try {
    // A policy would otherwise leave rows out without a word.
    await session.rows('SET row_security = off');
    const all = await session.rows<Named>(TABLES);
    const wanted =
      critical.length > 0
        ? all.filter((table) => critical.some((name) => isNamed(table, name)))
        : all.slice(0, LARGEST);
    const counted: TableRows[] = [];
    for (const table of wanted) counted.push({ ...table, rows: await rowsOf(session, table) });
    return counted;
  } finally {
    await session.close();
  }
}

/** Both counts of each table that was there at one of the times at least. */
export function beside(before: readonly TableRows[], now: readonly TableRows[]): RowsBeside[] {
  const [earlier, later] = [before, now].map(
    (tables) => new Map(tables.map(({ schema, table, rows }) => [`${schema}.${table}`, rows])),
  );
  const names = new Set([...(earlier?.keys() ?? []), ...(later?.keys() ?? [])]);
  return [...names]
    .sort()
    .map((table) => ({ table, before: earlier?.get(table), now: later?.get(table) }));
}

type Named = Pick<TableRows, 'schema' | 'table'>;

async function rowsOf(session: Session, { schema, table }: Named): Promise<number> {
  const name = `${quoteName(schema)}.${quoteName(table)}`;
  return Number((await session.row<{ rows: string }>(`SELECT count(*) AS rows FROM ${name}`)).rows);
}

/** The largest first; a partitioned table is as large as its partitions are together. */
const TABLES = `SELECT nspname AS schema, relname AS table FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'p') AND NOT relispartition AND relpersistence = 'p'
    AND nspname <> 'information_schema' AND nspname !~ '^pg_'
  ORDER BY coalesce((SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(c.oid)), pg_total_relation_size(c.oid)) DESC,
    1, 2`;
