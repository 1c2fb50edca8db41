import { loadConfig } from '../../infra/config';
import { CANARY, configure, declared, mockCloud, resolved } from './graph';

const own = (name: string) => `neon-backup:${name}`;

beforeAll(mockCloud);

it("takes the stack's settings over the project's defaults", async () => {
  configure();

  const { databaseUrl, ...rest } = loadConfig();

  expect(rest).toEqual({
    email: 'ops@example.com',
    databaseName: 'circuitiq',
    plainSql: true,
    dailySchedule: 'cron(0 2 * * ? *)',
    timeZone: 'UTC',
    silenceHours: 26,
    undoDays: 14,
    memoryMb: 1769,
    timeoutSeconds: 900,
    logDays: 365,
    layerZip: 'layer/dist/layer-arm64.zip',
  });
  expect(await resolved(databaseUrl)).toContain(CANARY);
});

it("takes the database's own name where none is given", () => {
  configure({ [own('databaseName')]: '' });

  expect(loadConfig().databaseName).toBeUndefined();
});

it.each([
  ['email', '', 'is missing'],
  ['email', 'ops', 'must be an e-mail address, got "ops"'],
  ['plainSql', 'yes', 'must be true or false, got "yes"'],
  ['dailySchedule', '0 2 * * *', 'must be a schedule such as cron(0 2 * * ? *) or rate(1 day)'],
  ['dailySchedule', 'cron(0 2 * * *)', 'must be a schedule'],
  ['timeZone', 'Mars/Olympus', 'must be an IANA time zone such as UTC or Europe/Berlin'],
  ['silenceHours', '1', 'must be a whole number from 2 to 168, got "1"'],
  ['undoDays', '1.5', 'must be a whole number from 1 to 3650'],
  ['memoryMb', '128', 'must be a whole number from 512 to 10240'],
  ['timeoutSeconds', '901', 'must be a whole number from 60 to 900'],
  ['logDays', '31', 'must be one of 30, 60'],
])('refuses %s = "%s" with the line that mends it', (name, value, sentence) => {
  configure({ [own(name)]: value });

  expect(loadConfig).toThrow(`Setting ${name} ${sentence}`);
  expect(loadConfig).toThrow(`run \`pulumi config set ${own(name)} VALUE\``);
});

it.each([
  ['', 'is missing'],
  [`mysql://app:${CANARY}@host/app`, 'must start with postgresql://'],
  [`postgresql://app:${CANARY}@ep-x-pooler.eu.neon.tech/app`, 'must name the direct host'],
])('refuses a database URL like %s, and never quotes it', (url, sentence) => {
  configure({ [own('databaseUrl')]: url });

  const message = messageOf(loadConfig);

  expect(message).toContain(`Setting databaseUrl ${sentence}`);
  expect(message).toContain('`pulumi config set --secret neon-backup:databaseUrl`');
  expect(message).not.toContain(CANARY);
});

it('refuses a database URL that is stored in clear', () => {
  configure({}, []);

  expect(loadConfig).toThrow('Setting databaseUrl is stored in clear');
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
  configure({ [own('email')]: '', [own('databaseUrl')]: '' });

  expect(messageOf(loadConfig).split('\n')).toHaveLength(2);
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
