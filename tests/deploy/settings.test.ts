import type { DeployFlags } from '../../cli/deploy/flags';
import { Guide } from '../../cli/deploy/guide';
import { Pulumi } from '../../cli/deploy/pulumi';
import { settleSettings } from '../../cli/deploy/settings';
import { Values } from '../../cli/deploy/values';
import { isBackupError } from '../../core/errors';
import { neonForTests } from '../support/neon/for-tests';
import { createDatabase, query, serverForTests } from '../support/servers';
import { printed, pulumiForTests } from './support/double';

const CANARY = 'canary-9c1e-secret';
const EMAIL = 'owner@example.com';
const PLACE = { account: '123456789012', region: 'eu-central-1' };
const pulumi = pulumiForTests();
const server = serverForTests();
const neon = neonForTests();

let stored: Map<string, string>;

beforeEach(() => {
  stored = new Map();
  pulumi().state = { backend: 'https://api', stacks: { prod: { config: {}, outputs: {} } } };
  for (const name of ['DATABASE_URL', 'NEON_API_KEY', 'NEON_PROJECT_ID']) delete process.env[name];
});

const settle = (flags: Partial<DeployFlags> = {}) => {
  const guide = new Guide({ asks: false });
  const all = { stack: 'prod', firstBackup: true, email: EMAIL, ...flags };
  return settleSettings(guide, new Values(guide, new Pulumi('prod'), stored), PLACE, all);
};

/** What was refused, and all that was printed until then. */
async function refused(flags: Partial<DeployFlags> = {}) {
  let error: unknown;
  const said = await printed(async () => {
    error = await settle(flags).catch((thrown) => thrown);
  });
  if (!isBackupError(error)) throw error;
  const { reason, message, cure } = error;
  return { said, reason, message, cure };
}

const settings = () =>
  Object.fromEntries(Object.entries(pulumi().config()).map(([key, { value }]) => [key, value]));

describe('any PostgreSQL', () => {
  const makeApp = async () => {
    const url = await createDatabase(server());
    await query(url, 'CREATE TABLE users AS SELECT 1 AS id');
    return url;
  };

  it('is looked at as doctor does, and stored', async () => {
    const url = await makeApp();
    process.env.DATABASE_URL = url;

    const said = await printed(async () => expect(await settle()).toBe('postgres'));

    expect(said).toMatch(/connection: database test_\w+, PostgreSQL 18/);
    expect(said).toMatch(/tables: 1 tables, every row readable/);
    expect(said).toMatch(/warn {2}host: \S+ is this machine, which no function in AWS can reach/);
    expect(said).toMatch(/warn {2}drills: no backup is restored .*neon-backup:drillScratchUrl\n/);
    expect(settings()).toEqual({
      'aws:region': PLACE.region,
      'neon-backup:databaseUrl': url,
      'neon-backup:email': EMAIL,
    });
    const password = new URL(url).password;
    expect(`${said}${pulumi().calls.flatMap(({ argv }) => argv)}`).not.toContain(password);
  });

  it('is not stored where it lacks a table that the stack calls critical', async () => {
    process.env.DATABASE_URL = await makeApp();
    stored.set('neon-backup:criticalTables', '["User"]');

    const { reason, message } = await refused();

    expect(reason).toBe('usage');
    expect(message).toMatch(
      /critical tables don't exist: User\. .*config rm neon-backup:criticalTables/,
    );
    expect(settings()).not.toHaveProperty('neon-backup:databaseUrl');
  });

  it('is not stored where it refuses the password, which is shown nowhere', async () => {
    const url = Object.assign(new URL(await makeApp()), { password: CANARY });
    process.env.DATABASE_URL = url.href;

    const { said, reason, message, cure } = await refused();

    expect(reason).toBe('usage');
    expect(message).toMatch(
      /The value of databaseUrl from DATABASE_URL.* is not taken: .*password/,
    );
    expect(cure).toMatch(/Where only AWS can reach it, store it yourself/);
    expect(`${said}${message}${cure}`).not.toContain(CANARY);
    expect(settings()).toEqual({ 'aws:region': PLACE.region });
  });

  it('is not stored where it is no URL', async () => {
    process.env.DATABASE_URL = CANARY;
    const { message } = await refused();
    expect(message).toMatch(/does not start with postgres:\/\/\. Give it as/);
    expect(message).not.toContain(CANARY);
  });
});

