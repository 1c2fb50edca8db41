import { isNeonsExtension } from '../archive/neon';
import { BackupError } from '../errors';
import type { Manifest } from '../manifest';
import { type Address, describe } from '../postgres/address';
import type { Session } from '../postgres/session';

/** What is known of the database that a backup goes into. */
export interface Target {
  readonly version: string;
  readonly major: number;
  readonly superuser: boolean;
  readonly makesRoles: boolean;
  /** How many objects it holds that are neither the system's nor an extension's. */
  readonly objects: number;
  /** Every role of the server, and whether ours may act as it. */
  readonly roles: ReadonlyMap<string, boolean>;
  readonly availableExtensions: ReadonlySet<string>;
}

export async function inspectTarget(session: Session): Promise<Target> {
  const facts = await session.row<Omit<Target, 'roles' | 'availableExtensions'>>(FACTS);
  const roles = await session.rows<{ name: string; ours: boolean }>(
    `SELECT rolname AS name, pg_has_role(oid, 'MEMBER') AS ours FROM pg_roles`,
  );
  const extensions = await session.rows<{ name: string }>(
    'SELECT name FROM pg_available_extensions',
  );
  return {
    ...facts,
    roles: new Map(roles.map(({ name, ours }) => [name, ours || facts.superuser])),
    availableExtensions: new Set(extensions.map(({ name }) => name)),
  };
}

const OURS = `nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)'`;

/**
 * Objects of extensions come with the extension and are no data of the user's; indexes, row types and
 * array types come with what they belong to, and are no members of an extension themselves.
 */
const FACTS = `
  SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
    current_setting('server_version_num')::int / 10000 AS major,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
    (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS "makesRoles",
    (SELECT count(*) FROM (
      SELECT 'pg_class'::regclass AS catalog, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind NOT IN ('i', 'I', 't') AND ${OURS}
      UNION ALL SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE ${OURS}
      UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
        WHERE typrelid = 0 AND NOT (typelem <> 0 AND typcategory = 'A') AND ${OURS}
      UNION ALL SELECT 'pg_namespace'::regclass, n.oid FROM pg_namespace n WHERE ${OURS} AND nspname <> 'public'
      UNION ALL SELECT 'pg_largeobject'::regclass, m.oid FROM pg_largeobject_metadata m
    ) objects WHERE NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = objects.catalog AND d.objid = objects.oid AND d.deptype = 'e'))::int AS objects`;

/**
 * @throws BackupError for what would make the restore fail half-way
 */
export function judgeTarget(
  target: Target,
  address: Address,
  manifest: Manifest,
  allowOlder: boolean,
): void {
  refuseOlder(target, manifest, allowOlder);
  refuseMissingExtensions(target, address, manifest);
}

function refuseOlder(target: Target, { source }: Manifest, allowOlder: boolean): void {
  if (allowOlder || target.major >= source.serverMajor) return;
  throw new BackupError(
    'refused',
    `The target is PostgreSQL ${target.version}, older than the source's ${source.serverVersion}.`,
    {
      cure: `Restore into a server of PostgreSQL ${source.serverMajor} or newer; --allow-older-server tries it all the same.`,
    },
  );
}

function refuseMissingExtensions(
  { availableExtensions }: Target,
  address: Address,
  { extensions }: Manifest,
): void {
  const missing = extensions
    .filter(({ name }) => !availableExtensions.has(name) && !isNeonsExtension(name))
    .map(({ name }) => name);
  if (missing.length === 0) return;
  throw new BackupError(
    'refused',
    `The server at ${describe(address)} does not have the extensions ${missing.join(', ')}, which the backup needs.`,
    {
      cure: 'Install them on the server first.',
    },
  );
}
