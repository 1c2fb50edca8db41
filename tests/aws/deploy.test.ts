import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { gitHubProvider } from '../../cli/deploy/identities';
import type { StackOutputs } from '../../contract/outputs';
import { CTRL_C, DeployCheckout, DOWN, ENTER } from '../deploy/support/checkout';
import { PulumiDouble } from '../deploy/support/double';
import { type Account, accountForTests, given, REGION } from '../support/aws-account';
import { createDatabase, query, serverForTests } from '../support/servers';
import { makeStack } from '../support/stack';

/*
 * The built program against an emulated account and a database, with a stand-in for Pulumi. That the stack itself
 * can be deployed is what tests/e2e shows.
 */

const PASSPHRASE = 'canary-1f0b-passphrase';
const PASSWORD = 'canary-83d2-password';
const EMAIL = 'owner@example.com';
const ID = '20261123T020000Z-good';
const JUDGED = { id: ID, kind: 'manual', proof: 'content', bytes: 1234, dataTime: '2026-11-23' };
const ENOUGH = [
  '--yes',
  '--region',
  REGION,
  '--email',
  EMAIL,
  '--no-github',
  '--state',
  'file://~',
];

const account = accountForTests();
const server = serverForTests();

let checkout: DeployCheckout;
let pulumi: PulumiDouble;
let outputs: StackOutputs;
let url: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  checkout = new DeployCheckout();
  await withoutContainers(account());
  outputs = { ...(await makeStack(account())), emailPending: true };
  await query(server().url(), `CREATE ROLE app LOGIN PASSWORD '${PASSWORD}'`);
  const made = new URL(await createDatabase(server()));
  await query(made.href, 'CREATE TABLE users AS SELECT 1 AS id; GRANT SELECT ON users TO app');
  url = Object.assign(made, { username: 'app', password: PASSWORD }).href;
});
afterAll(() => checkout.remove());

beforeEach(() => {
  pulumi = new PulumiDouble();
  pulumi.outputs = outputs;
  const { AWS_REGION: _, GITHUB_TOKEN: __, ...rest } = process.env;
  const secrets = { DATABASE_URL: url, PULUMI_CONFIG_PASSPHRASE: PASSPHRASE };
  env = { ...rest, ...pulumi.env, ...secrets };
});
afterEach(() => pulumi.remove());

/** The emulator runs no function: it gives what it is told to, in order. */
async function withoutContainers({ endpoint }: Account): Promise<void> {
  await post(`${endpoint}/moto-api/config`, { lambda: { use_docker: false } });
}

async function functionsAnswer(...answers: unknown[]): Promise<void> {
  const results = answers.map((answer) => JSON.stringify(answer));
  const queue = { results, region: REGION, account_id: '123456789012' };
  await post(`${account().endpoint}/moto-api/static/lambda-simple/response`, queue);
}

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`The emulator answered ${answer.status} at ${url}.`);
}

const firstBackup = (state: string | null) =>
  functionsAnswer({ kinds: [], download: null }, { id: ID }, { ...JUDGED, state });
const laterBackup = () => functionsAnswer({ kinds: [], download: 'npx neon-backup download …' });

/** No secret is in what it said, nor in a list of processes. */
function expectNoSecret(said: string): void {
  const seen = said + pulumi.calls.flatMap(({ argv }) => argv).join(' ');
  expect(seen).not.toMatch(/canary-/);
}

