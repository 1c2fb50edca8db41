import { escapeIdentifier } from 'pg';
import { FILES } from '../../contract/keys';
import { parseAddress } from '../../core/postgres/address';
import { withSession } from '../../core/postgres/session';
import { clientToolsFor } from '../../core/postgres/tools';
import { protectedDatabase } from '../support/faults/protected';
import { withPut } from '../support/faults/stores';
import { createDatabase, query, serverForTests } from '../support/servers';

const server = serverForTests({ settings: { max_locks_per_transaction: '64' } });
const database = protectedDatabase(
  server,
  `CREATE TABLE account AS SELECT i AS id, 'name ' || i AS name FROM generate_series(1, 1000) i;
   CREATE TABLE secret AS SELECT 1 AS id;`,
);

/** The same database as this role, which can log in and owns nothing. */
async function as(role: string, rights = ''): Promise<ReturnType<typeof parseAddress>> {
  await query(database().url, `CREATE ROLE ${role} LOGIN PASSWORD 'of ${role}'; ${rights}`);
  return { ...database().source, user: role, password: `of ${role}` };
}

describe('a source that holds nothing', () => {
  const empty = async () => parseAddress(await createDatabase(server()));

  it('is refused', async () => {
    const source = await empty();

    const error = await database().fails('refused', { source });

    expect(error.message).toBe(`The database ${source.database} holds no table.`);
    expect(error.cure).toContain('--accept-empty');
  });

  it('is taken when that is what is wanted', async () => {
    const { tables, id } = await database().take({
      source: await empty(),
      accept: { empty: true },
    });

    expect(tables).toEqual([]);
    expect(await database().verify(id)).toBe('VERIFIED content');
  });
});

describe('another database under the same name', () => {
  const named = async () => {
    const url = await createDatabase(server());
    await query(url, 'CREATE TABLE account AS SELECT 1 AS id');
    return { source: parseAddress(url), database: database().good.database };
  };

  it('is refused', async () => {
    const error = await database().fails('refused', await named());

    expect(error.message).toContain(database().good.id);
    expect(error.cure).toContain('--accept-new-source');
  });

  it('is taken when it has moved', async () => {
    const options = { ...(await named()), accept: { newSource: true } };

    expect((await database().take(options)).database).toBe(database().good.database);
    // And is the known one from now on.
    await database().fails('refused');
    await database().take({ accept: { newSource: true } });
  });
});

describe('client programs that are older than the server', () => {
  it.each([15, 17])('of %i are refused before any byte is stored', async (major) => {
    const stored: string[] = [];
    const store = withPut(database().store, (key) => {
      stored.push(key);
      throw new Error('Nothing may be stored.');
    });

    const error = await database().fails('version_mismatch', {
      store,
      toolsFor: () => clientToolsFor(major),
    });

    expect(error.message).toMatch(`pg_dump ${major}.`);
    expect(error.message).toContain('PostgreSQL 18.');
    expect(stored).toEqual([]);
  });
});

