import { quoteName } from '../archive/names';
import { BackupError } from '../errors';
import { type Address, onDatabase } from '../postgres/address';
import { type Session, withSession } from '../postgres/session';

/** A new database beside the one that is to be replaced. */
export interface Replacement {
  readonly address: Address;
  /** Gives it the old one's name. @returns the name that the old one has now */
  swap(): Promise<string>;
  drop(): Promise<void>;
}

/**
 * Makes an empty database beside the target, like it. The target stays as it is, in use, until the
 * new one is complete; then they swap names, and the old one is still there.
 * @param stamp makes the two names unique, such as `20261123t140200`
 */
export async function besides(target: Address, stamp: string): Promise<Replacement> {
  const maintenance = onDatabase(target, target.database === 'postgres' ? 'template1' : 'postgres');
  const fresh = `${beginning(target.database)}_restoring_${stamp}`;
  const former = `${beginning(target.database)}_before_${stamp}`;
  await withSession(maintenance, (session) => createLike(session, target.database, fresh));
  return {
    address: onDatabase(target, fresh),
    swap: async () => {
      await withSession(maintenance, (session) =>
        swapNames(session, target.database, fresh, former),
      );
      return former;
    },
    drop: () =>
      withSession(
        maintenance,
        async (session) =>
          void (await session.rows(`DROP DATABASE IF EXISTS ${quoteName(fresh)} WITH (FORCE)`)),
      ),
  };
}

/** A name has 63 bytes at most, and the server cuts what is longer. */
function beginning(name: string): string {
  return new TextDecoder().decode(Buffer.from(name).subarray(0, 30), { stream: true });
}

/** The server writes the statement: it knows its own providers and locales best. */
async function createLike(session: Session, original: string, fresh: string): Promise<void> {
  const { sql } = await session.row<{ sql: string }>(
    `SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L OWNER %I', $2::text,
       pg_encoding_to_char(encoding), datcollate, datctype, pg_get_userbyid(datdba))
     || CASE to_jsonb(d)->>'datlocprovider'
       WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'))
       WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', to_jsonb(d)->>'datlocale')
       ELSE '' END AS sql
     FROM pg_database d WHERE datname = $1`,
    [original, fresh],
  );
  await session.rows(sql);
}

async function swapNames(
  session: Session,
  name: string,
  fresh: string,
  former: string,
): Promise<void> {
  const change = (database: string, how: string) =>
    session.rows(`ALTER DATABASE ${quoteName(database)} ${how}`);
  let current = name;
  try {
    await change(name, 'WITH ALLOW_CONNECTIONS false');
    await session.rows(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY($1) AND pid <> pg_backend_pid()',
      [[name, fresh]],
    );
    await change(name, `RENAME TO ${quoteName(former)}`);
    current = former;
    await change(fresh, `RENAME TO ${quoteName(name)}`);
  } catch (error) {
    // The one that was there takes its place again.
    if (current !== name) await change(current, `RENAME TO ${quoteName(name)}`);
    await change(name, 'WITH ALLOW_CONNECTIONS true');
    throw error;
  }
  await change(former, 'WITH ALLOW_CONNECTIONS true');
}

/** @throws BackupError `refused` unless the target is empty, or the person typed its name */
export function refuseOccupied(
  objects: number,
  { database }: Address,
  typed: string | undefined,
): void {
  if (typed !== undefined && typed !== database) {
    throw new BackupError('usage', `--replace names ${typed}, and the target is ${database}.`, {
      cure: 'Type the name of the database that --into names.',
    });
  }
  if (objects === 0 || typed === database) return;
  throw new BackupError('refused', `The target database ${database} holds ${objects} objects.`, {
    cure: `Restore into an empty database; or, to put the backup in its place and keep today's state under another name, add --replace ${database}.`,
  });
}
