import { dailyName } from '../../core/neon/snapshots/names';
import { buildCli, runCli } from '../support/faults/cli';
import { neonForTests } from '../support/neon/for-tests';

const neon = neonForTests();
const TODAY = dailyName(new Date());

beforeAll(buildCli);

const names = () => [...neon().project.places.values()].map(({ branch }) => branch.name);

async function snapshot(args: string[], env: Record<string, string> = {}) {
  const from = ['--from', `neon:${neon().project.id}`];
  const given = { NEON_API_URL: neon().url, NEON_API_KEY: neon().apiKey, ...env };
  const ended = await runCli(['snapshot', ...args, ...from], given);
  expect(ended.stdout + ended.stderr).not.toMatch(/canary|\n\s+at /);
  return ended;
}

it('makes, lists and prunes snapshots', async () => {
  const made = await snapshot(['create']);
  const again = await snapshot(['create']);
  const before = await snapshot(['create', '--pre-deploy', '1A2B3C4']);
  const listed = await snapshot(['list', '--json']);
  const pruned = await snapshot(['prune', '--keep', '1']);

  expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(`made ${TODAY}, br-`) });
  expect(again).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(`there ${TODAY} already`),
  });
  expect(before.status).toBe(0);
  expect(JSON.parse(listed.stdout)).toMatchObject([
    { kind: 'pre-deploy', branch: { name: 'pre-deploy-1a2b3c4' }, isOurs: true },
    { kind: 'daily', branch: { name: TODAY }, isOurs: true },
  ]);
  expect(pruned.stdout).toMatch(new RegExp(`kept +pre-deploy-1a2b3c4 .*\\nkept +${TODAY} `));
  expect(names()).toEqual(['production', TODAY, 'pre-deploy-1a2b3c4']);
});

it("makes, lists and prunes Neon's own", async () => {
  const made = await snapshot(['create', '--native', '--keep-days', '9']);
  const again = await snapshot(['create', '--native']);
  await snapshot(['create', '--native', '--pre-deploy', '1a2b3c4']);
  await snapshot(['create', '--native', '--with-time']);
  const listed = await snapshot(['list', '--json']);
  const pruned = await snapshot(['prune', '--native', '--keep', '1']);

  const until = new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10);
  expect(made.stdout).toMatch(new RegExp(`made ${TODAY}, snap-.*Neon deletes it after ${until}`));
  expect(again.stdout).toMatch(`there ${TODAY} already`);
  expect(JSON.parse(listed.stdout)).toHaveLength(3);
  expect(JSON.parse(listed.stdout)[2]).toMatchObject({ as: 'native', isOurs: true });
  expect(pruned.stdout).toMatch(new RegExp(`gone +${TODAY} +only the newest 1 stay`));
  expect(neon().project.snapshots.map(({ name }) => name)).toEqual([
    'pre-deploy-1a2b3c4',
    expect.stringMatching(`^${TODAY}-`),
  ]);
  expect(names()).toEqual(['production']);
});

it('shows, sets and ends the schedule by which Neon makes its own', async () => {
  const none = await snapshot(['schedule', 'show']);
  const set = await snapshot(['schedule', 'set', 'daily', '--hour', '2', '--keep-days', '7']);
  const again = await snapshot(['schedule', 'set', 'daily', '--hour', '2', '--keep-days', '7']);
  const other = await snapshot([
    'schedule',
    'set',
    'weekly',
    '--day',
    '7',
    '--hour',
    '3',
    '--json',
  ]);
  const off = await snapshot(['schedule', 'off']);

  expect(none.stdout).toBe('Neon makes no snapshot of production by itself.\n');
  expect(set.stdout).toMatch(/daily, 2:00 UTC, kept 7 days\nBefore: none/);
  expect(again.stdout).toMatch(/That was so before/);
  expect(JSON.parse(other.stdout)).toMatchObject({ before: [{ frequency: 'daily' }], isNew: true });
  expect(off.stdout).toMatch(
    /no snapshot of production.*\nBefore: weekly, day 7, 3:00 UTC, kept for ever/,
  );
  expect((await snapshot(['schedule', 'set', 'often'])).status).toBe(2);
  expect((await snapshot(['schedule', 'set', 'daily', '--hour', '24'])).status).toBe(2);
});

it('shows both sorts in one table, and why some are never pruned', async () => {
  const { id } = neon().project.default.branch;
  const created_at = new Date(Date.now() - 3_600_000).toISOString();
  const own = { source_branch_id: id, created_at };
  neon().project.snapshots.push(
    { id: 'snap-by-schedule', name: 'backup-20251122', manual: false, ...own },
    { id: 'snap-by-hand', name: 'before the fair', manual: true, ...own },
  );
  await snapshot(['create']);

  const { stdout } = await snapshot(['list']);

  expect(stdout).toMatch(
    new RegExp(`^${TODAY} +daily +branch +\\d+ min old +Neon deletes it after`),
  );
  expect(stdout).toMatch(/backup-20251122 +daily +native .*never pruned: Neon's schedule made it/);
  expect(stdout).toMatch(/before the fair +native .*never pruned: not made here/);
});

it('touches nothing in a dry run, and says what would go', async () => {
  const day = new Date(Date.now() - 86_400_000).toISOString();
  for (const name of ['backup-20250101', 'backup-20250102']) {
    const { id } = neon().project.add({ name, created_at: day });
    neon().project.annotations.set(id, { 'made-by': 'neon-backup' });
  }

  const { stdout } = await snapshot(['prune', '--keep', '1', '--dry-run']);

  expect(stdout).toMatch(/would go +backup-2025010\d +only the newest 1 stay/);
  expect(names()).toHaveLength(3);
});

it.each([
  ['no key', ['create'], { NEON_API_KEY: '' }, /no API key/],
  ['no commit', ['create', '--pre-deploy', 'main'], {}, /"main" is no hash of a commit/],
  ['no number', ['prune', '--keep', 'all'], {}, /--keep is "all"/],
  ['days for a branch', ['create', '--keep-days', '9'], {}, /--keep-days is for --native/],
  ['no hour', ['schedule', 'set', 'daily'], {}, /daily needs --hour/],
  ['a day too many', ['schedule', 'set', 'hourly', '--day', '1'], {}, /hourly takes no --day/],
  ['an eighth weekday', ['schedule', 'set', 'weekly', '--day', '8', '--hour', '1'], {}, /1 to 7/],
])('takes %s for a mistake, with its cure', async (_, args, env, why) => {
  const { status, stderr } = await snapshot(args, env);

  expect(status).toBe(2);
  expect(stderr).toMatch(why);
  expect(names()).toEqual(['production']);
});

it('fails where Neon did not delete what it was asked to', async () => {
  const { id } = neon().project.add({
    name: 'neon-backup-frozen-20261101T020000Z-dead',
    expires_at: '2026-11-02T00:00:00Z',
  });
  neon().set({ method: 'DELETE', fault: { status: 422, body: { code: '', message: 'no' } } });

  const { status, stdout, stderr } = await snapshot(['prune']);

  expect(status).toBe(1);
  expect(stdout).toMatch(/not done/);
  expect(stderr).toMatch(/did not do/);
  expect(neon().project.places.has(id)).toBe(true);
});

it('is for a source of Neon alone', async () => {
  const { status, stderr } = await runCli([
    'snapshot',
    'list',
    '--from',
    'postgres://127.0.0.1:1/app',
  ]);

  expect(status).toBe(2);
  expect(stderr).toMatch(/--from neon:PROJECT/);
});
