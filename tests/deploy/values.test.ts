import { Guide } from '../../cli/deploy/guide';
import { Pulumi } from '../../cli/deploy/pulumi';
import { Values, type Wanted } from '../../cli/deploy/values';
import { printed, pulumiForTests } from './support/double';

const CANARY = 'canary-71ab-secret';
const pulumi = pulumiForTests();

beforeEach(() => {
  pulumi().state = { backend: 'https://api', stacks: { prod: { config: {}, outputs: {} } } };
});

const wanted: Wanted = {
  key: 'email',
  what: 'E-mail address',
  instead: 'Give --email ADDRESS.',
  variables: ['TEST_FIRST', 'TEST_SECOND'],
  problemOf: (value) => (value.includes('@') ? undefined : 'It has no @.'),
};
const secret: Wanted = {
  ...wanted,
  key: 'databaseUrl',
  isSecret: true,
  problemOf: () => undefined,
};

const open = (stored: Record<string, string> = {}) =>
  new Values(new Guide({ asks: false }), new Pulumi('prod'), new Map(Object.entries(stored)));

it('hands a secret to Pulumi by standard input, and shows it nowhere', async () => {
  process.env.TEST_SECOND = CANARY;
  const said = await printed(() => open().settle(secret));

  expect(pulumi().config()).toEqual({ 'neon-backup:databaseUrl': { value: CANARY, secret: true } });
  expect(
    pulumi()
      .calls.flatMap(({ argv }) => argv)
      .join(' '),
  ).not.toContain(CANARY);
  expect(said).toMatch(/databaseUrl: now stored, encrypted/);
  expect(said).not.toContain(CANARY);
});

it('leaves what is stored as it is, whatever the environment says, and does not try it again', async () => {
  process.env.TEST_FIRST = 'no address';
  const values = open({ 'neon-backup:email': 'stored' });

  const said = await printed(async () => expect(await values.settle(wanted)).toBe('stored'));

  expect(said).toMatch(/email: stored/);
  expect(pulumi().calls).toEqual([]);
});

it('does not print a stored secret', async () => {
  const values = open({ 'neon-backup:databaseUrl': CANARY });
  expect(await printed(() => values.settle(secret))).toMatch(
    /^ *. databaseUrl: stored, encrypted$/m,
  );
});

it('puts a flag in the place of what is stored', async () => {
  const values = open({ 'neon-backup:email': 'old@example.com' });
  await printed(() => values.settle({ ...wanted, flag: 'new@example.com' }));
  expect(pulumi().config()['neon-backup:email']).toEqual({
    value: 'new@example.com',
    secret: false,
  });
});

it('names what to set where a value is missing and nobody can be asked', async () => {
  await expect(open().settle(wanted)).rejects.toMatchObject({
    ...{ reason: 'usage', message: 'Missing: E-mail address.', cure: 'Give --email ADDRESS.' },
  });
  expect(pulumi().calls).toEqual([]);
});

it('stores nothing that does not pass, and says where it came from', async () => {
  process.env.TEST_FIRST = 'nobody';
  await expect(open().settle(wanted)).rejects.toMatchObject({
    reason: 'usage',
    message: 'The value of email from TEST_FIRST in the environment is not taken: It has no @.',
  });
  expect(pulumi().calls).toEqual([]);
});

it("says Pulumi's own words where it refuses to store", async () => {
  process.env.PULUMI_DOUBLE_FAILS = 'config set';
  const flag = 'new@example.com';
  await expect(open().settle({ ...wanted, flag })).rejects.toMatchObject({
    reason: 'tool_failed',
    message: 'Pulumi could not store the setting neon-backup:email.',
    output: 'error: config set fails here',
  });
});
