import { accountForTests } from '../support/aws-account';
import { makeSecret, makeVault } from '../support/aws-resources';
import { type Functions, loadFunctions } from '../support/functions';
import { neonForTests } from '../support/neon/for-tests';

const DUE = '2026-11-23T01:30:00Z';
const NAME = 'backup-20261123-0130';

const account = accountForTests();
const neon = neonForTests();
let functions: Functions;

beforeEach(async () => {
  process.env.NEON_API_URL = neon().url;
  functions = loadFunctions({
    deployment: 'neon-backup-test',
    store: `s3://${await makeVault(account())}/here`,
    source: {
      kind: 'neon',
      secret: await makeSecret(account(), neon().apiKey),
      project: neon().project.id,
      snapshots: { keep: 2 },
    },
  });
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
