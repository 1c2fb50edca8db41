import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCli, runCli } from '../support/faults/cli';
import { neonForTests } from '../support/neon/for-tests';
import { asTenant, createLikeNeon, LIKE_NEON, makeLikeNeon } from '../support/neon/like-neon';
import { createShop } from '../support/neon/tenant';
import { query, serverForTests } from '../support/servers';

const OWNER = { role: 'owner', password: 'canary-c5a8-password' };

const server = serverForTests(LIKE_NEON);
const neon = neonForTests(() => ({
  cluster: server(),
  roles: { owner: OWNER.password },
  databases: { app: 'owner', empty: 'owner' },
}));

const folder = mkdtempSync(join(tmpdir(), 'neon-backup-restore-cli-'));
let app: string;

beforeAll(async () => {
  buildCli();
  await makeLikeNeon(server().url(), OWNER);
  app = await createShop(server().url(), 'app', OWNER);
  const { status } = await runCli(['run', '--to', folder], { DATABASE_URL: app });
  expect(status).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true }));

const environment = () => ({ NEON_API_URL: neon().url, NEON_API_KEY: neon().apiKey });
const names = () => [...neon().project.places.values()].map(({ branch }) => branch.name);
const place = (rest = '') => `neon:${neon().project.id}${rest}`;

function run(...args: string[]) {
  return runCli([...args, '--in', folder], environment());
}

it('proves a backup on a branch of the project, and leaves none', async () => {
  const { status, stdout, stderr } = await run('verify', 'latest', '--drill', place());

  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringMatching(/VERIFIED \(restored\)/),
  });
  expect(names()).toEqual(['production']);
  expect(stdout + stderr).not.toMatch(/canary/);
});

it('restores into an empty database of Neon, and in the place of one', async () => {
  const url = asTenant(await createLikeNeon(server().url(), 'empty', OWNER), OWNER);
  const count = 'SELECT count(*)::int AS n FROM shop.orders';

  const filled = await run('restore', 'latest', '--into', place('//empty'));
  expect(filled).toMatchObject({ status: 0, stdout: expect.not.stringMatching(/note/) });
  expect(await query(url, count)).toEqual([{ n: 300 }]);

  const refused = await run('restore', 'latest', '--into', place('//app'));
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(/add --replace app/) });
  expect(names()).toEqual(['production']);

  await query(app, 'DELETE FROM shop.orders');
  const replaced = await run('restore', 'latest', '--into', place('//app'), '--replace', 'app');
  expect(replaced).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/branch production-before-/),
  });
  expect(await query(app, count)).toEqual([{ n: 300 }]);
  expect(replaced.stdout + replaced.stderr).not.toMatch(/canary/);
});

it.each([
  ['a database for a drill', ['verify', 'latest', '--drill', 'neon:p/main/app'], {}, /of its own/],
  ['no key', ['verify', 'latest', '--drill', 'neon:p'], { NEON_API_KEY: '' }, /NEON_API_KEY/],
  ['no key', ['restore', 'latest', '--into', 'neon:p'], { NEON_API_KEY: '' }, /NEON_API_KEY/],
  ['no id', ['restore', 'latest', '--into', 'neon:My Project'], {}, /no id of a Neon project/],
])('says in a sentence that there is %s', async (_, args, env, why) => {
  const { status, stderr } = await runCli([...args, '--in', folder], { ...environment(), ...env });

  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(why) });
  expect(neon().calls).toEqual([]);
});
