import { isBackupError } from '../errors';
import type { TableRows } from '../manifest';
import { pause } from '../pause';
import type { Session } from '../postgres/session';
import {
  countLargeObjects,
  isDumped,
  listLockable,
  listTables,
  type SourceTable,
} from './inventory';

/** A snapshot that pg_dump joins, held open by a session of ours. */
export interface Snapshot {
  /** For `pg_dump --snapshot`. */
  readonly name: string;
  /** Everything that was committed before is in the snapshot. */
  readonly time: Date;
  readonly lsn: string;
  readonly tables: readonly SourceTable[];
  readonly largeObjects: number;
}

const LOCKED_AT_ONCE = 500;
const ATTEMPTS = 3;

/**
 * Opens a read-only transaction, locks every table against DDL as pg_dump does, exports the
 * transaction's snapshot, and works in it. The locks come first: a table that is rewritten or
 * truncated later would look empty to an older snapshot. Where a lock is not to be had, by us or by
 * the work, the locks are given up, and all is tried again.
 * @param lockTimeoutMs how long to wait for a lock; tried three times
 * @throws BackupError `lock_timeout`
 */
export async function inSnapshot<T>(
  session: Session,
  { lockTimeoutMs, signal }: { lockTimeoutMs: number; signal?: AbortSignal },
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(await lockAndExport(session, lockTimeoutMs));
    } catch (error) {
      if (!isBackupError(error, 'lock_timeout') || attempt >= ATTEMPTS) throw error;
      await session.rows('ROLLBACK');
      await pause(1_000 * attempt * (0.5 + Math.random()), signal);
    }
  }
}

async function lockAndExport(session: Session, lockTimeoutMs: number): Promise<Snapshot> {
  const quoted = await listLockable(session);
  const { lsn, time } = await session.row<{ lsn: string; time: Date }>(POSITION);
  await session.rows('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await session.rows(`SET LOCAL lock_timeout = ${Math.round(lockTimeoutMs)}`);
  for (let at = 0; at < quoted.length; at += LOCKED_AT_ONCE) {
    await session.rows(
      `LOCK TABLE ONLY ${quoted.slice(at, at + LOCKED_AT_ONCE).join(', ONLY ')} IN ACCESS SHARE MODE`,
    );
  }
  await session.rows('SET LOCAL lock_timeout = 0');
  const { name } = await session.row<{ name: string }>('SELECT pg_export_snapshot() AS name');
  const dumped = (await listTables(session)).filter(isDumped);
  return { name, lsn, time, tables: dumped, largeObjects: await countLargeObjects(session) };
}

/** Read before the snapshot is taken, so that it holds everything up to here at the least. */
const POSITION = `SELECT clock_timestamp() AS time,
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS lsn`;

/** Counts every table's rows, exactly, in the snapshot. */
export async function countRows(
  session: Session,
  tables: readonly SourceTable[],
  onTable?: (done: number) => void,
): Promise<TableRows[]> {
  const counts: TableRows[] = [];
  for (const { schema, table, quoted, configuration } of tables) {
    const sql = `SELECT count(*)::text AS rows FROM ONLY ${quoted} ${configuration ?? ''}`;
    const { rows } = await session.row<{ rows: string }>(sql);
    counts.push({ schema, table, rows: Number(rows) });
    onTable?.(counts.length);
  }
  return counts;
}
