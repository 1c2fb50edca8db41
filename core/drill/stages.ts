import type { TocEntry } from '../archive/format';
import { quoteName } from '../archive/names';
import { BackupError } from '../errors';
import { type Address, programEnvironment } from '../postgres/address';
import { startProgram } from '../postgres/program';
import { type Session, withSession } from '../postgres/session';
import type { ClientTools } from '../postgres/tools';
import type { ArchiveSource } from '../restore/archive-source';
import { passes, restorePrivileges } from '../restore/privileges';
import { type ReplayOptions, replay } from '../restore/replay';
import type { Scratch } from './scratch';

export interface StagesOptions {
  readonly scratch: Scratch;
  readonly tools: ClientTools;
  readonly archive: ArchiveSource;
  readonly entries: readonly TocEntry[];
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Restores into the scratch. Where the source is not trusted, the superuser makes roles and
 * extensions, and everything that could hold the source's own code is restored by a role that can
 * do no harm: a table's owner can put code into a CHECK, which the restore runs.
 */
export async function restoreInStages(options: StagesOptions): Promise<void> {
  const { scratch, entries } = options;
  const whole = { ...job(options), entries };
  if (!scratch.superuser) return replay({ ...whole, noOwner: true, noPrivileges: true });
  if (scratch.superuser.user === scratch.restorer.user) return replay(whole);
  const { schemas, extensions, others } = byMaker(entries);
  const { objects, privileges, afterwards } = passes(others);
  await stage(options, schemas, scratch.restorer);
  await stage(options, extensions, scratch.superuser);
  await withSession(scratch.superuser, (session) => openUp(session, scratch.restorer.user));
  await stage(options, objects, scratch.restorer);
  await withSession(scratch.superuser, (session) => closeDown(session, scratch.restorer.user));
  await restorePrivileges(scratch.restorer, privileges);
  await stage(options, afterwards, scratch.restorer);
}

function job({ scratch, tools, archive, jobs, signal }: StagesOptions): ReplayOptions {
  return { tools, archive, target: scratch.restorer, targetMajor: scratch.major, jobs, signal };
}

function stage(
  options: StagesOptions,
  entries: readonly TocEntry[],
  target: Address,
): Promise<void> {
  return entries.length === 0 ? Promise.resolve() : replay({ ...job(options), target, entries });
}

interface ByMaker {
  readonly schemas: TocEntry[];
  readonly extensions: TocEntry[];
  readonly others: TocEntry[];
}

/** Extensions are the superuser's to make, in schemas that are there already. */
function byMaker(entries: readonly TocEntry[]): ByMaker {
  const made: ByMaker = { schemas: [], extensions: [], others: [] };
  for (const entry of entries) {
    const aboutExtension = entry.tag.startsWith('EXTENSION ') && entry.type === 'COMMENT';
    if (entry.type === 'SCHEMA') made.schemas.push(entry);
    else if (entry.type === 'EXTENSION' || aboutExtension) made.extensions.push(entry);
    else made.others.push(entry);
  }
  return made;
}

/**
 * `ALTER … OWNER TO` asks of everyone but a superuser that the new owner may create in the schema.
 * For the time of the restore everyone may; `closeDown` takes it back before privileges are restored.
 */
async function openUp(session: Session, restorer: string): Promise<void> {
  for (const sql of await grants(session, restorer))
    await session.rows(`GRANT ${sql.right} ON ${sql.on} TO ${sql.to}`);
}

async function closeDown(session: Session, restorer: string): Promise<void> {
  for (const sql of await grants(session, restorer))
    await session.rows(`REVOKE ${sql.right} ON ${sql.on} FROM ${sql.to}`);
}

interface Grant {
  readonly right: string;
  readonly on: string;
  readonly to: string;
}

async function grants(session: Session, restorer: string): Promise<Grant[]> {
  const { database } = await session.row<{ database: string }>(
    'SELECT current_database() AS database',
  );
  const schemas = await session.rows<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
  );
  const wrappers = await session.rows<{ name: string }>(
    'SELECT fdwname AS name FROM pg_foreign_data_wrapper',
  );
  return [
    { right: 'CREATE', on: `DATABASE ${quoteName(database)}`, to: 'PUBLIC' },
    ...schemas.map(({ name }) => ({
      right: 'CREATE',
      on: `SCHEMA ${quoteName(name)}`,
      to: 'PUBLIC',
    })),
    ...wrappers.map(({ name }) => ({
      right: 'USAGE',
      on: `FOREIGN DATA WRAPPER ${quoteName(name)}`,
      to: quoteName(restorer),
    })),
  ];
}

/** Rights that reach out of the database, into the files and programs of its machine. */
const DANGEROUS = ['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'];

/**
 * Makes the source's roles, as `roles.sql` says, but none that is a superuser or may reach the machine;
 * the restoring role becomes a member of each, so that it can give them what they own.
 */
export async function makeRoles(
  scratch: Scratch,
  tools: ClientTools,
  rolesSql: string,
): Promise<void> {
  const { superuser, restorer } = scratch;
  if (!superuser) return;
  const psql = startProgram(tools.path('psql'), ['--no-psqlrc', '--quiet', '--no-password'], {
    env: programEnvironment(superuser, { caFile: tools.caFile }),
    stdin: 'pipe',
    stdout: 'ignore',
  });
  psql.stdin.on('error', () => undefined).end(rolesSql);
  await psql.ended;
  if (superuser.user !== restorer.user)
    await withSession(superuser, (session) => disarm(session, superuser.user, restorer.user));
}

async function disarm(session: Session, superuser: string, restorer: string): Promise<void> {
  const roles = await session.rows<{ name: string; armed: boolean }>(
    `SELECT rolname AS name, rolsuper AS armed FROM pg_roles WHERE rolname !~ '^pg_' AND rolname NOT IN ($1, $2)`,
    [superuser, restorer],
  );
  for (const { name } of roles.filter(({ armed }) => armed))
    await session.rows(`ALTER ROLE ${quoteName(name)} NOSUPERUSER`);
  const memberships = await session.rows<Record<'role' | 'member' | 'grantor', string>>(
    MEMBERSHIPS,
    [DANGEROUS],
  );
  for (const { role, member, grantor } of memberships) {
    await session.rows(
      `REVOKE ${quoteName(role)} FROM ${quoteName(member)} GRANTED BY ${quoteName(grantor)} CASCADE`,
    );
  }
  for (const { name } of roles)
    await session.rows(`GRANT ${quoteName(name)} TO ${quoteName(restorer)}`);
  await assertHarmless(session, restorer);
}

const MEMBERSHIPS = `SELECT r.rolname AS role, m.rolname AS member, g.rolname AS grantor FROM pg_auth_members a
  JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.grantor
  WHERE r.rolname = ANY($1)`;

/** The guard on the lines above: whatever they missed, the restore does not start. */
async function assertHarmless(session: Session, restorer: string): Promise<void> {
  const sql = `SELECT rolname AS name FROM pg_roles WHERE (rolsuper OR rolname = ANY($2)) AND pg_has_role($1, oid, 'MEMBER')`;
  const armed = await session.rows<{ name: string }>(sql, [restorer, DANGEROUS]);
  if (armed.length === 0) return;
  throw new BackupError(
    'undecidable',
    `The drill's role would have the rights of ${armed.map(({ name }) => name).join(', ')}.`,
    {
      cure: 'Say --trust-source if you trust everyone who may own a table in the source.',
    },
  );
}
