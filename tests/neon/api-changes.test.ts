import type { ScheduleItem } from '../../core/neon/shapes';
import { apiOf, failureOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';

const neon = neonForTests();
const DAY = 86_400;

const main = () => neon().project.default.branch;

/** Every operation is done at once. */
beforeEach(() => {
  for (const action of ['create_branch', 'start_compute', 'apply_config', 'delete_timeline'])
    for (let nth = 0; nth < 4; nth++) neon().project.plan(action, ['finished']);
});

/** A snapshot of production. */
async function snap(name = 's') {
  return (await apiOf(neon()).api.native.create({ branch: main().id, name })).snapshot;
}

describe('the history window', () => {
  it('is what it was set to', async () => {
    const { api } = apiOf(neon());

    const { project, operations } = await api.setHistory(7 * DAY);

    expect(project.historySeconds).toBe(7 * DAY);
    expect(operations.map(({ action }) => action)).toEqual(['apply_config']);
    expect((await api.getProject()).historySeconds).toBe(7 * DAY);
  });

  it('is refused above what the plan allows, in words of Neon', async () => {
    const error = await failureOf(apiOf(neon()).api.setHistory(8 * DAY));

    expect(error).toMatchObject({ reason: 'refused', call: { method: 'PATCH', status: 422 } });
    expect(neon().project.options.historySeconds).toBe(DAY);
  });
});

describe('a compute', () => {
  it('is given to a branch that has none, as large as was asked', async () => {
    const { api } = apiOf(neon());
    const { branch } = await api.createBranch({ parent: main().id, name: 'x' });

    const { endpoint, operations } = await api.createEndpoint({
      branch: branch.id,
      computeUnits: 2,
    });

    expect(endpoint).toMatchObject({ branch: branch.id, type: 'read_write' });
    expect(operations.map(({ action }) => action)).toEqual(['start_compute']);
    expect(await api.listEndpoints(branch.id)).toMatchObject([{ id: endpoint.id }]);
    expect(neon().project.find(branch.id).endpoint?.autoscaling_limit_max_cu).toBe(2);
  });

  it('is refused to one that has one', async () => {
    const asked = apiOf(neon()).api.createEndpoint({ branch: main().id, computeUnits: 1 });

    await expect(asked).rejects.toMatchObject({ reason: 'refused', call: { status: 422 } });
  });
});

describe("one of Neon's own snapshots", () => {
  it('becomes a branch of its own, by the name that it was given', async () => {
    const { id } = await snap();
    const before = { ...main() };

    const { branch, endpoints } = await apiOf(neon()).api.native.restore(id, {
      name: 'preview',
      target: before.id,
    });

    expect(branch).toMatchObject({ name: 'preview', parent: undefined, isDefault: false });
    expect(endpoints).toEqual([]);
    expect(main()).toEqual(before);
  });

  it('takes the place of a branch, with its compute and under another id', async () => {
    const { id } = await snap();
    main().protected = true;
    const before = main().id;
    const { api } = apiOf(neon());
    const [compute] = await api.listEndpoints(before);

    const { branch, endpoints } = await api.native.restore(id, { target: before, finalize: true });

    expect(branch).toMatchObject({ name: 'production', isDefault: true, isProtected: true });
    expect(branch.id).not.toBe(before);
    expect(endpoints).toMatchObject([{ id: compute?.id, branch: branch.id }]);
    expect(await api.getBranch(before)).toMatchObject({
      name: 'production (old)',
      isDefault: false,
      isProtected: false,
    });
  });

  it('takes the place of the branch that is named, not of the one that it was made of', async () => {
    const { id } = await snap();
    const { native } = apiOf(neon()).api;
    await native.restore(id, { target: main().id, finalize: true });

    const { branch } = await native.restore(id, { target: main().id, finalize: true });

    expect(branch).toMatchObject({ id: main().id, name: 'production', isDefault: true });
  });

  it('says how large it is once Neon knows', async () => {
    expect(await snap()).toMatchObject({ size: undefined, isManual: true });
    await neon().project.advance(60_000);

    expect(await apiOf(neon()).api.native.list()).toMatchObject([{ size: expect.any(Number) }]);
  });
});

describe('the schedule of snapshots', () => {
  const DAILY = { frequency: 'daily', hour: 23, keepSeconds: 7 * DAY };
  const MONTHLY = { frequency: 'monthly', hour: 1, day: 2 };

  it('is put in the place of the one before, and read back', async () => {
    const { native } = apiOf(neon()).api;
    expect(await native.schedule(main().id)).toEqual([]);

    await native.setSchedule(main().id, [DAILY as ScheduleItem]);
    await native.setSchedule(main().id, [DAILY, MONTHLY] as ScheduleItem[]);

    expect(await native.schedule(main().id)).toMatchObject([DAILY, MONTHLY]);
    expect(neon().project.schedules.get(main().id)).toEqual([
      { frequency: 'daily', hour: 23, retention_seconds: 7 * DAY },
      MONTHLY,
    ]);
  });

  it('may be newer than this', async () => {
    const rewrite = () => ({ schedule: [{ frequency: 'fortnightly', moon: 'full' }] });
    neon().set({ path: /backup_schedule/, fault: { rewrite } });

    const schedule = await apiOf(neon()).api.native.schedule(main().id);

    expect(schedule).toMatchObject([{ frequency: 'fortnightly' }]);
  });
});

describe('an answer that is not to be trusted', () => {
  type Ask = () => Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: answers that are not Neon's
  type Rewrite = (body: any) => unknown;
  const api = () => apiOf(neon()).api;
  const change = (name: string, more: object): Rewrite => {
    return (body) => ({ ...body, [name]: { ...body[name], ...more } });
  };
  const cases: [string, Ask, Rewrite][] = [
    ['another project', () => api().setHistory(60), change('project', { id: 'other' })],
    ['no operations', () => api().setHistory(60), ({ project }) => ({ project })],
    [
      'a compute of another project',
      async () => {
        const { id } = neon().project.add({ name: 'x' });
        await api().createEndpoint({ branch: id, computeUnits: 1 });
      },
      change('endpoint', { project_id: 'other' }),
    ],
    [
      'a restored branch of another project',
      async () => api().native.restore('snap-1', { target: main().id }),
      change('branch', { project_id: 'other' }),
    ],
    [
      'a schedule that is none',
      () => api().native.schedule(main().id),
      () => ({ schedule: { frequency: 'daily' } }),
    ],
    [
      'a size that is none',
      () => api().native.list(),
      () => ({ snapshots: [{ id: 's', name: 's', created_at: 'today' }] }),
    ],
  ];

  it.each(cases)('is refused: %s', async (_, ask, rewrite) => {
    const snapshot = await snap();
    snapshot.id = 'snap-1';
    for (const each of neon().project.snapshots) each.id = 'snap-1';
    neon().set({ fault: { rewrite } });

    await expect(ask()).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/not what it should be/),
    });
  });
});

it.each<[string, () => Promise<unknown>]>([
  ['setHistory', () => apiOf(neon()).api.setHistory(60)],
  ['restore', async () => apiOf(neon()).api.native.restore('snap-1', { target: main().id })],
  ['setSchedule', () => apiOf(neon()).api.native.setSchedule(main().id, [])],
])('%s is not asked for twice where nobody knows what became of it', async (_, ask) => {
  neon().set({ fault: { status: 524, body: '<html>' }, count: 9 });

  await failureOf(ask());

  expect(neon().calls).toHaveLength(1);
});
