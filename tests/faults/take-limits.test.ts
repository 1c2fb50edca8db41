import { parseAddress } from '../../core/postgres/address';
import { connect } from '../../core/postgres/session';
import { protectedDatabase } from '../support/faults/protected';
import { query, serverForTests } from '../support/servers';

const TIMEOUTS = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
];

describe.each([
  [15, TIMEOUTS],
  [17, [...TIMEOUTS, 'transaction_timeout']],
  [18, [...TIMEOUTS, 'transaction_timeout']],
])('on PostgreSQL %i', (major, timeouts) => {
  const server = serverForTests({ major });
  const database = protectedDatabase(server);

  it.each([
    ['the role', (name: string) => `ALTER ROLE hurried SET ${name} = '1ms'`],
    ['the database', (name: string) => `ALTER DATABASE %I SET ${name} = '1ms'`],
  ])(
    'limits of a millisecond, set for %s, end neither our sessions nor those of the programs',
    async (_, alter) => {
      await query(
        database().url,
        `DROP ROLE IF EXISTS hurried;
       CREATE ROLE hurried LOGIN PASSWORD 'hurried'; GRANT pg_read_all_data TO hurried;`,
      );
      const statements = timeouts
        .map(alter)
        .map((sql) => sql.replace('%I', database().source.database));
      await query(database().url, statements.join('; '));
      const source = { ...database().source, user: 'hurried', password: 'hurried' };

      const { id } = await database().take({ source, plain: true });

      // The test's own sessions need the limits gone.
      const admin = await connect(parseAddress(server().url()));
      await admin.rows(`ALTER DATABASE ${source.database} RESET ALL`);
      await admin.close();
      expect(await database().verify(id)).toBe('VERIFIED content');
      await database().survives();
    },
  );
});