describe('a role that does not see everything', () => {
  it('is told which table it may not read', async () => {
    const source = await as('blind', 'GRANT SELECT ON account TO blind');

    const error = await database().fails('permission', { source });

    expect(error.message).toBe('The role blind may not read public.secret.');
    expect(error.cure).toBe('Let it read everything: GRANT pg_read_all_data TO blind;');
    await query(database().url, 'GRANT pg_read_all_data TO blind');
    await database().take({ source });
  });

  it('is told which schema it may not enter', async () => {
    await query(database().url, 'CREATE SCHEMA closed; CREATE TABLE closed.door AS SELECT 1 AS id');
    const rights = 'GRANT SELECT ON ALL TABLES IN SCHEMA public, closed TO outsider';

    const error = await database().fails('permission', { source: await as('outsider', rights) });

    expect(error.message).toBe('The role outsider may not read closed.door.');
    await query(database().url, 'DROP SCHEMA closed CASCADE');
  });

  it('is told where row-level security hides rows from it', async () => {
    const source = await as('tenant', 'GRANT pg_read_all_data TO tenant');
    await query(
      database().url,
      `ALTER TABLE account ENABLE ROW LEVEL SECURITY;
       CREATE POLICY own ON account USING (id <= 50)`,
    );

    const error = await database().fails('permission', { source });

    expect(error.message).toBe(
      'Row-level security hides rows of public.account from the role tenant.',
    );
    await query(database().url, 'ALTER ROLE tenant BYPASSRLS');
    const { tables, id } = await database().take({ source });
    expect(tables).toContainEqual({ schema: 'public', table: 'account', rows: 1000 });
    expect(await database().verify(id)).toBe('VERIFIED content');
    await query(database().url, 'ALTER TABLE account DISABLE ROW LEVEL SECURITY');
  });

  it('owns the table, and still sees only a part of it', async () => {
    const source = await as('owner', 'GRANT pg_read_all_data TO owner');
    await query(
      database().url,
      `CREATE TABLE owned AS SELECT i AS id FROM generate_series(1, 9) i; ALTER TABLE owned OWNER TO owner;
       ALTER TABLE owned ENABLE ROW LEVEL SECURITY; ALTER TABLE owned FORCE ROW LEVEL SECURITY`,
    );

    const error = await database().fails('permission', { source });

    expect(error.message).toContain('hides rows of public.owned');
    await query(database().url, 'DROP TABLE owned');
  });
});

describe('what the reader of a backup should know', () => {
  it('is noted: rows that an extension keeps, unlogged tables, large objects', async () => {
    await query(
      database().url,
      `CREATE EXTENSION pg_trgm; CREATE TABLE kept AS SELECT 1 AS id; ALTER EXTENSION pg_trgm ADD TABLE kept;
       CREATE TABLE hollow (id int); ALTER EXTENSION pg_trgm ADD TABLE hollow;
       CREATE UNLOGGED TABLE "fast and gone" AS SELECT 1 AS id;
       SELECT lo_from_bytea(0, 'first'), lo_from_bytea(0, 'second')`,
    );

    const { notes, largeObjects, tables, id } = await database().take();

    expect(notes.map(({ check }) => check)).toEqual([
      'extension_tables',
      'unlogged_tables',
      'large_objects',
    ]);
    expect(notes[0]?.detail).toContain('the rows of public.kept,');
    expect(notes[1]?.detail).toContain('public."fast and gone" are unlogged');
    expect(largeObjects).toBe(2);
    expect(tables.map(({ table }) => table)).not.toContain('kept');
    expect(await database().verify(id)).toBe('VERIFIED content');
  });

  it('counts large objects in the snapshot, whatever is made meanwhile', async () => {
    const make = () => query(database().url, "SELECT lo_from_bytea(0, 'late')");
    const toolsFor = async (major: number) => {
      await make();
      return clientToolsFor(major);
    };

    const { largeObjects, id } = await database().take({ toolsFor });

    expect(largeObjects).toBe(3);
    expect(await database().verify(id)).toBe('VERIFIED content');
  });
});

it('takes a database and tables of any name', async () => {
  const names = ['it"s', "quo'te", 'a\nb', 'ünï💾', 'select', '$1', '%s\\', ' ', 'a.b', '--'];
  const source = parseAddress(await createDatabase(server(), 'odd "name" / #é💾?'));
  await withSession(source, async (session) => {
    for (const name of names.map(escapeIdentifier))
      await session.rows(`CREATE TABLE ${name} AS SELECT 1 AS ${name}`);
  });

  const { database: name, tables, files, id } = await database().take({ source, plain: true });

  expect(name).toBe('odd "name" / #é💾?');
  expect(tables.map(({ table }) => table).sort()).toEqual(names.sort());
  expect(files.map(({ name }) => name)).toContain(FILES.plain);
  expect(await database().verify(id)).toBe('VERIFIED content');
});
