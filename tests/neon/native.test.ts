import type { ScheduleItem } from '../../core/neon/shapes';
import { refuseFailures } from '../../core/neon/snapshots/each';
import { pruneNativeSnapshots } from '../../core/neon/snapshots/native-prune';
import { changeSchedule, readSchedule } from '../../core/neon/snapshots/native-schedule';
import { takeNativeSnapshot } from '../../core/neon/snapshots/native-take';
import { USUAL_POLICY } from '../../core/neon/snapshots/plan';
import { apiOf, failureOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';

const NAME = 'backup-20261123';
const DAY_MS = 86_400_000;
const neon = neonForTests();

const none = undefined;
const production = () => neon().project.default.branch.id;
const names = () => neon().project.snapshots.map(({ name }) => name);
const writes = () => neon().calls.filter(({ method }) => method !== 'GET');
const REFUSED = { status: 422, body: { code: '', message: 'no' } };

/** A snapshot of the default branch, so many days old, as far as nothing else is said. */
function add(name: string, days: number, more: object = {}) {
  const created_at = new Date(neon().project.now() - days * DAY_MS).toISOString();
  const id = `snap-${neon().project.snapshots.length}`;
  const usual = { id, name, created_at, manual: true, source_branch_id: production() };
  neon().project.snapshots.push({ ...usual, ...more });
}

const take = (name = NAME, branch: string | undefined = none) =>
  takeNativeSnapshot(apiOf(neon()).api, { name, branch, keepDays: 30 });
const prune = (policy = USUAL_POLICY, dryRun = false) =>
  pruneNativeSnapshots(apiOf(neon()).api, { policy, dryRun });

describe("a snapshot of Neon's own", () => {
  it('is of the default branch, and goes when it was said to', async () => {
    const { snapshot, isNew } = await take();

    expect(isNew).toBe(true);
    expect(snapshot).toMatchObject({ name: NAME, branch: production() });
    const days = ((snapshot.expiresAt?.getTime() ?? 0) - Date.now()) / DAY_MS;
    expect(Math.round(days)).toBe(30);
    expect(writes()).toHaveLength(1);
  });

  it('is not made again where it is there', async () => {
    add(NAME, 0);

    expect(await take()).toMatchObject({ isNew: false });
    expect(writes()).toEqual([]);
  });

  it.each([
    ['of another branch', { source_branch_id: 'br-former' }],
    ['of the schedule', { manual: false }],
  ])('is made beside one of the same name %s', async (_, more) => {
    add(NAME, 0, more);

    expect(await take()).toMatchObject({ isNew: true });
  });

  it.each([['drop after'], ['drop']] as const)(
    'is there once where the answer is lost: %s',
    async (fault) => {
      neon().set({ method: 'POST', fault });

      await take();

      expect(names()).toEqual([NAME]);
    },
  );

  it('fails where Neon does not get done with it', async () => {
    neon().project.plan('create_branch', ['running']);

    expect(await failureOf(take())).toMatchObject({ reason: 'hung' });
  });

  it('is refused where the answer is about another branch', async () => {
    const rewrite = (body: { snapshot: object }) => ({
      ...body,
      snapshot: { ...body.snapshot, source_branch_id: 'br-other' },
    });
    neon().set({ method: 'POST', fault: { rewrite } });

    expect(await failureOf(take())).toMatchObject({ reason: 'refused' });
  });

  it('is refused of a branch that is no root, in words that name one', async () => {
    neon().project.add({ name: 'dev' });

    expect(await failureOf(take(NAME, 'dev'))).toMatchObject({
      reason: 'usage',
      cure: expect.stringMatching(/^Name a root: production\./),
    });
    expect(writes()).toEqual([]);
  });

  it('is refused where the plan has none left; those of the schedule do not count', async () => {
    for (let i = 0; i < 99; i++) add(`mine-${i}`, 1);
    for (let i = 0; i < 9; i++) add(`by-neon-${i}`, 1, { manual: false });

    await take();
    const error = await failureOf(take('backup-20261124'));

    expect(error).toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/none is left/),
    });
    expect(writes()).toHaveLength(1);
  });

  it("is refused in Neon's own words where it allows less than is known here", async () => {
    const body = { code: '', message: 'snapshots limit exceeded' };
    neon().set({ method: 'POST', fault: { status: 422, body } });

    expect(await failureOf(take())).toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/made no snapshot: .*snapshots limit exceeded/),
      cure: expect.stringMatching(/prune --native/),
    });
  });
});

