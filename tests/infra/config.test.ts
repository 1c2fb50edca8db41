import { loadConfig } from '../../infra/config/config';
import { CANARY, configure, declared, mockCloud, resolved, SECRETS } from './graph';

const own = (name: string) => `neon-backup:${name}`;

beforeAll(mockCloud);

it("takes production's settings over the project's defaults", async () => {
  configure();

  const { secrets, ...rest } = loadConfig();

  expect(rest).toMatchObject({
    region: 'eu-central-1',
    email: 'ops@example.com',
    databaseName: 'circuitiq',
    criticalTables: ['User', 'Diagram', 'Analysis', 'Component'],
    plainSql: true,
    dailySchedule: 'cron(0 2 * * ? *)',
    weeklySchedule: 'cron(0 3 ? * SUN *)',
    drillSchedule: 'cron(0 5 ? * SUN *)',
    watchSchedule: 'rate(15 minutes)',
    timeZone: 'UTC',
    dailyKeepDays: 30,
    lockMode: 'governance',
    lockDays: 14,
    undoDays: 14,
    githubRepository: undefined,
    restorePrincipals: [],
  });
  expect(Object.keys(secrets)).toEqual(['databaseUrl']);
  expect(await resolved(secrets.databaseUrl as never)).toContain(CANARY);
});

it.each([
  ['email', '', 'is missing'],
  ['email', 'ops', 'must be an e-mail address, got "ops"'],
  ['plainSql', 'yes', 'must be true or false, got "yes"'],
  ['dailySchedule', '0 2 * * *', 'must be a schedule such as cron(0 2 * * ? *) or rate(1 day)'],
  ['dailySchedule', 'cron(0 2 * * *)', 'must be a schedule'],
  ['dailySchedule', 'rate(0 minutes)', 'must be a schedule'],
  [
    'dailySchedule',
    'cron(0 2 * * * *)',
    'must be a schedule such as cron(0 2 * * ? *) or rate(1 day), with ? for',
  ],
  ['weeklySchedule', 'cron(0 2 ? * 8 *)', 'must be a schedule'],
  ['weeklySchedule', 'cron(0 2 ? * 0 *)', 'must be a schedule'],
  ['timeZone', '+02:00', 'must be an IANA time zone'],
  [
    'repositoryUrl',
    'https://me:canary@example.com/x',
    'must be a URL that git clones from, without',
  ],
  ['timeZone', 'Mars/Olympus', 'must be an IANA time zone such as UTC or Europe/Berlin'],
  ['undoDays', '1.5', 'must be a whole number from 1 to 3650'],
  ['neonComputeUnits', '0.3', 'must be 0.25, 0.5, or a whole number from 1 to 16, got "0.3"'],
  ['neonComputeUnits', '17', 'must be 0.25, 0.5, or a whole number from 1 to 16'],
  ['neonWithoutBranch', 'skip', 'must be fail or direct, got "skip"'],
  ['neonDrill', 'no', 'must be true or false'],
  ['memoryMb', '128', 'must be a whole number from 512 to 10240'],
  ['timeoutSeconds', '901', 'must be a whole number from 120 to 900'],
  ['reservedConcurrency', '1', 'must be 0, or at least 2, got "1"'],
  ['logDays', '31', 'must be one of 30, 60'],
  ['lockMode', 'none', 'must be governance or compliance, got "none"'],
  ['criticalTables', 'User', 'must be a list of texts, got "User"'],
  ['restorePrincipals', '["me"]', 'must be a list of ARNs, of no SSO roles'],
  ['githubRepository', 'circuitiq', 'must be OWNER/NAME, got "circuitiq"'],
  ['replicaRegion', 'Frankfurt', 'must be an AWS region such as eu-west-1'],
])('refuses %s = "%s" with the line that mends it', (name, value, sentence) => {
  configure({ [own(name)]: value });

  expect(loadConfig).toThrow(`Setting ${name} ${sentence}`);
  expect(loadConfig).toThrow(`run \`pulumi config set ${own(name)} VALUE\``);
});

it.each([
  ['databaseUrl', `mysql://app:${CANARY}@host/app`, 'must start with postgresql://'],
  [
    'databaseUrl',
    `postgresql://app:${CANARY}@ep-x-pooler.eu.neon.tech/app`,
    'must name the direct',
  ],
  ['neonApiKey', 'canary 7f31', 'does not look like an API key'],
  ['webhookUrl', `http://hooks.example.com/${CANARY}`, 'must start with https://'],
  ['drillScratchUrl', CANARY, 'must start with postgresql://'],
])('refuses the secret %s like %s, and never quotes it', (name, value, sentence) => {
  configure({ [own(name)]: value });

  const message = messageOf(loadConfig);

  expect(message).toContain(`Setting ${name} ${sentence}`);
  expect(message).toContain(`\`pulumi config set --secret ${own(name)}\``);
  expect(message).not.toContain(value);
});

