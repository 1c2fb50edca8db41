import { copyFiles, FOR_COPIES, startCopy } from '../support/neon/cluster';
import { SimulatedNeon } from '../support/neon/simulator';
import { createDatabase, query, serverForTests } from '../support/servers';

describe('the simulator', () => {
  let neon: SimulatedNeon;

  beforeEach(async () => {
    neon = new SimulatedNeon({});
    await neon.listen();
  });

  afterEach(() => neon.close());

  const send = (path: string, init: RequestInit = {}) =>
    fetch(`${neon.url}/projects/${neon.project.id}${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${neon.apiKey}`, 'Content-Type': 'application/json' },
    });

  it('is content with a request that is Neon-like, and with its own answer', async () => {
    const body = JSON.stringify({ branch: { name: 'x' }, endpoints: [{ type: 'read_write' }] });

    expect((await send('/branches', { method: 'POST', body })).status).toBe(201);
    for (const path of ['', '/branches', '/snapshots']) expect((await send(path)).status).toBe(200);
    expect(neon.violations).toEqual([]);
  });

  it.each([
    ['POST', '/branches', { branch: { expire_at: '2026-11-26T00:00:00Z' } }],
    ['POST', '/branches', { endpoints: [{ type: 'writer' }] }],
    ['GET', '/branches?prefix=x', undefined],
    ['GET', '/nothing', undefined],
  ])('tells what is wrong with %s %s %j', async (method, path, body) => {
    await send(path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });

    expect(neon.violations).not.toEqual([]);
  });

  it('tells where its own answer is not one of Neon', async () => {
    neon.project.default.branch.created_at = 'long ago';

    await send('/branches');

    expect(neon.violations).toEqual([expect.stringMatching(/^answer\/branches\/0\/created_at /)]);
  });

  it('refuses what Neon refuses', async () => {
    const { project } = neon;
    const main = project.default.branch.id;
    const statusOf = async (path: string, method: string, body?: object) =>
      (await send(path, { method, ...(body ? { body: JSON.stringify(body) } : {}) })).status;
    const at = (ms: number) => new Date(project.now() + ms).toISOString().replace(/\.\d+/, '');
    const child = project.add({ name: 'child' });
    project.add({ name: 'grandchild', parent_id: child.id });
    const shielded = project.add({ name: 'shielded', protected: true });
    const passing = project.add({ name: 'passing', expires_at: at(60_000) });

    for (const id of [main, child.id, shielded.id])
      expect(await statusOf(`/branches/${id}`, 'DELETE')).toBe(422);
    for (const branch of [
      { parent_id: passing.id },
      { parent_timestamp: at(60_000) },
      { parent_timestamp: at(-2 * 86_400_000) },
      { expires_at: at(-1_000) },
      { expires_at: at(31 * 86_400_000) },
    ])
      expect(await statusOf('/branches', 'POST', { branch })).toBe(422);
    expect(await statusOf(`/branches/${child.id}/snapshot`, 'POST')).toBe(422);
    expect(await statusOf(`/branches/${main}/restore`, 'POST', { source_branch_id: main })).toBe(
      422,
    );
    project.start(['check_availability'], project.default);
    expect(await statusOf('/branches', 'POST', { branch: {} })).toBe(423);
  });
});

describe("a copy of a server's files", () => {
  const server = serverForTests(FOR_COPIES);

  it('is taken while the server is used, has what was committed, and nothing that is unlogged', async () => {
    const url = await createDatabase(server(), 'app');
    await query(
      url,
      `CREATE TABLE kept AS SELECT 1 AS n; CREATE UNLOGGED TABLE lost AS SELECT 1 AS n;
       CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT SELECT ON kept TO reader`,
    );
    const copy = await startCopy(await copyFiles(server()));
    const read = async (of: string, table: string) => query(of, `SELECT n FROM ${table}`);
    try {
      await query(url, 'INSERT INTO kept VALUES (2)');
      const there = Object.assign(new URL(copy.url('app')), {
        username: 'reader',
        password: 'reader',
      }).href;

      expect(await read(there, 'kept')).toEqual([{ n: 1 }]);
      expect(await read(copy.url('app'), 'lost')).toEqual([]);
      expect(await read(url, 'kept')).toEqual([{ n: 1 }, { n: 2 }]);
      expect(await read(url, 'lost')).toEqual([{ n: 1 }]);
      const identity = 'SELECT system_identifier FROM pg_control_system()';
      expect(await query(copy.url(), identity)).toEqual(await query(url, identity));
    } finally {
      await copy.stop();
    }
  });
});
