import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { accountForTests } from '../support/aws-account';
import { makeSecret, makeTopic, makeVault, type Topic } from '../support/aws-resources';
import { type Functions, loadFunctions } from '../support/functions';
import { neonForTests } from '../support/neon/for-tests';

/** What only a look at the vault says. */
const OF_VAULT = { 'WatchCompleted all': 1, 'BackupOverdue daily': 0, 'TagContradictions all': 0 };
const NOT_WHOLE = '2026-11-23T02:00:00Z';

const account = accountForTests();
const neon = neonForTests();
let topic: Topic;
let secret: string;
let functions: Functions;

beforeEach(async () => {
  process.env.NEON_API_URL = neon().url;
  topic = await makeTopic(account());
  secret = await makeSecret(account(), neon().apiKey);
  functions = loadFunctions({
    deployment: 'neon-backup-test',
    store: `s3://${await makeVault(account())}/here`,
    source: {
      kind: 'neon',
      secret,
      project: neon().project.id,
      historyWindow: 7 * 86_400,
    },
    schedules: { daily: { expression: 'cron(0 2 * * ? *)', timeZone: 'UTC' } },
    notices: { topic: topic.arn },
  });
});

afterAll(() => {
  delete process.env.NEON_API_URL;
});

/** Looks at everything, as every six hours; nothing of the key may show. */
async function watch(event: object = {}) {
  const answer = await functions.call('watch', event);
  expect(answer.lines.join()).not.toMatch(/canary/);
  return answer;
}

const setKey = (SecretString: string) =>
  new SecretsManagerClient(account().config()).send(
    new PutSecretValueCommand({ SecretId: secret, SecretString }),
  );
const fill = () => {
  for (let at = neon().project.places.size; at < 10; at++)
    neon().project.add({ name: `dev-${at}` });
};
const empty = () => {
  for (const [id, { branch }] of [...neon().project.places])
    if (!branch.default) neon().project.places.delete(id);
};

it('says that nothing of the project will make a backup fail, and logs what may later', async () => {
  const { error, metrics, lines } = await watch();

  expect(error).toBeUndefined();
  expect(metrics).toMatchObject({ ...OF_VAULT, 'NeonProblems all': 0 });
  expect(lines.join()).toMatch(/"WARN".*"history".*7 days are wished for.*window set 7d/);
  expect(await topic.published()).toEqual([]);
  expect(neon().calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(neon().calls.length).toBeLessThanOrEqual(4);
});

it('asks Neon nothing in the looks in between', async () => {
  const { metrics } = await watch({ scheduledAt: NOT_WHOLE });

  expect(metrics).not.toHaveProperty('NeonProblems all');
  expect(neon().calls).toEqual([]);
});

it('says once that the API key has stopped working, with what to do, and again when it does so again', async () => {
  await setKey('napi_canary_old');

  const found = await watch();
  const [told, ...more] = await topic.published();
  await watch();
  const again = await topic.published();
  await setKey(neon().apiKey);
  const mended = await watch();
  neon().set({ fault: { status: 401, body: { code: '', message: 'no' } } });
  neon().set({ fault: { status: 401, body: { code: '', message: 'no' } } });
  await watch();

  expect(found.error).toBeUndefined();
  expect(found.metrics).toMatchObject({ ...OF_VAULT, 'NeonProblems all': 1 });
  expect(told?.subject).toBe('neon-backup: the next backup of the database will fail');
  expect(told?.message).toMatch(/was answered with 401/);
  expect(told?.message).toMatch(/pulumi config set --secret neon-backup:neonApiKey/);
  expect(told?.message).toMatch(/--function-name neon-backup-test-watch .*--payload '{}'/);
  expect(told?.message).not.toMatch(/canary/);
  expect([more, again]).toEqual([[], []]);
  expect(mended.metrics).toMatchObject({ 'NeonProblems all': 0 });
  expect(await topic.published()).toHaveLength(1);
});

it('tells of what comes on top, and of nothing that has been told', async () => {
  fill();
  const { metrics } = await watch();
  const [full] = await topic.published();
  empty();
  neon().project.default.branch.name = 'main';
  const settings = JSON.parse(process.env.NEON_BACKUP_SETTINGS ?? '');
  functions = loadFunctions({ ...settings, source: { ...settings.source, branch: 'production' } });
  await watch();
  const [gone, ...more] = await topic.published();

  expect(metrics).toMatchObject({ 'NeonProblems all': 1 });
  expect(full?.message).toMatch(/10 of the 10 branches .*: none is left to back up from/);
  expect(gone?.message).toMatch(/The project has no branch production\.\n.*Name one.*: main\./s);
  expect(more).toEqual([]);
});

it.each(['drop', { status: 503, body: 'no', headers: { 'retry-after': '0' } }] as const)(
  'takes a Neon that does not answer for no problem, and no proof that there is none: %j',
  async (fault) => {
    neon().set({ count: 6, fault });
    jest.spyOn(Math, 'random').mockReturnValue(-0.49);

    const { error, metrics, lines } = await watch();

    expect(error).toBeUndefined();
    expect(metrics).toMatchObject(OF_VAULT);
    expect(metrics).not.toHaveProperty('NeonProblems all');
    expect(lines.join()).toMatch(/"WARN".*Neon was not looked at/);
    expect(await topic.published()).toEqual([]);
  },
);

it('says what it saw of the vault first, also where an answer is one that nobody foresaw', async () => {
  neon().set({ fault: { rewrite: () => ({ project: null }) } });

  const { metrics } = await watch();

  expect(metrics).toMatchObject({ ...OF_VAULT, 'NeonProblems all': 1 });
});

it('does not take full branches for a problem where backups may read production', async () => {
  fill();
  const settings = JSON.parse(process.env.NEON_BACKUP_SETTINGS ?? '');
  functions = loadFunctions({
    ...settings,
    source: { ...settings.source, withoutBranch: 'direct' },
  });

  const { metrics, lines } = await watch();

  expect(metrics).toMatchObject({ 'NeonProblems all': 0 });
  expect(lines.join()).toMatch(/"WARN".*backups read production itself/);
});

it('puts what may make a backup fail into the monthly message', async () => {
  fill();

  const { error } = await watch({ upkeep: 'monthly' });
  const [month] = await topic.published();

  expect(error).toBeUndefined();
  expect(month?.message).toMatch(/^Source: .*\n.*none is left to back up from$/m);
  expect(month?.message).toMatch(/^What to do: .*Delete branches that nobody needs/ms);
});
