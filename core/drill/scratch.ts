import { randomBytes } from 'node:crypto';
import { quoteName } from '../archive/names';
import { BackupError, messageOf } from '../errors';
import type { Manifest } from '../manifest';
import { type Address, describe, onDatabase, parseAddress } from '../postgres/address';
import { EMBEDDED_MAJORS, startEmbeddedServer } from '../postgres/server';
import { type Session, withSession } from '../postgres/session';

/** A database for one drill. */
export interface Scratch {
  /** For people: `the embedded server`, `host:port`. */
  readonly name: string;
  readonly major: number;
  /** The role that restores, on the scratch database. */
  readonly restorer: Address;
  /** A superuser of ours, where roles and extensions are ours to make. */
  readonly superuser: Address | undefined;
  /** Owners and privileges can be restored and compared. */
  readonly ownership: boolean;
  /** What can't be shown here, for the verdict. */
  readonly limits: readonly string[];
  drop(): Promise<void>;
}

export interface ScratchOptions {
  readonly manifest: Manifest;
  /** Lets the source's own code run with a superuser's rights. */
  readonly trustSource: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A server of our own, of the source's major or else the next newer, for this drill alone. */
export async function embeddedScratch(options: ScratchOptions): Promise<Scratch> {
  const wanted = options.manifest.source.serverMajor;
  const major = EMBEDDED_MAJORS.find((major) => major >= wanted) ?? Math.max(...EMBEDDED_MAJORS);
  // Its name is none that the source could have, so that every role of the source can be made.
  const superuser = `scratch_${randomBytes(6).toString('hex')}`;
  const server = await startEmbeddedServer({
    major,
    superuser,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  try {
    const admin = parseAddress(server.url());
    const made = await withSession(admin, (session) => makeDatabase(session, options, superuser));
    const owner = options.trustSource
      ? admin
      : { ...admin, user: made.restorer, password: made.password };
    return {
      name: 'the embedded server',
      major,
      restorer: onDatabase(owner, made.database),
      superuser: onDatabase(admin, made.database),
      ownership: true,
      limits: made.limits,
      drop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

interface Made {
  readonly database: string;
  readonly restorer: string;
  readonly password: string;
  readonly limits: readonly string[];
}

async function makeDatabase(
  session: Session,
  { manifest }: ScratchOptions,
  superuser: string,
): Promise<Made> {
  const restorer = `${superuser}_restorer`;
  const password = randomBytes(16).toString('hex');
  // It may see every row and read every table, as the dump that is compared needs, and do no harm.
  await session.rows(`CREATE ROLE ${restorer} LOGIN BYPASSRLS NOSUPERUSER PASSWORD '${password}'`);
  await session.rows(`GRANT pg_read_all_data TO ${restorer}`);
  const database = 'scratch';
  const limits = await createLike(session, manifest, database, restorer);
  return { database, restorer, password, limits };
}

/** With the source's encoding and locale; where this machine lacks the locale, with another, and a word about it. */
async function createLike(
  session: Session,
  { source }: Manifest,
  database: string,
  owner: string,
): Promise<string[]> {
  const create = (locale: string) =>
    `CREATE DATABASE ${database} OWNER ${owner} TEMPLATE template0 ENCODING '${source.encoding}' ${locale}`;
  try {
    await session.rows(create(localeOf(source)));
    return [];
  } catch (error) {
    await session.rows(create(`LC_COLLATE 'C' LC_CTYPE 'C'`));
    return [
      `the locale ${source.collation} (${source.localeProvider}) is not on this machine: ${messageOf(error)}`,
    ];
  }
}

function localeOf({
  collation,
  characterType,
  localeProvider,
  locale,
  serverMajor,
}: Manifest['source']): string {
  const libc = `LC_COLLATE '${literal(collation)}' LC_CTYPE '${literal(characterType)}'`;
  if (serverMajor < 15 || localeProvider === 'libc') return libc;
  const name = localeProvider === 'icu' ? 'ICU_LOCALE' : 'BUILTIN_LOCALE';
  return `LOCALE_PROVIDER ${localeProvider} ${name} '${literal(locale ?? 'C.UTF-8')}' ${libc}`;
}

function literal(text: string): string {
  return text.replaceAll("'", "''");
}

/** A database of the drill's own on a server that the user names; no role is made there. */
export async function serverScratch(
  server: Address,
  { manifest, trustSource }: ScratchOptions,
): Promise<Scratch> {
  const database = `neon_backup_drill_${randomBytes(6).toString('hex')}`;
  const facts = await withSession(server, async (session) => {
    const role = await session.row<{ superuser: boolean; major: number }>(ROLE);
    refuseSuperuser(role.superuser, trustSource, server);
    const limits = await createLike(session, manifest, database, quoteName(server.user));
    return { major: role.major, limits };
  });
  return {
    name: describe(server),
    major: facts.major,
    restorer: onDatabase(server, database),
    superuser: undefined,
    ownership: false,
    limits: [...facts.limits, 'owners and privileges were not restored there, and not compared'],
    drop: () =>
      withSession(
        server,
        async (session) =>
          void (await session.rows(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)),
      ),
  };
}

const ROLE = `SELECT rolsuper AS superuser, current_setting('server_version_num')::int / 10000 AS major
  FROM pg_roles WHERE rolname = current_user`;

function refuseSuperuser(superuser: boolean, trustSource: boolean, server: Address): void {
  if (!superuser || trustSource) return;
  throw new BackupError(
    'refused',
    `${server.user} is a superuser at ${describe(server)}: code from the backup would run with all its rights.`,
    {
      cure: 'Name a role with CREATEDB and no more, or say --trust-source if you trust everyone who may own a table in the source.',
    },
  );
}