describe('on the Free plan', () => {
  const free = neonForTests(() => ({ plan: 'free_v3' }));

  it('there is one, and no schedule', async () => {
    const { api } = apiOf(free());
    await takeNativeSnapshot(api, { name: NAME, keepDays: 30 });
    const second = takeNativeSnapshot(api, { name: 'backup-20261124', keepDays: 30 });

    expect(await failureOf(second)).toMatchObject({ reason: 'refused' });
    expect(
      await failureOf(changeSchedule(api, none, [{ frequency: 'hourly', keepSeconds: undefined }])),
    ).toMatchObject({
      reason: 'refused',
      cure: expect.stringMatching(/paid plans/),
    });
  });
});

describe("pruning Neon's own", () => {
  it('keeps the newest of each kind, and deletes what is too old', async () => {
    add('pre-deploy-1a2b3c4', 90);
    add('backup-20261101', 31);
    for (let day = 1; day <= 8; day++) add(`backup-2026111${day}`, 9 - day);

    const { gone, stay } = await prune();

    expect(gone.map(({ snapshot: { name }, reason }) => [name, reason])).toEqual([
      ['backup-20261111', 'only the newest 7 stay'],
      ['backup-20261101', 'only the newest 7 stay'],
    ]);
    expect(stay).toHaveLength(8);
    expect(names()).toContain('pre-deploy-1a2b3c4');
  });

  it.each([
    ['was made by the schedule', 'backup-20261101', { manual: false }],
    ['is of another branch', 'backup-20261101', { source_branch_id: 'br-former' }],
    ['is of no branch that is known', 'backup-20261101', { source_branch_id: undefined }],
    ['bears another name', 'before the fair', {}],
  ])('never touches one that %s', async (_, name, more) => {
    add(name, 60, more);
    add('backup-20261122', 2);
    add('backup-20261123', 1);

    expect((await prune({ keep: 1, keepDays: 1 })).gone).toHaveLength(1);
    expect(names()).toEqual([name, 'backup-20261123']);
  });

  it('goes on after what Neon refuses, and fails in the end', async () => {
    for (const [days, name] of ['backup-20261123', 'backup-20261122', 'backup-20261121'].entries())
      add(name, days);
    neon().set({ method: 'DELETE', path: /snap-1/, fault: REFUSED });

    const pruned = await prune({ keep: 1, keepDays: 30 });

    expect(() => refuseFailures(pruned)).toThrow(/backup-20261122: .*422/);
    expect(names()).toEqual(['backup-20261123', 'backup-20261122']);
  });

  it('takes one whose deletion got no answer for deleted when it is gone', async () => {
    add('backup-20261123', 1);
    add('backup-20261122', 2);
    neon().set({ method: 'DELETE', fault: 'drop after' });

    refuseFailures(await prune({ keep: 1, keepDays: 30 }));

    expect(names()).toEqual(['backup-20261123']);
  });

  it('touches nothing in a dry run', async () => {
    add('backup-20261123', 1);
    add('backup-20261122', 2);

    expect((await prune({ keep: 1, keepDays: 30 }, true)).gone).toHaveLength(1);
    expect(writes()).toEqual([]);
  });
});

describe('the schedule', () => {
  const daily: ScheduleItem = { frequency: 'daily', hour: 2, keepSeconds: 604_800 };
  const weekly: ScheduleItem = { frequency: 'weekly', hour: 3, day: 7, keepSeconds: undefined };
  const change = (schedule = [daily]) => changeSchedule(apiOf(neon()).api, none, schedule);

  it('is replaced as a whole, and says what was there before', async () => {
    await change();

    expect(await change([weekly])).toMatchObject({
      before: [{ frequency: 'daily' }],
      schedule: [{ frequency: 'weekly', day: 7, hour: 3 }],
      isNew: true,
    });
    expect((await change([])).schedule).toEqual([]);
    expect((await readSchedule(apiOf(neon()).api, none)).schedule).toEqual([]);
  });

  it('that is set already is left alone', async () => {
    await change();

    expect(await change()).toMatchObject({ isNew: false });
    expect(writes()).toHaveLength(1);
  });

  it('is set when the answer is lost and Neon then says so', async () => {
    neon().set({ method: 'PUT', fault: 'drop after' });

    expect(await change()).toMatchObject({ isNew: true, schedule: [{ frequency: 'daily' }] });
  });

  it('is not set when the request is lost', async () => {
    neon().set({ method: 'PUT', fault: 'drop' });

    expect(await failureOf(change())).toMatchObject({ reason: 'source_unavailable' });
  });

  it('is not taken for set where Neon then says otherwise', async () => {
    neon().set({ method: 'PUT', fault: { status: 200, body: {} } });

    expect(await failureOf(change())).toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/then says that it has another one/),
    });
  });

  it('is of root branches only', async () => {
    neon().project.add({ name: 'dev' });

    expect(await failureOf(readSchedule(apiOf(neon()).api, 'dev'))).toMatchObject({
      reason: 'usage',
    });
  });
});
