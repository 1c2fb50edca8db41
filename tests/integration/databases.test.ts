import { loadCircuitIq } from '../../bench/circuitiq';
import { loadAwkward } from '../support/databases/awkward';
import { createDatabase, query, serverForTests } from '../support/servers';

describe.each([15, 17, 18])('on PostgreSQL %i', (major) => {
  const server = serverForTests({ major });

  it('loads the awkward database, also what only a superuser can restore', async () => {
    const url = await createDatabase(server());
    await loadAwkward(url, { superuser: true });
    const [row] = await query(
      url,
      `SELECT (SELECT count(*) FROM awkward.by_mood) AS moods,
         (SELECT count(*) FROM pg_largeobject_metadata) AS objects,
         (SELECT count(*) FROM pg_attribute WHERE attrelid = 'awkward.thousand_columns'::regclass
           AND attnum > 0) AS columns`,
    );
    expect(row).toEqual({ moods: '300', objects: '5', columns: '1000' });
  });
});

describe('the CircuitIQ database', () => {
  const server = serverForTests();

  const size = `SELECT sum(pg_total_relation_size(oid)) / 1e6 AS megabytes
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;
  const content = `SELECT md5(string_agg(m::text, '' ORDER BY id)) AS messages,
    (SELECT md5(string_agg(a::text, '' ORDER BY id)) FROM "Analysis" a) AS analyses,
    (SELECT last_value FROM "UsageRecord_id_seq") AS last FROM "Message" m`;

  it('is as large as asked for, and the same every time', async () => {
    const urls = [await createDatabase(server()), await createDatabase(server())];
    for (const url of urls) await loadCircuitIq(url, { megabytes: 40 });
    const [first, second] = await Promise.all(urls.map((url) => query(url, content)));
    expect(first).toEqual(second);
    const [row] = await query(urls[0] ?? '', size);
    expect(Math.abs(Number(row?.megabytes) - 40)).toBeLessThan(4);
  });
});
