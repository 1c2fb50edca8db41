import { createServer } from 'node:http';
import { type Branch, type Fault, KEY, type NeonApi, PROJECT, startNeonApi } from './neon-api';
import { type Run, runWorkflow } from './workflow';

const TODAY = `backup-${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;
const OURS = { 'made-by': 'neon-backup' };
const DAY = 86_400_000;

let api: NeonApi;

beforeEach(async () => {
  api = await startNeonApi();
});

afterEach(() => {
  api.close();
  expect(api.violations).toEqual([]);
});

async function back(more: Record<string, string> = {}): Promise<Run> {
  const run = await runWorkflow('backup.yml', {
    secrets: { NEON_API_KEY: KEY, NEON_PROJECT_ID: PROJECT },
    env: { NEON_API_URL: api.url, NEON_PAUSE_SECONDS: '0', ...more },
  });
  expect(run.log + run.args).not.toContain(KEY);
  expect(run.log + run.args).not.toContain(PROJECT);
  return run;
}

/** Days are counted back from the last of 2025: never today's. */
function old(day: number, more: Partial<Branch> = {}): Branch {
  const at = new Date(Date.UTC(2025, 11, 31) - day * DAY).toISOString();
  const name = `backup-${at.slice(0, 10).replaceAll('-', '')}`;
  return {
    id: `br-old-${day}`,
    name,
    parent_id: 'br-production',
    created_at: at,
    annotation: OURS,
    ...more,
  };
}

function ids(): string[] {
  return api.branches.map(({ id }) => id);
}

function named(name: string): Branch | undefined {
  return api.branches.find((branch) => branch.name === name);
}

it("makes today's branch, of the default one, marked, and with an expiry before Neon's limit", async () => {
  const run = await back();

  expect(run.exitCode).toBe(0);
  expect(run.log).toContain(`::notice::${TODAY} was made.`);
  expect(named(TODAY)).toMatchObject({ parent_id: 'br-production', annotation: OURS });
  const expires = named(TODAY)?.expires_at ?? '';
  expect(expires).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(Date.parse(expires)).toBeGreaterThan(Date.now() + 28 * DAY);
});

it("only looks when today's is there, whoever made it", async () => {
  api.branches.push(old(0), { id: 'br-by-hand', name: TODAY, parent_id: 'br-production' });

  const run = await back();

  expect(run.exitCode).toBe(0);
  expect(run.log).toContain(`${TODAY} is there already`);
  expect(api.calls.filter((call) => !call.startsWith('GET'))).toEqual([]);
});

it("fails when today's is there, and is not ready", async () => {
  const unready = { name: TODAY, current_state: 'init' };
  api.branches.push({ id: 'br-stuck', parent_id: 'br-production', ...unready });

  const run = await back();

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain(`::error::${TODAY} is there already, but is 'init'`);
  expect(api.calls.filter((call) => !call.startsWith('GET'))).toEqual([]);
});

it('keeps the seven newest of its own', async () => {
  for (let day = 0; day < 9; day++) api.branches.push(old(day));

  const run = await back();

  expect(run.exitCode).toBe(0);
  const kept = [0, 1, 2, 3, 4, 5].map((day) => `br-old-${day}`);
  expect(ids()).toEqual(['br-production', ...kept, expect.stringMatching(/^br-new-/)]);
});

it('leaves alone what others made, what is protected, what has children, and what is a root', async () => {
  const foreign = [
    old(100, { annotation: {} }),
    old(101, { annotation: { 'made-by': 'somebody' } }),
    old(102, { name: 'backup-of-mine' }),
    old(103, { name: 'my-backup-20250101' }),
    old(104, { name: 'backup-20250101-copy' }),
    old(105, { protected: true }),
    old(106, { default: true }),
    old(107),
    { id: 'br-child', name: 'dev', parent_id: 'br-old-107' },
    { ...old(108), parent_id: undefined } as unknown as Branch,
  ];
  api.branches.push(...foreign);
  for (let day = 0; day < 9; day++) api.branches.push(old(day));
  api.branches.push(old(109, { name: 'backup-20250101-0300' }));

  const run = await back();

  expect(run.exitCode).toBe(0);
  for (const { id } of foreign) expect(ids()).toContain(id);
  const gone = api.calls
    .filter((call) => call.startsWith('DELETE'))
    .map((call) => call.split('/').pop());
  expect(gone.sort()).toEqual(['br-old-109', 'br-old-6', 'br-old-7', 'br-old-8']);
});

it('looks at every page before it decides', async () => {
  api.pageSize = 2;
  for (let day = 0; day < 9; day++) api.branches.push(old(day));
  api.branches.push({ id: 'br-child', name: 'dev', parent_id: 'br-old-8' });

  const run = await back();

  expect(run.exitCode).toBe(0);
  expect(ids()).toContain('br-old-8');
  expect(ids()).not.toContain('br-old-7');
});

it("finds today's on a later page", async () => {
  api.pageSize = 1;
  api.branches.push(old(0), old(1), { id: 'br-today', name: TODAY, parent_id: 'br-production' });

  const run = await back();

  expect(run.log).toContain('is there already');
  expect(api.calls).not.toContain(`POST /projects/${PROJECT}/branches`);
});

describe('when Neon refuses', () => {
  beforeEach(() => {
    for (let day = 0; day < 9; day++) api.branches.push(old(day));
  });

  const refusals: [string, Fault][] = [
    ['to list', { method: 'GET', status: 403, message: 'forbidden' }],
    ['to make the branch', { method: 'POST', status: 422, message: 'branches limit exceeded' }],
    ['to make the branch, by a failure of its own', { method: 'POST', status: 500 }],
    ['to delete', { method: 'DELETE', status: 412, message: 'not now' }],
  ];
  it.each(refusals)('%s, the run fails and says why', async (_, fault) => {
    api.fail(fault);

    const run = await back();

    expect(run.exitCode).toBe(1);
    expect(run.log).toContain(`::error::Neon did not do ${fault.method} `);
    expect(run.log).toContain(`(HTTP ${fault.status}): ${fault.message ?? 'out of order'}`);
  });

  it('a new branch was not made, nothing is deleted', async () => {
    api.fail({ method: 'POST', status: 422 });

    await back();

    expect(ids()).toHaveLength(10);
  });

  it('what may have been done is never asked for twice', async () => {
    api.fail({ method: 'POST', status: 504, message: '<html>Gateway Timeout</html>' });

    const run = await back();

    expect(run.log).toContain('(HTTP 504): no reason given');
    expect(api.calls.filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });

  it.each([423, 429, 503])(
    'with %d, which says that nothing was done, it is asked again',
    async (status) => {
      for (const method of ['GET', 'POST', 'DELETE']) api.fail({ method, status, times: 2 });

      const run = await back();

      expect(run.exitCode).toBe(0);
      expect(named(TODAY)).toBeDefined();
      expect(ids()).toHaveLength(8);
    },
  );

  it('for good with 423, the run fails in the end', async () => {
    api.fail({ method: 'POST', status: 423, message: 'project is busy', times: 100 });

    const run = await back();

    expect(run.exitCode).toBe(1);
    expect(run.log).toContain('(HTTP 423): project is busy');
  });

  it('to read, by a failure of its own, it is asked again', async () => {
    api.fail({ method: 'GET', status: 502, message: '<html>Bad Gateway</html>' });

    expect((await back()).exitCode).toBe(0);
  });
});

it('fails when the branch never gets ready, and deletes nothing', async () => {
  for (let day = 0; day < 9; day++) api.branches.push(old(day));
  api.initLooks = 1000;

  const run = await back();

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain(
    `::error::${TODAY} was made, but is 'init' still; nothing was deleted.`,
  );
  expect(ids()).toHaveLength(11);
});

it('fails when the list is no list', async () => {
  api.fail({ method: 'GET', status: 200, message: '<html>Sign in</html>' });

  const run = await back();

  expect(run.exitCode).not.toBe(0);
  expect(api.calls).toHaveLength(1);
});

it('fails when nobody answers', async () => {
  const url = await unusedUrl();

  const run = await back({ NEON_API_URL: url });

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain('::error::Neon did not do GET /branches (HTTP 000): no reason given');
});

it.each([
  ['NEON_API_KEY', ''],
  ['NEON_API_KEY', 'two words'],
  ['NEON_PROJECT_ID', ''],
  ['NEON_PROJECT_ID', '../users'],
])('fails before the first call when the secret %s is "%s"', async (name, value) => {
  const secrets = { NEON_API_KEY: KEY, NEON_PROJECT_ID: PROJECT, [name]: value };

  const run = await runWorkflow('backup.yml', { secrets, env: { NEON_API_URL: api.url } });

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain(`::error::The secret ${name} is missing`);
  expect(api.calls).toEqual([]);
});

it('fails when the key is not taken', async () => {
  const secrets = { NEON_API_KEY: 'another', NEON_PROJECT_ID: PROJECT };

  const run = await runWorkflow('backup.yml', { secrets, env: { NEON_API_URL: api.url } });

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain('(HTTP 401): no such key');
});

function unusedUrl(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(`http://127.0.0.1:${port}`));
    });
  });
}
