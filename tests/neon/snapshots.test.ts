import { refuseFailures } from '../../core/neon/snapshots/each';
import { dailyName, MADE_BY, preDeployName, snapshotsOf } from '../../core/neon/snapshots/names';
import { USUAL_POLICY } from '../../core/neon/snapshots/plan';
import { pruneSnapshots } from '../../core/neon/snapshots/prune';
import { takeSnapshot } from '../../core/neon/snapshots/take';
import { runWorkflow } from '../github/workflow';
import { apiOf, failureOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';

const DAY_MS = 86_400_000;
const NAME = 'backup-20261123';
const OURS = { 'made-by': MADE_BY };

const neon = neonForTests();
const at = (days: number) => new Date(neon().project.now() - days * DAY_MS).toISOString();
const names = () => [...neon().project.places.values()].map(({ branch }) => branch.name).sort();
const writes = () => neon().calls.filter(({ method }) => method !== 'GET');

/** A branch of ours, so many days old, as far as nothing else is said. */
function add(name: string, days: number, more: object = {}, mark: object | null = OURS) {
  const known = { name, created_at: at(days), expires_at: at(days - 29), ...more };
  const branch = neon().project.add(known);
  if (mark) neon().project.annotations.set(branch.id, { ...mark });
  return branch;
}

const take = (name = NAME, branch?: string) => takeSnapshot(apiOf(neon()).api, { name, branch });
const prune = (policy = USUAL_POLICY, dryRun = false) =>
  pruneSnapshots(apiOf(neon()).api, { policy, dryRun });

it.each([
  [dailyName(new Date('2026-11-23T01:30:59Z')), 'backup-20261123'],
  [dailyName(new Date('2026-11-23T01:30:59Z'), true), 'backup-20261123-0130'],
  [preDeployName('1A2b3c4'), 'pre-deploy-1a2b3c4'],
])('is called %s', (name, expected) => {
  expect(name).toBe(expected);
});

it.each(['', '1a2b3c', 'main', `${'a'.repeat(41)}`, '1a2b3c4; rm'])(
  'is not made of the commit "%s"',
  (commit) => {
    expect(() => preDeployName(commit)).toThrow(/no hash of a commit/);
  },
);

describe('a snapshot', () => {
  it('is a marked branch of the default one, without a compute, with an expiry that Neon takes', async () => {
    const { branch, isNew } = await take();

    const place = neon().project.find(branch.id);
    expect(isNew).toBe(true);
    expect(place.endpoint).toBeUndefined();
    expect(place.branch).toMatchObject({
      name: NAME,
      parent_id: neon().project.default.branch.id,
      current_state: 'ready',
    });
    expect(neon().project.annotations.get(branch.id)).toEqual(OURS);
    const days = (Date.parse(place.branch.expires_at ?? '') - Date.now()) / DAY_MS;
    expect(Math.round(days)).toBe(29);
  });

  it('costs six calls of the API at most', async () => {
    await take();

    expect(neon().calls.length).toBeLessThanOrEqual(6);
    expect(writes()).toHaveLength(1);
  });

  it('is not made again where it is there, whoever made it', async () => {
    const byHand = add(NAME, 0, {}, null);

    expect(await take()).toMatchObject({ branch: { id: byHand.id }, isNew: false });
    expect(writes()).toEqual([]);
  });

  it('is found by its name when the answer is lost, and made once', async () => {
    neon().set({ method: 'POST', fault: 'drop after' });

    const { branch } = await take();

    expect(neon().project.find(branch.id).branch.current_state).toBe('ready');
    expect(names()).toEqual([NAME, 'production']);
  });

  it('is asked for again when it was lost on the way', async () => {
    neon().set({ method: 'POST', fault: 'drop' });

    await take();

    expect(names()).toEqual([NAME, 'production']);
  });

  it('fails where Neon does not get done with it', async () => {
    neon().project.plan('create_branch', ['running']);

    expect(await failureOf(take())).toMatchObject({ reason: 'hung' });
  });

  it('is of the branch that is named', async () => {
    const dev = neon().project.add({ name: 'dev' });

    const { branch } = await take(NAME, 'dev');

    expect(branch.parent).toBe(dev.id);
  });

  it('is refused for a branch that is not there, and nothing is made', async () => {
    expect(await failureOf(take(NAME, 'prod'))).toMatchObject({ reason: 'usage' });
    expect(writes()).toEqual([]);
  });

  it.each([
    [6, 'made'],
    [7, 'refused'],
  ])('beside %i branches of other people is %s: three stay free', async (others, expected) => {
    for (let i = 0; i < others; i++) neon().project.add({ name: `dev-${i}` });

    const made = await take().then(
      () => 'made',
      (error) => error.reason,
    );

    expect(made).toBe(expected);
    expect(writes()).toHaveLength(expected === 'made' ? 1 : 0);
  });

  it('says so where Neon itself allows no further branch', async () => {
    const body = { code: 'BRANCHES_LIMIT_EXCEEDED', message: 'branches limit exceeded' };
    neon().set({ method: 'POST', fault: { status: 422, body } });

    expect(await failureOf(take())).toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('allows no further branch'),
    });
  });
});

