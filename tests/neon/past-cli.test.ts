import { settle } from '../../core/neon/operations';
import { takeSnapshot } from '../../core/neon/snapshots/take';
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

/** The arguments of the command that it prints. */
function commandIn(text: string): string[] {
  return (/neon-backup restore (.*)$/m.exec(text)?.[1] ?? '').split(' ');
}

it('shows a moment, gives the way to it, and the command that puts the branch back; which it does', async () => {
  const at = (await neon().project.keep()).toISOString();
  await query(url, 'DELETE FROM users WHERE id > 100');

  const shown = await restore('--at', at, ...from());
  expect(shown).toMatchObject({ status: 0 });
  expect(shown.stdout).toMatch(/public\.users +500 +100\n/);
  const way = /^postgresql:.*$/m.exec(shown.stdout)?.[0] ?? '';
  expect(await query(way, 'SELECT count(*)::int AS n FROM users')).toEqual([{ n: 500 }]);
  const command = commandIn(shown.stdout);
  expect(command.slice(-2)).toEqual(['--promote', 'production']);

  const put = await restore(...command);
  expect(put).toMatchObject({ status: 0 });
  expect(put.stdout).toMatch(/public\.users +500 +500\n/);
  expect(put.stdout).toMatch(/what it was until now is the branch production-before-/);
  expect(put.stdout).toMatch(/Delete that one/);
  expect(put.stdout + put.stderr + shown.stderr).not.toMatch(/canary/);
  expect(shown.stdout).not.toMatch(/napi/);
});

it('leads from a moment that is too long ago to what was kept, and from there back', async () => {
  await takeSnapshot(apiOf(neon()).api, { name: 'backup-20261101' });
  const [kept] = await query<{ n: number }>(url, 'SELECT count(*)::int AS n FROM users');
  await query(url, 'INSERT INTO users SELECT * FROM generate_series(1001, 1200)');
  const at = new Date().toISOString();
  neon().project.setHistory(0);

  const refused = await restore('--at', at, ...from());
  expect(refused).toMatchObject({ status: 1, stdout: '' });
  expect(refused.stderr).toMatch(
    /nearest before it is the branch backup-20261101.* loses the 1 min/,
  );
  const look = commandIn(refused.stderr);
  expect(look).toEqual(['--snapshot', 'backup-20261101', ...from()]);

  const shown = await restore(...look);
  const { n = 0 } = kept ?? {};
  expect(shown).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(`public\\.users +${n} +${n + 200}\n`),
    stderr: expect.stringMatching(/backup-20261101 no longer expires/),
  });
  expect(shown.stdout).toMatch(/does not let the branch be deleted/);

  const put = await restore(...commandIn(shown.stdout));
  expect(put).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(`public\\.users +${n} +${n}\n`),
  });
  expect(put.stdout).toMatch(/does not let the branch be deleted/);
  expect(put.stdout).not.toMatch(/Delete that one/);
  expect(put.stdout + put.stderr + shown.stderr + refused.stderr).not.toMatch(/canary/);
});

it("does the same with one of Neon's own snapshots", async () => {
  const { api } = apiOf(neon());
  const { branch } = neon().project.default;
  const made = await api.native.create({ branch: branch.id, name: 'before the move' });
  await settle(api, made.operations, 60_000);

  const shown = await restore('--snapshot', 'before the move', ...from(), '--role', 'owner');
  expect(shown).toMatchObject({ status: 0 });
  const { stdout } = shown;
  expect(stdout).toMatch(
    /restore --snapshot 'before the move' --from \S+ --role owner --promote p/,
  );

  const args = ['--snapshot', made.snapshot.id, ...from(), '--promote', 'production', '--json'];
  const put = await restore(...args);
  expect(put.status).toBe(0);
  expect(JSON.parse(put.stdout)).toMatchObject({
    branch: 'production',
    promoted: {
      former: expect.stringMatching(/^production-before-/),
      caution: expect.stringMatching(/no earlier moments/),
    },
  });
});

it('says which snapshots there are, where none has the name', async () => {
  neon().project.add({ name: 'backup-20261101' });
  neon().project.add({ name: 'mine' });

  const { status, stderr } = await restore('--snapshot', 'mine', ...from());

  expect(status).toBe(2);
  expect(stderr).toMatch(/no snapshot mine is kept.\nName one that is: backup-20261101\./);
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
  ['a moment and a snapshot', ['--at', '2026-11-23T14:02Z', '--snapshot', 'x'], /no --snapshot/],
  ['a snapshot and a backup', ['latest', '--snapshot', 'x'], /--snapshot takes no id/],
  ['a snapshot for another database', ['--snapshot', 'x', '--into', 'x'], /no --into/],
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

it.each([
  ['--at', '2026-11-23T14:02Z'],
  ['--snapshot', 'backup-20261101'],
])('goes back, by %s, for a database of Neon alone', async (...past) => {
  const source = ['--from', 'postgres://127.0.0.1:1/app'];
  const { status, stderr } = await restore(...past, ...source);

  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/Neon project/) });
});