describe('without a terminal', () => {
  it('goes from nothing to the first verified backup, and says what it found', async () => {
    await firstBackup('VERIFIED');

    const { status, said } = await checkout.run(ENOUGH, env);

    expect([status, said]).toEqual([0, expect.stringMatching(/10\/10 {2}What now/)]);
    const steps = [...said.matchAll(/^(\d+\/10) {2}(.*)$/gm)].map(([, , title]) => title);
    expect(steps).toEqual([
      ...['AWS account and region', 'State', 'Stack', 'Settings', 'GitHub', 'Client programs'],
      ...['Preview', 'Deployment', 'First backup', 'What now'],
    ]);
    for (const found of [
      /account 123456789012, as arn:aws:iam/,
      /region eu-central-1/,
      /state in file:\/\/~/,
      /stack prod is made/,
      /tables: 1 tables, every row readable by app/,
      /databaseUrl: now stored, encrypted/,
      /layer-arm64.zip is there/,
      /backup 20261123T020000Z-good is made/,
      /20261123T020000Z-good is VERIFIED \(content\): data of 2026-11-23/,
      /owner@example.com hears nothing yet: click the link/,
      /Commit Pulumi.prod.yaml/,
      /hear one alarm +npx neon-backup alarms test/,
    ])
      expect(said).toMatch(found);
    expectNoSecret(said);
  });

  it('asks of Pulumi what is needed, in order, and never before the preview for a change', async () => {
    await firstBackup('VERIFIED');
    await checkout.run(ENOUGH, env);

    expect(pulumi.commands).toEqual([
      ...['version', 'login file://~', 'whoami', 'stack select prod', 'stack init prod'],
      ...['config prod', `config set prod aws:region ${REGION}`],
      'config set prod neon-backup:databaseUrl',
      `config set prod neon-backup:email ${EMAIL}`,
      ...['preview prod', 'up prod', 'stack output prod'],
    ]);
    expect(pulumi.config()['neon-backup:databaseUrl']).toEqual({ value: url, secret: true });
  });

  it('finds all of it the next time, stores nothing, and takes no second backup', async () => {
    await firstBackup('VERIFIED');
    await checkout.run(ENOUGH, env);
    await laterBackup();
    const before = pulumi.calls.length;

    const { status, said } = await checkout.run(['--yes', '--no-github', '--region', REGION], env);

    expect([status, said]).toEqual([
      0,
      expect.stringMatching(/a verified backup is there already/),
    ]);
    expect(said).toMatch(/stack prod is there/);
    expect(pulumi.commands.slice(before).join()).not.toMatch(/config set|init|login/);
    expectNoSecret(said);
  });

  it.each([
    ['FAILED', 1],
    ['UNVERIFIABLE', 3],
  ])(
    'ends a first backup that is %s with %d, and says what now all the same',
    async (state, exit) => {
      await firstBackup(state);
      const { status, said } = await checkout.run(ENOUGH, env);
      expect([status, said]).toEqual([exit, expect.stringMatching(/10\/10 {2}What now/)]);
      expect(said).toMatch(`is ${state} (content)`);
    },
  );

  it('leaves the first backup out where that is said', async () => {
    const { status, said } = await checkout.run([...ENOUGH, '--no-first-backup'], env);
    expect([status, said]).toEqual([0, expect.stringMatching(/Left out, as --no-first-backup/)]);
    expect(said).toMatch(/nothing is protected: aws lambda invoke/);
  });

  it('builds the client programs where they are missing', async () => {
    const zip = 'layer/dist/layer-arm64.zip';
    checkout.remove(zip);
    checkout.write('dist/layer.js', `require('node:fs').writeFileSync('${zip}', '')`);
    await firstBackup('VERIFIED');

    const { said } = await checkout.run(ENOUGH, env);

    expect(said).toMatch(/layer-arm64.zip is built/);
    expect(existsSync(join(checkout.folder, zip))).toBe(true);
  });

  it('reads .env', async () => {
    checkout.write(
      '.env',
      `DATABASE_URL=${url}\nNEON_BACKUP_EMAIL=${EMAIL}\nAWS_REGION=${REGION}\n`,
    );
    await firstBackup('VERIFIED');
    const { DATABASE_URL: _, ...without } = env;
    const { status } = await checkout.run(['--yes', '--no-github', '--state', 'file://~'], without);
    checkout.remove('.env');
    expect(status).toBe(0);
  });

  describe('fails at', () => {
    const without = (...names: string[]) =>
      Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
    const flagless = (flag: string) =>
      ENOUGH.filter(
        (word, at) => word !== flag && (ENOUGH[at - 1] !== flag || word.startsWith('--')),
      );

    /** A step, what is missing, the exit status, and what is said. */
    const cases: [string, () => { args?: string[]; env?: NodeJS.ProcessEnv }, number, RegExp][] = [
      ['nobody to ask', () => ({ args: [] }), 2, /no terminal.*\n.*Give --yes/],
      ['a flag that is none', () => ({ args: ['--password', 'x'] }), 2, /unknown option/],
      [
        'AWS without credentials',
        () => ({ env: without('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY') }),
        1,
        /Could not ask AWS who you are.*\nSign in to AWS, or set AWS_PROFILE/,
      ],
      [
        'AWS without an answer',
        () => ({ env: { ...env, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } }),
        1,
        /Could not ask AWS who you are.*\nCheck the network/,
      ],
      [
        "another region than the stack's",
        () => {
          checkout.write('Pulumi.west.yaml', 'config:\n  aws:region: us-west-2\n');
          return { args: [...ENOUGH, '--stack', 'west'] };
        },
        1,
        /--region says eu-central-1, and Pulumi.west.yaml says us-west-2: a stack stays/,
      ],
      [
        'settings that are none',
        () => {
          checkout.write('Pulumi.broken.yaml', 'config: [');
          return { args: [...ENOUGH, '--stack', 'broken'] };
        },
        2,
        /Pulumi.broken.yaml can't be read as settings of a stack/,
      ],
      [
        'a region that is none',
        () => ({ args: [...flagless('--region'), '--region', 'Frankfurt'] }),
        2,
        /"Frankfurt" is no AWS region/,
      ],
      ['no region', () => ({ args: flagless('--region') }), 2, /AWS region.*\nGive --region/],
      [
        'no state',
        () => ({ args: flagless('--state') }),
        2,
        /Missing: Where the state.*\nGive --state/,
      ],
      [
        'no passphrase',
        () => ({ env: without('PULUMI_CONFIG_PASSPHRASE') }),
        2,
        /Missing: A new passphrase.*\nSet PULUMI_CONFIG_PASSPHRASE/,
      ],
      [
        'no source',
        () => ({ env: without('DATABASE_URL') }),
        2,
        /What is backed up.*\nGive --source/,
      ],
      ['no e-mail', () => ({ args: flagless('--email') }), 2, /E-mail.*\nGive --email ADDRESS/],
      [
        'no word on GitHub',
        () => ({ args: flagless('--no-github') }),
        2,
        /OWNER\/NAME.*\n.*--no-github/,
      ],
      [
        'the preview',
        () => ({ env: { ...env, PULUMI_DOUBLE_FAILS: 'preview' } }),
        1,
        /The preview failed, and nothing was changed/,
      ],
      [
        'the deployment',
        () => ({ env: { ...env, PULUMI_DOUBLE_FAILS: 'up' } }),
        1,
        /did not come to its end\. What was made stays.*\n.*goes on from there/,
      ],
    ];

    it.each(cases)('%s', async (_step, change, exit, words) => {
      const changed = { args: ENOUGH, env, ...change() };
      const { status, said } = await checkout.run(changed.args, changed.env);
      expect([status, said]).toEqual([exit, expect.stringMatching(words)]);
      expect(pulumi.commands.join()).not.toMatch(exit === 2 ? /preview|up / : /stack output prod/);
      expectNoSecret(said);
    });
  });
});

