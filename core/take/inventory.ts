import type { Session } from '../postgres/session';

/** What the source is and holds, from its catalogue; no row of a table is read for it. */
export interface Inventory {
  readonly server: ServerFacts;
  readonly tables: readonly SourceTable[];
  readonly foreignTables: readonly string[];
  readonly largeObjects: number;
  readonly extensions: readonly { name: string; version: string; schema: string }[];
  readonly roles: readonly string[];
}

export interface ServerFacts {
  readonly name: string;
  readonly oid: number;
  readonly version: string;
  readonly major: number;
  readonly systemIdentifier: string | null;
  readonly encoding: string;
  readonly collation: string;
  readonly characterType: string;
  readonly localeProvider: string;
  /** Of the ICU or the builtin provider. */
  readonly locale: string | null;
  readonly bytes: number;
  /** How many relations the server can lock at once. */
  readonly lockSlots: number;
}

export interface SourceTable {
  readonly schema: string;
  readonly table: string;
  /** The qualified name, quoted. */
  readonly quoted: string;
  readonly readable: boolean;
  /** Row-level security would hide rows from this role. */
  readonly hidesRows: boolean;
  readonly unlogged: boolean;
  /** The extension that owns it, if one does. */
  readonly extension: string | null;
  /** Of an extension's configuration table: which rows pg_dump takes, as a WHERE clause, or all. */
  readonly configuration: string | null;
  /** As of the last ANALYZE; of an extension's table, exactly. */
  readonly bytes: number;
}

export async function takeInventory(session: Session): Promise<Inventory> {
  return {
    server: await serverFacts(session),
    tables: await listTables(session),
    foreignTables: await names(session, FOREIGN_TABLES),
    largeObjects: await countLargeObjects(session),
    extensions: await session.rows(EXTENSIONS),
    roles: await names(session, ROLES),
  };
}

export async function countLargeObjects(session: Session): Promise<number> {
  const sql = 'SELECT count(*)::int AS count FROM pg_largeobject_metadata';
  return (await session.row<{ count: number }>(sql)).count;
}

async function names(session: Session, sql: string): Promise<string[]> {
  return (await session.rows<{ name: string }>(sql)).map(({ name }) => name);
}

async function serverFacts(session: Session): Promise<ServerFacts> {
  const row = await session.row<Record<string, unknown>>(SERVER);
  const text = (name: string): string => String(row[name]);
  return {
    name: text('name'),
    oid: Number(row.oid),
    version: text('version'),
    major: Math.floor(Number(row.number) / 10_000),
    systemIdentifier: await systemIdentifier(session),
    encoding: text('encoding'),
    collation: text('collation'),
    characterType: text('characterType'),
    localeProvider: LOCALE_PROVIDERS[text('provider')] ?? 'libc',
    locale: row.locale as string | null,
    bytes: Number(row.bytes),
    lockSlots: Number(row.locks),
  };
}

const LOCALE_PROVIDERS: Record<string, string> = { b: 'builtin', c: 'libc', i: 'icu' };

/** Managed services may keep this from their users. */
async function systemIdentifier(session: Session): Promise<string | null> {
  const sql = `SELECT CASE WHEN has_function_privilege('pg_control_system()', 'EXECUTE')
    THEN (SELECT system_identifier::text FROM pg_control_system()) END AS id`;
  return (await session.row<{ id: string | null }>(sql)).id;
}

const SERVER = `
  SELECT d.datname AS name, d.oid, split_part(current_setting('server_version'), ' ', 1) AS version,
    current_setting('server_version_num')::int AS number, pg_encoding_to_char(d.encoding) AS encoding,
    d.datcollate AS collation, d.datctype AS "characterType", to_jsonb(d)->>'datlocprovider' AS provider,
    coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale') AS locale,
    pg_database_size(d.oid) AS bytes,
    current_setting('max_locks_per_transaction')::int
      * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) AS locks
  FROM pg_database d WHERE d.datname = current_database()`;

const EXTENSIONS = `
  SELECT extname AS name, extversion AS version, nspname AS schema
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname <> 'plpgsql' ORDER BY 1`;

const OURS = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'`;

const FOREIGN_TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f' AND ${OURS} ORDER BY 1`;

/** Owners and grantees; those that every cluster has are left out. */
const ROLES = `
  SELECT name FROM (SELECT DISTINCT rolname AS name FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
  WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype IN ('o', 'a', 'r', 'i')
    AND (s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      OR s.classid = 'pg_database'::regclass AND s.objid = (SELECT oid FROM pg_database WHERE datname = current_database()))
  UNION SELECT rolname FROM pg_roles r JOIN pg_class c ON c.relowner = r.oid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}
  UNION SELECT rolname FROM pg_roles r JOIN pg_namespace n ON n.nspowner = r.oid WHERE ${OURS}
  ) roles WHERE name !~ '^pg_' ORDER BY 1`;

/**
 * The tables whose rows pg_dump takes, or would if their extension let it; a partitioned table's rows
 * are in its leaves.
 */
export async function listTables(session: Session): Promise<SourceTable[]> {
  const rows = await session.rows<SourceTable & { bytes: string }>(TABLES);
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

const TABLES = `
  SELECT n.nspname AS schema, c.relname AS table, format('%I.%I', n.nspname, c.relname) AS quoted,
    has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
    row_security_active(c.oid) AS "hidesRows", c.relpersistence = 'u' AS unlogged,
    e.extname AS extension, e.extcondition[array_position(e.extconfig, c.oid)] AS configuration,
    CASE WHEN e.oid IS NULL THEN c.relpages::bigint * current_setting('block_size')::int
      ELSE pg_relation_size(c.oid) END AS bytes
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN (pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass)
      ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${OURS} ORDER BY 1, 2`;

/** Every table that pg_dump locks, and a few more. */
export async function listLockable(session: Session): Promise<string[]> {
  return names(session, LOCKABLE);
}

const LOCKABLE = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND ${OURS}
    AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1`;

/** Whether pg_dump takes this table's rows. */
export function isDumped({ extension, configuration }: SourceTable): boolean {
  return extension === null || configuration !== null;
}
