import { FOR_COPIES } from '../support/neon/cluster';
import { neonForTests } from '../support/neon/for-tests';
import { sendTo } from '../support/neon/send';
import { createDatabase, query, serverForTests } from '../support/servers';

const server = serverForTests(FOR_COPIES);
const neon = neonForTests(() => ({ cluster: server() }));
const { send, main, named, snap, restore } = sendTo(neon);
let url: string;

beforeAll(async () => {
  url = await createDatabase(server(), 'app');
  await query(url, 'CREATE TABLE words (n integer)');
});
beforeEach(() => query(url, 'TRUNCATE words; INSERT INTO words VALUES (1)'));

const at = (name: string) => named(name)?.cluster?.url('app') ?? '';
const rowsOf = (name: string) => query(at(name), 'SELECT n FROM words ORDER BY n');

it('restores what a snapshot held, as often as it is asked to', async () => {
  const id = await snap();
  await query(url, 'INSERT INTO words VALUES (2)');

  await restore(id, { name: 'preview' });
  await query(at('preview'), 'INSERT INTO words VALUES (3)');
  await restore(id, { target_branch_id: main().id, finalize_restore: true });

  expect(await rowsOf('preview')).toEqual([{ n: 1 }, { n: 3 }]);
  expect(await rowsOf('production')).toEqual([{ n: 1 }]);
  expect(await rowsOf('production (old)')).toEqual([{ n: 1 }, { n: 2 }]);
});

it('restores what another branch holds now', async () => {
  await send('POST', '/branches', { branch: { name: 'kept' } });
  await query(url, 'INSERT INTO words VALUES (2)');
  await query(at('kept'), 'INSERT INTO words VALUES (9)');

  await send('POST', `/branches/${main().id}/restore`, {
    source_branch_id: named('kept')?.branch.id,
    preserve_under_name: 'before',
  });

  expect(await rowsOf('production')).toEqual([{ n: 1 }, { n: 9 }]);
  expect(await rowsOf('before')).toEqual([{ n: 1 }, { n: 2 }]);
});

it('says only of a finished branch what of its parent it holds', async () => {
  const { body } = await send('POST', '/branches', { branch: { name: 'x' } });

  expect(body.branch.parent_lsn).toBeUndefined();
  expect(named('x')?.branch).toMatchObject({
    current_state: 'ready',
    parent_lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
    parent_timestamp: expect.any(String),
  });
});

it('gives a later compute the way to its own server', async () => {
  await send('POST', '/branches', { branch: { name: 'x' } });
  const { body } = await send('POST', '/endpoints', {
    endpoint: { branch_id: named('x')?.branch.id, type: 'read_write' },
  });

  expect(body.endpoint.host).toBe('127.0.0.1');
  const way = await send(
    'GET',
    `/connection_uri?branch_id=${named('x')?.branch.id}&database_name=app&role_name=neondb_owner`,
  );
  expect(new URL(way.body.uri).port).toBe(`${named('x')?.cluster?.port}`);
});