describe('GitHub', () => {
  it('is let in by the provider that the account has already', async () => {
    const Url = 'https://token.actions.githubusercontent.com';
    const iam = new IAMClient(account().config());
    const made = await iam.send(
      new CreateOpenIDConnectProviderCommand({ Url, ThumbprintList: ['0'.repeat(40)] }),
    );
    const arn = given(made.OpenIDConnectProviderArn);
    expect(await gitHubProvider({ account: '123456789012', region: REGION })).toBe(arn);
    await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
    expect(await gitHubProvider({ account: '123456789012', region: REGION })).toBeUndefined();
  });
});

describe('at a terminal', () => {
  const ask = { secret: 'URL of the database', email: 'E-mail address' };
  const open = () => {
    const { DATABASE_URL: _, PULUMI_CONFIG_PASSPHRASE: __, ...nothing } = env;
    return checkout.sit(['--no-first-backup'], nothing);
  };

  it('asks for what is missing, and deploys after a yes', async () => {
    const terminal = await open();
    await terminal.answer('AWS region', `${REGION}${ENTER}`);
    await terminal.answer('Where the state is kept', DOWN + DOWN + ENTER);
    await terminal.answer('A new passphrase', PASSPHRASE + ENTER);
    await terminal.answer('The same once more', `another${ENTER}`);
    await terminal.answer('A new passphrase', PASSPHRASE + ENTER);
    await terminal.answer('The same once more', PASSPHRASE + ENTER);
    await terminal.answer('What is backed up', ENTER);
    await terminal.answer(ask.secret, `no-url${ENTER}`);
    await terminal.answer(ask.secret, url + ENTER);
    await terminal.answer(ask.email, EMAIL + ENTER);
    await terminal.answer('Repository of the application', `app${ENTER}`);
    await terminal.answer('Repository of the application', ENTER);
    await terminal.answer('Deploy this', `y${ENTER}`);

    const { status, said } = await terminal.ended;

    expect([status, said]).toEqual([0, expect.stringMatching(/10\/10 {2}What now/)]);
    expect(said).toMatch(/These two differ: once more/);
    expect(said).toMatch(/The database URL does not start with postgres/);
    expect(said).toMatch(/"app" is not OWNER\/NAME\./);
    expect(pulumi.state.passphrase).toBe(PASSPHRASE);
    expect(pulumi.config()['neon-backup:databaseUrl']).toEqual({ value: url, secret: true });
    expectNoSecret(said);
  });

  it('keeps what was answered before Ctrl-C, and goes on from there', async () => {
    env = { ...env, AWS_REGION: REGION };
    pulumi.state = { backend: 'https://api', stacks: {} };
    const first = await open();
    await first.answer('What is backed up', ENTER);
    await first.answer(ask.secret, url + ENTER);
    await first.answer(ask.email, `half${CTRL_C}`);
    expect(await first.ended).toMatchObject({
      status: 130,
      said: expect.stringMatching(
        /Stopped by you: nothing was deployed\.\s+What was answered is kept/,
      ),
    });
    expect(Object.keys(pulumi.config())).toEqual(['aws:region', 'neon-backup:databaseUrl']);

    const second = await open();
    await second.answer(ask.email, EMAIL + ENTER);
    await second.answer('Repository of the application', ENTER);
    await second.answer('Deploy this', ENTER);

    expect(await second.ended).toMatchObject({ status: 130 });
    expect(pulumi.commands.join()).not.toMatch(/up prod/);
    expect(pulumi.config()['neon-backup:email']?.value).toBe(EMAIL);
  });

  it('waits for Pulumi to end what it has begun, at Ctrl-C in the deployment', async () => {
    env = { ...env, AWS_REGION: REGION, PULUMI_DOUBLE_WAITS: 'up' };
    const stored = { 'neon-backup:databaseUrl': url, 'neon-backup:email': EMAIL };
    const config = Object.fromEntries(
      Object.entries(stored).map(([key, value]) => [key, { value, secret: false }]),
    );
    pulumi.state = { backend: 'https://api', stacks: { prod: { config, outputs: {} } } };

    const terminal = await open();
    await terminal.answer('Repository of the application', ENTER);
    await terminal.answer('Deploy this', `y${ENTER}`);
    await terminal.answer('at work', CTRL_C);

    const { status, said } = await terminal.ended;
    expect(status).toBe(130);
    expect(said).toMatch(/what was begun is done\s+error: The deployment was stopped by you/);
    expect(said).toMatch(/What was made stays/);
  });
});
