import { takeSnapshot } from '../../core/neon/snapshots-take';
import { buildCli, runCli } from '../support/faults/cli';
import { apiOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';
import { asTenant, createLikeNeon, LIKE_NEON, makeLikeNeon } from '../support/neon/like-neon';
import { query, serverForTests } from '../support/servers';

const OWNER = { role: 'owner', password: 'canary-77d0-password' };

const server = serverForTests(LIKE_NEON);
const neon = neonForTests(() => ({
  cluster: server(),
  roles: { owner: OWNER.password },
  databases: { app: 'owner' },
}));

let url: string;

beforeAll(async () => {
  buildCli();
  await makeLikeNeon(server().url(), OWNER);
  url = asTenant(await createLikeNeon(server().url(), 'app', OWNER), OWNER);
  await query(url, 'CREATE TABLE users AS SELECT n AS id FROM generate_series(1, 500) n');
});

const environment = () => ({ NEON_API_URL: neon().url, NEON_API_KEY: neon().apiKey });
const from = () => ['--from', `neon:${neon().project.id}`];

function restore(...args: string[]) {
  return runCli(['restore', ...args], environment());
}

it('shows a moment, gives the way to it, and the command that puts the branch back; which it does', async () => {
  const at = (await neon().project.keep()).toISOString();
  await query(url, 'DELETE FROM users WHERE id > 100');

  const shown = await restore('--at', at, ...from());
  expect(shown).toMatchObject({ status: 0 });
  expect(shown.stdout).toMatch(/public\.users +500 +100\n/);
  const way = /^postgresql:.*$/m.exec(shown.stdout)?.[0] ?? '';
  expect(await query(way, 'SELECT count(*)::int AS n FROM users')).toEqual([{ n: 500 }]);
  const command = /neon-backup restore (.*)$/m.exec(shown.stdout)?.[1] ?? '';
  expect(command).toMatch(/ --promote production$/);

  const put = await restore(...command.split(' '));
  expect(put).toMatchObject({ status: 0 });
  expect(put.stdout).toMatch(/public\.users +500 +500\n/);
  expect(put.stdout).toMatch(/what it was until now is the branch production-before-/);
  expect(put.stdout + put.stderr + shown.stderr).not.toMatch(/canary/);
  expect(shown.stdout).not.toMatch(/napi/);
});

it('shows what was kept, and brings it back, by the commands that it prints', async () => {
  await takeSnapshot(apiOf(neon()).api, { name: 'backup-20261101' });
  await query(url, 'DELETE FROM users WHERE id <= 50');

  const shown = await restore('--snapshot', 'backup-20261101', ...from());
  expect(shown).toMatchObject({ status: 0 });
  const command = /neon-backup restore (.*)$/m.exec(shown.stdout)?.[1] ?? '';
  const [before, now] = /public\.users +(\d+) +(\d+)\n/.exec(shown.stdout)?.slice(1) ?? [];
  expect(Number(before)).toBe(Number(now) + 50);
  expect(command).toMatch(/--snapshot backup-20261101 .*--promote production$/);

  const put = await restore(...command.split(' '));
  expect(put).toMatchObject({ status: 0 });
  expect(put.stdout).toMatch(new RegExp(`public\\.users +${before} +${before}\n`));
});

it('tells scripts the same', async () => {
  const at = (await neon().project.keep()).toISOString();

  const { status, stdout } = await restore('--at', at, ...from(), '--json');

  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    branch: 'production',
    database: 'app',
    preview: { tables: [{ table: 'public.users' }], url: expect.stringMatching(/^postgresql:/) },
  });
});

it('says before anything is made what a moment costs that Neon no longer has', async () => {
  const { status, stderr } = await restore('--at', '2020-01-01T00:00Z', ...from());

  expect(status).toBe(1);
  expect(stderr).toMatch(/before what Neon remembers.*Nothing older/s);
  expect(neon().calls.every(({ method }) => method === 'GET')).toBe(true);
});

it.each([
  ['a moment and a backup', ['latest', '--at', '2026-11-23T14:02Z'], /--at takes no id/],
  ['a moment for another database', ['--at', '2026-11-23T14:02Z', '--into', 'x'], /no --into/],
  ['a promotion of a backup', ['latest', '--into', 'x', '--promote', 'main'], /no --promote/],
  ['a place in the log', ['--at', '0/1'], /0\/1 is an LSN, and no moment/],
  ['a moment without its zone', ['--at', '2026-11-23T14:02'], /is no moment/],
  ['nothing', [], /not said what to restore/],
])('takes %s for wrong usage', async (_, args, why) => {
  const source = args.includes('latest') || args.length === 0 ? [] : from();
  const { status, stderr } = await restore(...args, ...source);

  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(why) });
  expect(neon().calls).toEqual([]);
});

it('goes back in time for a database of Neon alone', async () => {
  const source = ['--from', 'postgres://127.0.0.1:1/app'];
  const { status, stderr } = await restore('--at', '2026-11-23T14:02Z', ...source);

  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/Neon project/) });
});
