import { neonForTests } from '../support/neon/for-tests';
import { sendTo } from '../support/neon/send';

const neon = neonForTests();
const { send, main, named, snap, restore, setHistory } = sendTo(neon);

const DAY = 86_400;
const DAILY = { schedule: [{ frequency: 'daily', hour: 2 }] };
const refused = { status: 422 };

describe.each([
  ['free_v3', 6, 1, 'no'],
  ['launch_v3', 7 * 24, 100, 'a'],
  ['scale_v3', 30 * 24, 100, 'a'],
] as const)('the plan %s', (plan, hours, snapshots, schedule) => {
  const project = neonForTests(() => ({ plan }));
  const to = sendTo(project);

  it(`allows ${hours} hours of history, ${snapshots} snapshots, and ${schedule} schedule`, async () => {
    const { body } = await to.send('GET', '');
    expect(body.project.owner.subscription_type).toBe(plan);
    expect(body.project.history_retention_seconds).toBe(Math.min(hours, 24) * 3_600);

    // More than a month is not even asked for: Neon's description of its API has no such request.
    const tooMuch = [hours * 3_600 + 1].filter((seconds) => seconds < 30 * DAY);
    for (const seconds of tooMuch) expect(await to.setHistory(seconds)).toMatchObject(refused);
    expect((await to.setHistory(hours * 3_600)).status).toBe(200);
    for (let nth = 0; nth < snapshots; nth++) await to.snap();
    const path = `/branches/${to.main().id}`;
    expect(await to.send('POST', `${path}/snapshot`)).toMatchObject(refused);
    const { status } = await to.send('PUT', `${path}/backup_schedule`, DAILY);
    expect(status).toBe(schedule === 'a' ? 200 : 422);
  });
});

describe('an allowance', () => {
  it('counts the roots', async () => {
    const id = await snap();
    for (let nth = 0; nth < 4; nth++)
      expect((await restore(id, { name: `r${nth}` })).status).toBe(200);

    expect(await restore(id, { name: 'more' })).toMatchObject(refused);
  });

  it('counts the snapshots that people make alone', async () => {
    for (let nth = 0; nth < 100; nth++) await snap();
    expect(await send('POST', `/branches/${main().id}/snapshot`)).toMatchObject(refused);

    for (const snapshot of neon().project.snapshots.slice(0, 1)) snapshot.manual = false;

    expect((await send('POST', `/branches/${main().id}/snapshot`)).status).toBe(200);
  });
});

it('has forgotten what a shorter history no longer held, also when it is longer again', async () => {
  const branchOf = (ms: number) => {
    const parent_timestamp = new Date(neon().project.now() - ms).toISOString();
    return send('POST', '/branches', { branch: { parent_timestamp } });
  };
  expect(await branchOf(7_200_000)).toMatchObject({ status: 201 });

  await setHistory(3_600);
  await setHistory(7 * DAY);

  expect(await branchOf(7_200_000)).toMatchObject(refused);
  expect(await branchOf(1_800_000)).toMatchObject({ status: 201 });
});

it('makes the schedule of a root alone', async () => {
  const { id } = neon().project.add({ name: 'child' });

  expect(await send('PUT', `/branches/${id}/backup_schedule`, DAILY)).toMatchObject(refused);
  expect(await send('PUT', `/branches/${main().id}/backup_schedule`, DAILY)).toEqual({
    status: 200,
    body: {},
  });
});

it('puts a snapshot that names no target into the place of what was its branch, not what is', async () => {
  const id = await snap();
  await restore(id, { target_branch_id: main().id, finalize_restore: true });
  const second = main().id;

  await restore(id, { finalize_restore: true });

  expect(main().id).toBe(second);
  expect(named('production (old)')?.branch.restore_status).toBe('finalized');
  expect(named('production (old) (old)')).toBeDefined();
});

it('goes back in time on no branch that a snapshot was restored into, and deletes the one before it', async () => {
  const former = main().id;
  await restore(await snap(), { target_branch_id: former, finalize_restore: true });
  const source_timestamp = new Date(neon().project.now() - 1_000).toISOString();

  const { status, body } = await send('POST', `/branches/${main().id}/restore`, {
    source_branch_id: main().id,
    source_timestamp,
    preserve_under_name: 'before',
  });

  expect({ status, ...body }).toMatchObject({
    ...refused,
    message: 'restore from snapshot on target branch is still ongoing',
  });
  expect(await send('DELETE', `/branches/${former}`)).toMatchObject({ status: 200 });
});

it('moves the children of a root that is restored from another branch, and never deletes what it was', async () => {
  const { project } = neon();
  const kept = project.add({ name: 'kept' });
  const path = `/branches/${main().id}/restore`;
  const from = { source_branch_id: kept.id };
  expect(await send('POST', path, from)).toMatchObject(refused);

  const { body } = await send('POST', path, { ...from, preserve_under_name: 'before' });

  expect(body.branch).toMatchObject({ id: main().id, current_state: 'resetting' });
  const before = named('before')?.branch;
  expect(before?.parent_id).toBeUndefined();
  expect(kept.parent_id).toBe(before?.id);
  expect(main().current_state).toBe('ready');
  await send('DELETE', `/branches/${kept.id}`);
  expect(await send('DELETE', `/branches/${before?.id}`)).toMatchObject(refused);
});

it('lets a branch have children once it has no expiry', async () => {
  const expires_at = '2099-01-01T00:00:00Z';
  const parent = neon().project.add({ name: 'kept', expires_at });
  const child = () => send('POST', '/branches', { branch: { parent_id: parent.id } });

  expect(await child()).toMatchObject(refused);
  await send('PATCH', `/branches/${parent.id}`, { branch: { expires_at: null } });

  expect(await child()).toMatchObject({ status: 201 });
});
