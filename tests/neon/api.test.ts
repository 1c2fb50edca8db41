import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openNeon } from '../../core/neon/api';
import { isNeonError, type NeonError } from '../../core/neon/errors';
import { allOf, apiOf, failureOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';
import { BUSY } from '../support/neon/routes';

const neon = neonForTests();

const idle = { plan: ['finished'] };

/** Makes a child that is ready at once. */
async function makeChild(name: string, change: object = {}) {
  const { project } = neon();
  project.plan('create_branch', idle.plan);
  project.plan('start_compute', idle.plan);
  const { api } = apiOf(neon());
  return api.createBranch({ parent: project.default.branch.id, name, ...change });
}

describe('what it gives', () => {
  it('is a plain project, without what nobody asked for', async () => {
    const project = await apiOf(neon()).api.getProject();

    expect(project).toMatchObject({
      id: neon().project.id,
      major: 18,
      historySeconds: 86_400,
      region: 'aws-eu-central-1',
      plan: 'launch_v3',
      branchesLimit: 10,
    });
    expect(allOf(project)).not.toMatch(/nobody@example.com/);
  });

  it('is a branch with a compute and an expiry, as asked', async () => {
    const expiresAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000);

    const { branch, endpoints, operations } = await makeChild('x', { expiresAt, computeUnits: 2 });

    expect(branch).toMatchObject({
      name: 'x',
      parent: neon().project.default.branch.id,
      expiresAt,
    });
    expect(branch).toMatchObject({ isDefault: false, isProtected: false });
    expect(endpoints).toMatchObject([{ branch: branch.id, type: 'read_write' }]);
    expect(operations.map(({ action }) => action)).toEqual(['create_branch', 'start_compute']);
    expect(neon().project.find(branch.id).endpoint?.autoscaling_limit_max_cu).toBe(2);
  });

  it('is a branch without a compute, where none is asked for', async () => {
    expect((await makeChild('x')).endpoints).toEqual([]);
  });

  it('holds no password of a role, although Neon sends it', async () => {
    const { branch } = await makeChild('x', { computeUnits: 1 });
    const { api } = apiOf(neon());
    const password = neon().project.options.roles.neondb_owner ?? '';

    const roles = await api.listRoles(branch.id);

    expect(roles).toMatchObject([{ name: 'neondb_owner', branch: branch.id }]);
    expect(allOf(roles)).not.toContain(password);
    // Where a project has one role and one database, Neon sends the whole way in unasked.
    expect(allOf(await makeChild('y', { computeUnits: 1 }))).not.toContain(password);
    expect(await api.listDatabases(branch.id)).toMatchObject([
      { name: 'app', owner: 'neondb_owner' },
    ]);
    expect(await api.listEndpoints(branch.id)).toHaveLength(1);
  });

  it('is the way to the direct host, never to the pooler', async () => {
    const { branch, endpoints } = await makeChild('x', { computeUnits: 1 });

    const uri = await apiOf(neon()).api.getConnectionUri({
      branch: branch.id,
      database: 'app',
      role: 'neondb_owner',
    });

    expect(new URL(uri)).toMatchObject({ hostname: endpoints[0]?.host, username: 'neondb_owner' });
  });

  it('is every branch with a prefix, page by page, and none that only has it somewhere', async () => {
    const { project } = neon();
    for (let at = 0; at < 1_100; at++) project.add({ name: `ours-${at}` });
    project.add({ name: 'not-ours-1' });
    project.add({ name: 'x', id: 'br-ours-1' });

    const { api } = apiOf(neon());
    const found = await api.listBranches('ours-');

    expect(new Set(found.map(({ name }) => name)).size).toBe(1_100);
    expect(neon().calls).toHaveLength(2);
    expect((await api.listBranches()).length).toBe(1_103);
  });

  it('is every branch that stays, where others are deleted between two pages', async () => {
    const { project } = neon();
    for (let at = 0; at < 1_100; at++) project.add({ name: `ours-${at}` });
    const rewrite = (body: { branches: { id: string }[] }) => {
      for (const { id } of body.branches.slice(0, 50)) project.places.delete(id);
      return body;
    };
    neon().set({ fault: { rewrite } });

    const found = new Set((await apiOf(neon()).api.listBranches('ours-')).map(({ id }) => id));

    const stay = [...project.places.values()].filter(({ branch }) => !branch.default);
    expect(stay).toHaveLength(1_050);
    expect(stay.filter(({ branch }) => !found.has(branch.id))).toEqual([]);
  });

  it('changes the name and the expiry of a branch, and takes an expiry away', async () => {
    const { api } = apiOf(neon());
    const { branch } = await makeChild('x', { expiresAt: new Date(Date.now() + 60_000) });

    await api.updateBranch(branch.id, { name: 'y', expiresAt: new Date(Date.now() + 120_000) });
    const renamed = await api.getBranch(branch.id);
    await api.updateBranch(branch.id, { expiresAt: null });

    expect(renamed.name).toBe('y');
    expect(renamed.expiresAt?.getTime()).toBeGreaterThan(branch.expiresAt?.getTime() ?? 0);
    expect((await api.getBranch(branch.id)).expiresAt).toBeUndefined();
  });

  it('restores a branch to an earlier moment, and keeps what it was', async () => {
    const { project } = neon();
    const { api } = apiOf(neon());
    const { id } = project.default.branch;
    const at = { time: new Date(project.now() - 60_000) };

    const { branch, operations } = await api.restoreBranch(id, { from: id, at, keepAs: 'before' });

    expect(branch.name).toBe('production');
    expect(operations).not.toEqual([]);
    expect(await api.listBranches('before')).toHaveLength(1);
  });

  it('makes, lists and deletes snapshots', async () => {
    const { project } = neon();
    const { api } = apiOf(neon());
    project.plan('create_branch', idle.plan);
    const expiresAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 86_400_000);

    const { snapshot } = await api.native.create({
      branch: project.default.branch.id,
      name: 's',
      at: { time: new Date(project.now() - 1_000) },
      expiresAt,
    });

    expect(await api.native.list()).toEqual([snapshot]);
    expect(snapshot).toMatchObject({ name: 's', expiresAt, branch: project.default.branch.id });
    await api.native.delete(snapshot.id);
    expect(await api.native.list()).toEqual([]);
  });

  it('finds a branch gone that is deleted twice', async () => {
    const { api } = apiOf(neon());
    const { branch } = await makeChild('x');
    neon().project.plan('delete_timeline', idle.plan);

    expect(await api.deleteBranch(branch.id)).toHaveLength(1);
    expect(await api.deleteBranch(branch.id)).toEqual([]);
  });
});