it.each(['databaseUrl', 'webhookUrl'])('refuses %s where it is stored in clear', (name) => {
  configure(
    { [own(name)]: `https://${CANARY}` },
    SECRETS.filter((key) => key !== own(name)),
  );

  const message = messageOf(loadConfig);

  expect(message).toContain(`Setting ${name} is stored in clear`);
  expect(message).not.toContain(CANARY);
});

const ALWAYS = { [own('drillWhen')]: 'always' };
const NEON = { [own('databaseUrl')]: '', [own('neonApiKey')]: 'napi_canary_key_000000' };

it.each([
  [
    { [own('databaseUrl')]: '' },
    'Setting databaseUrl is missing (give databaseUrl for any Postgre',
  ],
  [NEON, 'Setting neonProjectId is missing beside neonApiKey'],
  [
    { [own('databaseUrl')]: '', [own('neonProjectId')]: 'calm-sea-1' },
    'Setting neonApiKey is missing beside neonProjectId',
  ],
  [{ [own('neonProjectId')]: 'calm-sea-1' }, 'Settings databaseUrl and neonProjectId name two'],
  [{ [own('lockDays')]: '31' }, 'Setting lockDays (31) is longer than dailyKeepDays (30)'],
  [{ [own('snapshots')]: 'workflow' }, 'Setting snapshots is workflow, and the source is no'],
  [{ [own('snapshots')]: 'native' }, 'Setting snapshots is native, and the source is no'],
  [
    { ...NEON, [own('neonProjectId')]: 'calm-sea-1', [own('snapshots')]: 'workflow' },
    'Setting snapshots is workflow, and githubRepository is missing',
  ],
  [ALWAYS, 'Setting drillScratchUrl is missing, and drillWhen is always'],
  [
    { ...NEON, [own('neonProjectId')]: 'calm-sea-1', ...ALWAYS, [own('neonDrill')]: 'false' },
    'Setting drillScratchUrl is missing, neonDrill is false, and drillWhen is always',
  ],
  [{ [own('githubRepository')]: 'a/b' }, 'Setting githubToken is missing beside githubRepository'],
  [
    { [own('githubRepository')]: 'a/b', [own('githubEnvironment')]: '' },
    'Setting githubEnvironment is missing, and so is githubBranch',
  ],
  [
    { [own('dailySchedule')]: 'rate(10 minutes)' },
    'Setting dailySchedule comes 600 s after the one before',
  ],
  [{ [own('watchSchedule')]: 'rate(1 hour)' }, 'Setting watchSchedule leaves 3600 s between two'],
  [
    { [own('watchSchedule')]: 'cron(0/15 9-17 * * ? *)' },
    'Setting watchSchedule leaves 54900 s between two, and the alarms expect it every 900 s',
  ],
  [{ [own('replicaRegion')]: 'eu-central-1' }, "Setting replicaRegion is the vault's own region"],
  [{ [own('neonBranch')]: 'main' }, 'Setting neonBranch is for Neon, and databaseUrl is set'],
  [{ [own('weeklySchedule')]: 'cron(0 2 31 2 ? *)' }, "Setting weeklySchedule can't be met"],
  [{ [own('drillSchedule')]: 'cron(0 2 31 2 ? *)' }, "Setting drillSchedule can't be met"],
  [{ [own('dailySchedule')]: 'cron(0 2 ? * FOO *)' }, "Setting dailySchedule can't be met"],
])('refuses what contradicts itself: %j', (settings, sentence) => {
  configure(settings);

  expect(messageOf(loadConfig)).toContain(sentence);
});

it('quotes no password of an address', () => {
  configure({ [own('repositoryUrl')]: `https://me:${CANARY}@example.com/x` });

  const message = messageOf(loadConfig);

  expect(message).toContain('got "https://…@example.com/x"');
  expect(message).not.toContain(CANARY);
});

it('takes a project of Neon in the place of a URL', () => {
  configure({ ...NEON, [own('neonProjectId')]: 'calm-sea-12345678' });

  expect(Object.keys(loadConfig().secrets)).toEqual(['neonApiKey']);
});

it('takes that project as the scratch of every verification', () => {
  configure({ ...NEON, ...ALWAYS, [own('neonProjectId')]: 'calm-sea-12345678' });

  expect(loadConfig()).toMatchObject({ drillWhen: 'always', neonDrill: true });
});

describe('without a region', () => {
  const { AWS_REGION, AWS_DEFAULT_REGION, ...environment } = process.env;
  const before = process.env;
  beforeEach(() => {
    process.env = environment;
  });
  afterEach(() => {
    process.env = before;
  });

  it('says how to set one', () => {
    configure({ 'aws:region': undefined });

    expect(loadConfig).toThrow('No AWS region is set: run `pulumi config set aws:region');
  });
});

it('names every mistake at once, before anything is declared', () => {
  configure({ [own('email')]: '', [own('memoryMb')]: '1', [own('webhookUrl')]: 'x' });

  expect(messageOf(loadConfig).split('\n')).toHaveLength(3);
  expect(declared).toEqual([]);
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}
