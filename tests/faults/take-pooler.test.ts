import { Client } from 'pg';
import { parseAddress } from '../../core/postgres/address';
import { withSession } from '../../core/postgres/session';
import { refusePooler } from '../../core/take/preflight';
import { type PgBouncer, startPgBouncer } from '../support/faults/pgbouncer';
import { protectedDatabase } from '../support/faults/protected';
import { startProxy } from '../support/faults/proxy';
import { query, serverForTests } from '../support/servers';

const server = serverForTests();
const database = protectedDatabase(server, 'CREATE TABLE account AS SELECT 1 AS id');

it('is known by its name, without a connection', async () => {
  const nobody = await startProxy(undefined);
  try {
    const source = {
      ...parseAddress(nobody.url(database().url)),
      host: 'ep-cool-name-123456-pooler.eu-central-1.aws.neon.tech',
    };

    const error = await database().fails('pooler', { source });

    expect(error.cure).toContain('without "-pooler"');
    expect(nobody.connections).toBe(0);
  } finally {
    await nobody.close();
  }
});

/** What a session of the application depends on. */
const STATE = `SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS statements,
  current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('timezone') AS zone,
  current_setting('bytea_output') AS bytes, (SELECT count(*)::int FROM account) AS rows`;

describe.each([
  ['refuses our settings', { default_pool_size: '20' }],
  ['passes over our settings', { default_pool_size: '20', ignore_startup_parameters: 'options' }],
  ['has one session for all', { default_pool_size: '1', ignore_startup_parameters: 'options' }],
])('a pooler that %s', (_, settings) => {
  let bouncer: PgBouncer;
  let application: Client;
  beforeAll(async () => {
    await query(
      database().url,
      `ALTER DATABASE ${database().source.database} SET statement_timeout = '7s';
       ALTER DATABASE ${database().source.database} SET transaction_timeout = '9s'`,
    );
    bouncer = await startPgBouncer(server().url(), settings);
    application = new Client(bouncer.url(database().url));
    await application.connect();
  });
  afterAll(async () => {
    await application.end();
    await bouncer.stop();
  });

  const state = async () => (await application.query(STATE)).rows[0];

  it('is refused, and the sessions of the application behind it are as they were', async () => {
    const before = await state();
    expect(before).toMatchObject({ statements: '7s', rows: 1 });

    const error = await database().fails('pooler', {
      source: parseAddress(bouncer.url(database().url)),
    });

    expect(error.message).toMatch(/^A connection pooler answers at 127\.0\.0\.1:/);
    for (let query = 0; query < 20; query++) expect(await state()).toEqual(before);
  });
});

it('finds a busy pooler too, every time', async () => {
  const settings = { default_pool_size: '8', ignore_startup_parameters: 'options' };
  const bouncer = await startPgBouncer(server().url(), settings);
  const source = parseAddress(bouncer.url(database().url));
  const application = Array.from({ length: 8 }, () => new Client(bouncer.url(database().url)));
  await Promise.all(application.map((client) => client.connect()));
  let busy = true;
  const work = application.map(async (client) => {
    while (busy) await client.query('SELECT pg_sleep(0.002)');
  });
  try {
    for (let look = 0; look < 120; look++) {
      const refused = withSession(source, (session) => refusePooler(session, source));
      await expect(refused).rejects.toMatchObject({ reason: 'pooler' });
    }
  } finally {
    busy = false;
    await Promise.all(work);
    await Promise.all(application.map((client) => client.end()));
    await bouncer.stop();
  }
});