describe('a call that fails', () => {
  it('says what, why and what to do, in words of ours', async () => {
    const { id } = neon().project.default.branch;

    const error = await failureOf(apiOf(neon()).api.deleteBranch(id));

    expect(error).toMatchObject({
      reason: 'refused',
      cure: expect.any(String),
      call: {
        method: 'DELETE',
        path: `/projects/${neon().project.id}/branches/${id}`,
        status: 422,
        detail: 'this branch can not be deleted',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    expect(error.message).toMatch(/^Neon's API: DELETE \/projects\/\S+ was answered with 422: /);
  });

  it.each([
    [401, 'auth'],
    [403, 'permission'],
    [404, 'not_found'],
    [400, 'refused'],
    [409, 'refused'],
    [500, 'source_unavailable'],
  ])('with %i has the reason %s', async (status, reason) => {
    const { id } = neon().project.default.branch;
    neon().set({ fault: { status, body: { code: 'WHY', message: 'so' } } });

    const error = await failureOf(apiOf(neon()).api.deleteBranch(id));

    expect(error).toMatchObject({ reason, call: { status, code: 'WHY', detail: 'so' } });
  });

  it.each([
    ['refused', { status: 403, body: { code: '', message: 'no' } }],
    ['a page of something on the way', { status: 502, body: '<html>Bad gateway</html>' }],
    ['a connection that ends', 'drop' as const],
    ['silence', 'silence' as const],
    ['an answer that is none', { status: 200, body: '<html>Hello</html>' }],
    ['its own key, repeated', { status: 400, body: { code: '', message: 'napi_canary6e02key?' } }],
    ['a redirect', { status: 302, body: '', headers: { Location: 'http://127.0.0.1:1/' } }],
  ])('holds no API key, nor what was sent: %s', async (_, fault) => {
    neon().set({ fault, count: 9 });
    const { api } = apiOf(neon(), { timeoutMs: 100 });

    const error = await failureOf(
      api.createBranch({ parent: neon().project.default.branch.id, name: 'canary-name' }),
    );

    expect(isNeonError(error)).toBe(true);
    expect(allOf(error)).not.toMatch(/napi_canary|canary-name|Bearer|<html>/i);
    expect(error.cause).toBeUndefined();
  });

  it('sends no API key to where it is led', async () => {
    const headers = { Location: `${neon().url}/projects/elsewhere` };
    neon().set({ fault: { status: 302, body: '', headers } });

    await expect(apiOf(neon()).api.getProject()).rejects.toMatchObject({ call: { status: 302 } });

    expect(neon().calls).toHaveLength(1);
  });

  it('holds no API key where the key is wrong', async () => {
    const error = await failureOf(apiOf(neon(), { apiKey: 'napi_canary_wrong' }).api.getProject());

    expect(error).toMatchObject({ reason: 'auth', cure: expect.stringMatching(/API key/) });
    expect(allOf(error)).not.toMatch(/canary/);
  });

  it('holds no key, nor is it sent, where the address is not safe', async () => {
    for (const baseUrl of ['http://neon.example.com/api', 'ftp://127.0.0.1', 'nonsense'])
      expect(() => openNeon('x', { apiKey: 'canary', baseUrl })).toThrow('NEON_API_URL');
  });

  it.each(['', 'Quiet Moon', '../users/me', 'a/b', 'x'.repeat(61)])(
    'is not even made for the project "%s"',
    (project) => {
      expect(() => openNeon(project, { apiKey: 'canary' })).toThrow(
        expect.objectContaining({ reason: 'usage' }),
      );
    },
  );
});

describe('a second try', () => {
  const create = () =>
    apiOf(neon()).api.createBranch({ parent: neon().project.default.branch.id, name: 'x' });

  it.each([423, 429, 503])('follows %i, whatever was asked', async (status) => {
    neon().set({ fault: { status, body: { code: '', message: BUSY } }, count: 2 });

    await create();

    expect(neon().calls.map((call) => call.status)).toEqual([status, status, 201]);
  });

  it.each([
    ['500', { status: 500, body: {} }],
    ['524', { status: 524, body: '<html>' }],
    ['a lost answer', 'drop after' as const],
    ['a lost question', 'drop' as const],
    ['silence', 'silence' as const],
  ])('never follows %s where something was to change', async (_, fault) => {
    neon().set({ fault });
    const { api } = apiOf(neon(), { timeoutMs: 1_000 });
    const parent = neon().project.default.branch.id;

    const error = await failureOf(api.createBranch({ parent, name: 'x' }));

    expect((error as NeonError).wasTurnedAway).toBe(false);
    expect(neon().calls).toHaveLength(1);
  });

  it.each([
    ['500', { status: 500, body: {} }],
    ['a page of something on the way', { status: 502, body: '<html>' }],
    ['a lost answer', 'drop after' as const],
    ['silence', 'silence' as const],
  ])('follows %s where it only reads', async (_, fault) => {
    neon().set({ fault, count: 2 });

    await apiOf(neon(), { timeoutMs: 1_000 }).api.getProject();

    expect(neon().calls).toHaveLength(3);
  });

  it.each([400, 401, 403, 404, 409, 422])('never follows %i', async (status) => {
    neon().set({ fault: { status, body: { code: '', message: 'no' } } });

    await failureOf(apiOf(neon()).api.getProject());

    expect(neon().calls).toHaveLength(1);
  });

  it('waits longer each time, and gives up', async () => {
    neon().set({ fault: { status: 503, body: {} }, count: 99 });
    const { api, waits } = apiOf(neon());

    await expect(api.getProject()).rejects.toMatchObject({ reason: 'source_unavailable' });

    expect(neon().calls).toHaveLength(6);
    expect(waits).toHaveLength(5);
    expect(waits.reduce((sum, ms) => sum + ms)).toBeGreaterThan(15_000);
    expect(waits.reduce((sum, ms) => sum + ms)).toBeLessThan(60_000);
  });

  it('waits as long as it is told to, within reason', async () => {
    const inAMinute = new Date(Date.now() + 45_000).toUTCString();
    for (const [at, after] of ['30', inAMinute, '86400', 'soon'].entries()) {
      const headers = { 'Retry-After': after };
      neon().set({ nth: 2 * at + 1, fault: { status: 429, body: {}, headers } });
    }
    const { api, waits } = apiOf(neon());
    for (let call = 0; call < 4; call++) await api.getProject();

    expect(waits[0]).toBe(30_000);
    expect(waits[1]).toBeGreaterThan(40_000);
    expect(waits[2]).toBe(60_000);
    expect(waits[3]).toBeLessThan(5_000);
  });

  it('ends, with the reason of its signal, where the work is told to stop', async () => {
    const abort = new AbortController();
    neon().set({ fault: 'silence' });
    const asked = failureOf(apiOf(neon(), { signal: abort.signal }).api.getProject());
    const why = new Error('stop');
    abort.abort(why);

    expect(await asked).toBe(why);
    expect(neon().calls.length).toBeLessThan(2);
  });

  it('is made where an answer drips for ever', async () => {
    const drip = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(timer));
    });
    await new Promise<void>((done) => drip.listen(0, '127.0.0.1', done));
    const baseUrl = `http://127.0.0.1:${(drip.address() as AddressInfo).port}`;

    const error = await failureOf(apiOf(neon(), { baseUrl, timeoutMs: 100 }).api.getProject());
    drip.closeAllConnections();
    drip.close();

    expect(error).toMatchObject({ reason: 'source_unavailable', call: { status: undefined } });
  });
});

describe('an answer that is not to be trusted', () => {
  // biome-ignore lint/suspicious/noExplicitAny: answers that are not Neon's
  const rewrites: [string, (body: any) => unknown][] = [
    [
      'of another project',
      (body) => ({ ...body, branch: { ...body.branch, project_id: 'other' } }),
    ],
    ['with another branch', (body) => ({ ...body, branch: { ...body.branch, id: 'br-other' } })],
    ['with an id that is a path', (body) => ({ ...body, branch: { ...body.branch, id: '../x' } })],
    ['without a branch', () => ({})],
    ['of null', () => null],
    ['with a date that is none', (body) => ({ branch: { ...body.branch, created_at: 'today' } })],
    [
      'that does not say whether it is protected',
      (body) => ({ branch: { ...body.branch, protected: null } }),
    ],
  ];

  it.each(rewrites)('is refused: %s', async (_, rewrite) => {
    neon().set({ fault: { rewrite } });

    await expect(
      apiOf(neon()).api.getBranch(neon().project.default.branch.id),
    ).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/not what it should be/),
    });
  });

  it('is refused where one branch of a list is of another project', async () => {
    neon().project.add({ name: 'foreign', project_id: 'other' });

    await expect(apiOf(neon()).api.listBranches()).rejects.toThrow(/belongs to another project/);
  });

  it('may have values that are newer than this', async () => {
    // biome-ignore lint/suspicious/noExplicitAny: an answer of a later Neon
    const rewrite = ({ branch }: any) => ({
      branch: { ...branch, current_state: 'dreaming', mood: 1 },
    });
    neon().set({ fault: { rewrite } });

    const branch = await apiOf(neon()).api.getBranch(neon().project.default.branch.id);

    expect(branch).toMatchObject({ state: 'dreaming' });
  });
});