describe('pruning', () => {
  it('keeps the seven newest of a kind, and says why the others go', async () => {
    for (let days = 1; days <= 9; days++) add(`backup-202611${10 + days}`, 30 - 2 * days);

    const { gone } = await prune();

    expect(gone.map(({ branch, reason }) => `${branch.name}: ${reason}`)).toEqual([
      'backup-20261112: only the newest 7 stay',
      'backup-20261111: only the newest 7 stay',
    ]);
    expect(names()).toHaveLength(8);
  });

  it('counts each kind by itself, and both against the room that the plan has', async () => {
    for (let days = 1; days <= 5; days++) {
      add(`backup-2026111${days}`, 2 * days);
      add(`pre-deploy-1a2b3c${days}`, 2 * days + 1);
    }

    const { gone, stay, free } = await prune({ keep: 4, keepDays: 30 });

    const reasons = gone.map(({ branch, reason }) => `${branch.name}: ${reason}`);
    expect(reasons).toEqual([
      'backup-20261115: only the newest 4 stay',
      'pre-deploy-1a2b3c5: only the newest 4 stay',
      'pre-deploy-1a2b3c4: the plan has room for 7',
    ]);
    expect(stay).toHaveLength(7);
    expect(free).toBe(2);
  });

  it('deletes what is too old, but for the newest of its kind', async () => {
    add('backup-20260901', 50, { expires_at: at(-5) });
    add('backup-20260902', 40, { expires_at: at(-5) });
    add('pre-deploy-1a2b3c4', 45, { expires_at: at(-5) });

    const { gone } = await prune();

    expect(gone.map(({ branch, reason }) => [branch.name, reason])).toEqual([
      ['backup-20260901', 'older than 30 days'],
    ]);
  });

  it('keeps the newest one however little room there is', async () => {
    for (let i = 0; i < 8; i++) neon().project.add({ name: `dev-${i}` });
    add('backup-20261123', 0);
    add('backup-20261122', 1);

    await prune();

    expect(names()).toContain('backup-20261123');
    expect(names()).not.toContain('backup-20261122');
  });

  it('puts off the expiry of what is to stay longer than Neon would keep it', async () => {
    const soon = add('backup-20261111', 20, { expires_at: at(-9) });
    const later = add('backup-20261112', 10);
    const never = add('backup-20261113', 25, { expires_at: undefined });

    const { renewed } = await prune({ keep: 7, keepDays: 90 });

    expect(renewed.map(({ branch }) => branch.id)).toEqual([soon.id]);
    const days =
      (Date.parse(neon().project.find(soon.id).branch.expires_at ?? '') - Date.now()) / DAY_MS;
    expect(Math.round(days)).toBe(29);
    expect(neon().project.find(later.id).branch.expires_at).toBe(later.expires_at);
    expect(neon().project.find(never.id).branch.expires_at).toBeUndefined();
  });

  it.each<[string, string, object, object | null]>([
    ['bears our name alone', 'backup-20261101', {}, null],
    ['bears the mark of others', 'backup-20261101', {}, { 'made-by': 'somebody' }],
    ['bears our mark under another name', 'backup-20261101-old', {}, OURS],
    ['is protected', 'backup-20261101', { protected: true }, OURS],
    ['is the default one', 'backup-20261101', { default: true }, OURS],
    ['is a root', 'backup-20261101', { parent_id: undefined }, OURS],
  ])('never touches a branch that %s', async (_, name, more, mark) => {
    add(name, 60, more, mark);
    for (let day = 1; day <= 8; day++) add(`backup-2026110${day}-0130`, day);

    const { gone, failed } = await prune({ keep: 1, keepDays: 1 });

    expect(gone).toHaveLength(7);
    expect(failed).toEqual([]);
    expect(names()).toContain(name);
  });

  it('never touches a branch that something was made of', async () => {
    const parent = add('backup-20261101', 60, { expires_at: undefined });
    neon().project.add({ name: 'from-it', parent_id: parent.id });
    add('backup-20261123', 1);

    const { failed } = await prune({ keep: 1, keepDays: 1 });

    expect(failed).toEqual([]);
    expect(names()).toContain('backup-20261101');
  });

  it('sweeps what dead runs left', async () => {
    neon().project.add({ name: 'neon-backup-frozen-20261101T020000Z-dead', expires_at: at(1) });

    expect((await prune()).gone).toMatchObject([{ reason: 'a dead run left it' }]);
    expect(names()).toEqual(['production']);
  });

  it('goes on after what Neon refuses, and fails in the end', async () => {
    add('backup-20261123', 1);
    const stays = add('backup-20261122', 2);
    add('backup-20261121', 3);
    const refused = { status: 422, body: { code: '', message: 'no' } };
    neon().set({ method: 'DELETE', path: new RegExp(stays.id), fault: refused });

    const pruned = await prune({ keep: 1, keepDays: 30 });

    expect(pruned.gone.map(({ branch }) => branch.name)).toEqual(['backup-20261121']);
    expect(() => refuseFailures(pruned)).toThrow(/backup-20261122: .*422/);
  });

  it('takes a branch whose deletion got no answer for deleted when it is gone', async () => {
    add('backup-20261123', 1);
    add('backup-20261122', 2);
    neon().set({ method: 'DELETE', fault: 'drop after' });

    refuseFailures(await prune({ keep: 1, keepDays: 30 }));

    expect(names()).toEqual(['backup-20261123', 'production']);
  });

  it('touches nothing in a dry run', async () => {
    add('backup-20261123', 1);
    add('backup-20261122', 2);

    expect((await prune({ keep: 1, keepDays: 30 }, true)).gone).toHaveLength(1);
    expect(writes()).toEqual([]);
  });
});

describe("GitHub's workflow", () => {
  const run = () =>
    runWorkflow('backup.yml', {
      secrets: { NEON_API_KEY: neon().apiKey, NEON_PROJECT_ID: neon().project.id },
      env: { NEON_API_URL: neon().url, NEON_PAUSE_SECONDS: '0' },
    });
  const TODAY = dailyName(new Date());

  it('makes snapshots that we take for ours', async () => {
    expect(await run()).toMatchObject({ exitCode: 0 });

    expect(snapshotsOf(await apiOf(neon()).api.listBranches())).toMatchObject([
      { branch: { name: TODAY }, kind: 'daily', isOurs: true },
    ]);
  });

  it('takes ours for its own, and makes none where today has one', async () => {
    for (let days = 2; days <= 9; days++) add(`backup-2026010${days}`, days);
    await take(TODAY);

    const again = await run();

    expect(again.log).toContain(`${TODAY} is there already`);
    neon().project.places.delete([...neon().project.places.values()].at(-1)?.branch.id ?? '');
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(names().filter((name) => name.startsWith('backup-'))).toHaveLength(7);
  });
});
