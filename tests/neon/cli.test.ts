import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../core/manifest';
import { buildCli, type Cli, runCli, startCli } from '../support/faults/cli';
import { FOR_COPIES } from '../support/neon/cluster';
import { neonForTests } from '../support/neon/for-tests';
import { createDatabase, query, serverForTests } from '../support/servers';
import { until } from '../support/until';

const PASSWORD = 'canary-90ab-password';

const server = serverForTests(FOR_COPIES);
const neon = neonForTests(() => ({
  cluster: server(),
  roles: { owner: PASSWORD },
  databases: { app: 'owner' },
}));

let folder: string;

beforeAll(async () => {
  buildCli();
  await query(
    await createDatabase(server(), 'app'),
    `CREATE ROLE owner LOGIN PASSWORD '${PASSWORD}'; ALTER SCHEMA public OWNER TO owner;
     SET ROLE owner; CREATE TABLE users AS SELECT 1 AS id`,
  );
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neon-backup-neon-cli-'));
});

afterEach(() => rm(folder, { recursive: true }));

const environment = () => ({ NEON_API_URL: neon().url, NEON_API_KEY: neon().apiKey });
const from = (rest = '') => ['--from', `neon:${neon().project.id}${rest}`, '--to', folder];
const names = () => [...neon().project.places.values()].map(({ branch }) => branch.name);

it('backs up a branch, and leaves none', async () => {
  const { status, stdout, stderr } = await runCli(
    ['run', ...from('/production/app'), '--json'],
    environment(),
  );

  expect({ status, stderr }).toMatchObject({ status: 0 });
  const manifest: Manifest = JSON.parse(stdout);
  expect(manifest.source.neon).toMatchObject({ project: neon().project.id, read: 'branch' });
  expect(manifest.tables).toEqual([{ schema: 'public', table: 'users', rows: 1 }]);
  expect(names()).toEqual(['production']);
  expect(stdout + stderr).not.toMatch(/canary/);
});

it.each([
  ['no key', [], { NEON_API_KEY: '' }, /no API key.*NEON_API_KEY/s],
  ['a branch that is not there', ['/prod'], {}, /no branch prod.*production/s],
  ['a database that is not there', ['/production/ap'], {}, /no database ap.*app/s],
  ['a moment to come', ['', '--at', '2999-01-01T00:00Z'], {}, /in the future/],
  ['a moment that is none', ['', '--at', 'noon'], {}, /"noon" is no moment/],
  ['an address that is no place for a key', [], { NEON_API_URL: 'http://x.test' }, /NEON_API_URL/],
])('says in a sentence that there is %s', async (_, [rest = '', ...flags], env, why) => {
  const args = ['run', ...from(rest), ...flags];
  const { status, stderr } = await runCli(args, { ...environment(), ...env });

  expect(status).toBe(2);
  expect(stderr).toMatch(why);
  expect(stderr).not.toMatch(/canary|\n\s+at /);
  expect(neon().calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

it('says that the key is a wrong one, and not what it is', async () => {
  const env = { ...environment(), NEON_API_KEY: 'napi_canary_wrong' };

  const { status, stdout, stderr } = await runCli(['run', ...from()], env);

  expect(status).toBe(1);
  expect(stderr).toMatch(/401.*API key/s);
  expect(stdout + stderr).not.toMatch(/canary/);
});

it('takes what only Neon has for no other source', async () => {
  const url = 'postgres://127.0.0.1:1/app';
  const { status, stderr } = await runCli(['run', '--from', url, '--at', '0/1', '--to', folder]);

  expect(status).toBe(2);
  expect(stderr).toMatch(/for a source of Neon's/);
});

/** A run that waits for Neon's answer, with its branch made. */
async function startAndWait(): Promise<Cli> {
  neon().set({ path: /connection_uri/, fault: 'silence' });
  const cli = startCli(['run', ...from()], environment());
  await until(() => neon().calls.some(({ path }) => path === '/connection_uri'));
  expect(names()).toHaveLength(2);
  return cli;
}

it('deletes the branch when it is told to stop', async () => {
  const { child, ended } = await startAndWait();
  child.kill('SIGTERM');

  expect(await ended).toMatchObject({
    status: 130,
    stderr: expect.stringMatching(/Stopped by you/),
  });
  expect(names()).toEqual(['production']);
});

it('leaves a branch that deletes itself, or the next run deletes, when it is killed', async () => {
  const { child, ended } = await startAndWait();
  child.kill('SIGKILL');
  await ended;

  expect(names()).toHaveLength(2);
  expect([...neon().project.places.values()].at(-1)?.branch.expires_at).toBeDefined();
  await neon().project.advance(25 * 3_600_000);
  expect(names()).toEqual(['production']);
});
