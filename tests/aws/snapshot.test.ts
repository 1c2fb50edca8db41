import type { SnapshotSetting } from '../../contract/settings';
import { accountForTests } from '../support/aws-account';
import { makeSecret, makeVault } from '../support/aws-resources';
import { type Functions, loadFunctions } from '../support/functions';
import { neonForTests } from '../support/neon/for-tests';

const DUE = '2026-11-23T01:30:00Z';
const NAME = 'backup-20261123-0130';

const account = accountForTests();
const neon = neonForTests();
let functions: Functions;

async function load(more: SnapshotSetting = {}, branch?: string): Promise<void> {
  functions = loadFunctions({
    deployment: 'neon-backup-test',
    store: `s3://${await makeVault(account())}/here`,
    source: {
      kind: 'neon',
      secret: await makeSecret(account(), neon().apiKey),
      project: neon().project.id,
      branch,
      snapshots: { keep: 2, ...more },
    },
  });
}

beforeEach(() => {
  process.env.NEON_API_URL = neon().url;
  return load();
});

afterAll(() => {
  delete process.env.NEON_API_URL;
});

const snapshot = (scheduledAt = DUE) => functions.call('snapshot', { scheduledAt });
const names = () => [...neon().project.places.values()].map(({ branch }) => branch.name);

it('makes a snapshot of its scheduled time, once, and says how many branches are free', async () => {
  const made = await snapshot();
  const again = await snapshot();

  expect(made).toMatchObject({ result: { name: NAME }, error: undefined });
  expect(again.result).toEqual({ name: NAME });
  expect(names()).toEqual(['production', NAME]);
  expect(made.metrics).toEqual({ 'FreeBranches all': 8 });
  expect([...made.lines, ...again.lines].join()).not.toMatch(/canary/);
});

it('keeps as many as it is told to', async () => {
  for (const day of [23, 24, 25]) await snapshot(`2026-11-${day}T01:30:00Z`);

  expect(names()).toEqual(['production', 'backup-20261124-0130', 'backup-20261125-0130']);
});

it('deletes none where none could be made', async () => {
  await snapshot('2026-11-22T01:30:00Z');
  for (let i = 0; i < 8; i++) neon().project.add({ name: `dev-${i}` });

  const { error, metrics } = await snapshot();

  expect(error).toMatchObject({ reason: 'refused', message: expect.stringMatching(/no room/) });
  expect(metrics).toEqual({});
  expect(names()).toContain('backup-20261122-0130');
});

it('fails where something could not be deleted, and says the number all the same', async () => {
  for (const day of [20, 21]) await snapshot(`2026-11-${day}T01:30:00Z`);
  neon().set({ method: 'DELETE', fault: { status: 422, body: { code: '', message: 'no' } } });

  const { error, metrics } = await snapshot();

  expect(error).toMatchObject({ reason: 'refused' });
  expect(metrics).toEqual({ 'FreeBranches all': 6 });
  expect(names()).toContain(NAME);
});

describe("with Neon's own snapshots", () => {
  beforeEach(() => load({ as: 'native', keepDays: 9 }));

  const own = () => neon().project.snapshots;

  it('makes one of its scheduled time, once, and says nothing of branches', async () => {
    const made = await snapshot();
    const again = await snapshot();

    expect(made).toMatchObject({ result: { name: NAME }, error: undefined, metrics: {} });
    expect(again.result).toEqual({ name: NAME });
    expect(own()).toMatchObject([{ name: NAME }]);
    const days = (Date.parse(own()[0]?.expires_at ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(9);
    expect(names()).toEqual(['production']);
    expect([...made.lines, ...again.lines].join()).not.toMatch(/canary/);
  });

  it('keeps as many as it is told to, and what is not its own', async () => {
    const of = neon().project.default.branch.id;
    const usual = { created_at: '2026-11-01T01:30:00Z', source_branch_id: of };
    own().push(
      { ...usual, id: 'snap-a', name: 'backup-20261101', manual: false },
      { ...usual, id: 'snap-b', name: 'before the fair', manual: true },
    );
    for (const day of [23, 24, 25]) await snapshot(`2026-11-${day}T01:30:00Z`);

    expect(own().map(({ name }) => name)).toEqual([
      ...['backup-20261101', 'before the fair'],
      ...['backup-20261124-0130', 'backup-20261125-0130'],
    ]);
  });

  it('fails where something could not be deleted', async () => {
    for (const day of [20, 21]) await snapshot(`2026-11-${day}T01:30:00Z`);
    neon().set({ method: 'DELETE', fault: { status: 422, body: { code: '', message: 'no' } } });

    const { error, metrics } = await snapshot();

    expect(error).toMatchObject({ reason: 'refused' });
    expect(metrics).toEqual({});
    expect(own()).toHaveLength(3);
  });

  it('fails, with nothing made, of a branch that is no root', async () => {
    neon().project.add({ name: 'dev' });
    await load({ as: 'native' }, 'dev');

    expect((await snapshot()).error).toMatchObject({ reason: 'usage' });
    expect(own()).toEqual([]);
  });
});