describe('a project of Neon', () => {
  beforeEach(() => {
    process.env.NEON_API_URL = neon().url;
  });

  it('is asked for with its key, and stored', async () => {
    process.env.NEON_API_KEY = neon().apiKey;
    const neonProject = neon().project.id;

    const said = await printed(async () => expect(await settle({ neonProject })).toBe('neon'));

    expect(said).toMatch(/project \S+ in aws-eu-central-1, PostgreSQL 18/);
    expect(said).toMatch(/drills: into a branch of the project/);
    expect(settings()).toMatchObject({
      'neon-backup:neonApiKey': neon().apiKey,
      'neon-backup:neonProjectId': neonProject,
    });
    expect(pulumi().config()['neon-backup:neonApiKey']?.secret).toBe(true);
    expect(said).not.toContain(neon().apiKey);
  });

  it.each([
    ['neonDrill', 'false', /warn {2}drills: no backup is restored/],
    ['drillScratchUrl', 'stored', /drills: into the server of drillScratchUrl/],
  ])('is restored into elsewhere, or nowhere, as %s says', async (key, value, words) => {
    process.env.NEON_API_KEY = neon().apiKey;
    stored.set(`neon-backup:${key}`, value);

    expect(await printed(() => settle({ neonProject: neon().project.id }))).toMatch(words);
  });

  it('is not stored with a key that Neon does not know', async () => {
    process.env.NEON_API_KEY = CANARY;
    const { message } = await refused({ neonProject: neon().project.id });
    expect(message).toMatch(/The value of neonApiKey from NEON_API_KEY .* answered with 401/);
    expect(message).not.toContain(CANARY);
    expect(settings()).not.toHaveProperty('neon-backup:neonApiKey');
  });

  it('has to be named as one', async () => {
    const { message } = await refused({ neonProject: 'No Project' });
    expect(message).toMatch(/"No Project" is not the id of a Neon project/);
  });
});

describe('which of the two', () => {
  it('is missing where nothing says so, and where the environment says both', async () => {
    const missing = { message: 'Missing: What is backed up.', reason: 'usage' };
    expect(await refused()).toMatchObject(missing);
    Object.assign(process.env, { DATABASE_URL: 'postgres://h/d', NEON_API_KEY: 'key' });
    expect(await refused()).toMatchObject(missing);
  });

  it('does not change by a flag', async () => {
    stored.set('neon-backup:neonProjectId', 'calm-sea-12345678');
    expect(await refused({ source: 'postgres' })).toMatchObject({
      reason: 'refused',
      cure: expect.stringMatching(/config rm neon-backup:neonApiKey/),
    });
  });

  it('is one only', async () => {
    const both = { source: 'postgres', neonProject: 'calm-sea-12345678' } as const;
    expect(await refused(both)).toMatchObject({ reason: 'usage' });
  });
});

it('goes on where it stopped: what is stored is not stored again', async () => {
  stored = new Map([
    ['aws:region', PLACE.region],
    ['neon-backup:databaseUrl', 'postgres://u:p@h/d'],
    ['neon-backup:email', EMAIL],
  ]);
  const said = await printed(() => settle());
  expect(said).toMatch(/databaseUrl: stored, encrypted\n.*email: owner@example.com\n/);
  expect(pulumi().calls).toEqual([]);
});

it('takes no address that the stack would refuse', async () => {
  stored.set('neon-backup:databaseUrl', 'postgres://u:p@h/d');
  expect(await refused({ email: 'nobody' })).toMatchObject({
    message:
      'The value of email from the command line is not taken: "nobody" is not an e-mail address.',
  });
});
