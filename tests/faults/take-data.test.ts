import { Client } from 'pg';
import { parseAddress } from '../../core/postgres/address';
import { noise, protectedDatabase } from '../support/faults/protected';
import { createDatabase, query, serverForTests } from '../support/servers';

describe('a source that is written to', () => {
  const server = serverForTests();
  const database = protectedDatabase(
    server,
    `${noise(6_000)} CREATE TABLE few (id int PRIMARY KEY)`,
  );

  const WRITES = [
    `INSERT INTO noise_1 SELECT i, sha512(i::text::bytea), '' FROM generate_series(1, 50) i`,
    "DELETE FROM noise_1 WHERE more = ''",
    `UPDATE noise_3 SET more = '' WHERE id % 100 = 0`,
    // At once: a table that is empty for a moment would rightly be called shrunk.
    `BEGIN; DELETE FROM few;
     INSERT INTO few SELECT generate_series(1, 30 + (random() * 10)::int); COMMIT`,
    "SELECT lo_from_bytea(0, 'late')",
  ];

  /** Writes without a pause while `work` runs; how many statements that were. */
  async function writing(work: () => Promise<unknown>): Promise<number> {
    const client = new Client(database().url);
    await client.connect();
    let writes = 0;
    let busy = true;
    const loop = async (): Promise<void> => {
      while (busy) await client.query(WRITES[writes++ % WRITES.length] ?? '');
    };
    const looping = loop();
    try {
      await work();
    } finally {
      busy = false;
      await looping;
      await client.end();
    }
    return writes;
  }

  it('is counted in the very snapshot that is dumped', async () => {
    const verdicts: string[] = [];
    const writes = await writing(async () => {
      for (let run = 0; run < 5; run++) {
        const { id } = await database().take({ plain: run % 2 === 1, lockTimeoutMs: 20_000 });
        verdicts.push(await database().verify(id));
      }
    });

    expect(writes).toBeGreaterThan(WRITES.length);
    expect(verdicts).toEqual(Array(5).fill('VERIFIED content'));
    await database().survives();
  });
});

describe('a source with many tables', () => {
  const server = serverForTests({ settings: { max_locks_per_transaction: '64' } });
  const database = protectedDatabase(server, 'CREATE TABLE one AS SELECT 1 AS id');

  const filled = async (tables: number): Promise<string> => {
    const url = await createDatabase(server());
    // Each statement commits, lest the locks of all run out here already.
    await query(
      url,
      `DO $$ BEGIN FOR i IN 1..${tables} LOOP
         EXECUTE format('CREATE TABLE t_%s AS SELECT %s AS id', i, i); COMMIT; END LOOP; END $$`,
    );
    return url;
  };

  it('is taken whole', async () => {
    const source = parseAddress(await filled(5_000));

    const { tables, id } = await database().take({ source });

    expect(tables).toHaveLength(5_000);
    expect(await database().verify(id)).toBe('VERIFIED content');
  });

  it('is refused when the server has too few locks for them', async () => {
    const [room] = await query<{ slots: number }>(
      server().url(),
      `SELECT current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int
         + current_setting('max_prepared_transactions')::int) AS slots`,
    );
    const source = parseAddress(await filled((room?.slots ?? 0) + 1));

    const error = await database().fails('refused', { source });

    expect(error.cure).toContain('max_locks_per_transaction');
  });
});

/** Minutes, and gigabytes of the server's memory: only for who asks for all tests. */
const ALL = process.env.NEON_BACKUP_TEST_ALL === '1';

describe('a source with wide rows', () => {
  const server = serverForTests();
  const database = protectedDatabase(server, 'CREATE TABLE wide (id int, body bytea)');
  const MEGABYTES = ALL ? 419 : 200;
  const MOST_MEGABYTES = 150;

  /** One value of so many MB, which compresses well: the wide line is what counts. */
  const fill = (megabytes: number) =>
    query(
      database().url,
      `TRUNCATE wide; INSERT INTO wide SELECT 1, convert_to(repeat('0123456789', ${megabytes * 1e5}), 'UTF8')`,
    );

  it(`takes a value of ${MEGABYTES} MB in memory that does not grow with it`, async () => {
    await fill(MEGABYTES);
    const before = process.memoryUsage().rss;
    let most = before;
    const onProgress = () => {
      most = Math.max(most, process.memoryUsage().rss);
    };

    const { id } = await database().take({ onProgress });

    expect((most - before) / 1e6).toBeLessThan(MOST_MEGABYTES);
    expect(await database().verify(id)).toBe('VERIFIED content');
  }, 240_000);

  (ALL ? it : it.skip)(
    'says what is wrong with a value that no dump can hold',
    async () => {
      await fill(560);

      const error = await database().fails('refused');

      expect(error.cure).toContain('half a gigabyte');
      expect(error.output?.length).toBeLessThan(4_000);
    },
    240_000,
  );
});
