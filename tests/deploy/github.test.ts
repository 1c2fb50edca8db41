import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { settleGitHub } from '../../cli/deploy/github';
import { Guide } from '../../cli/deploy/guide';
import { Pulumi } from '../../cli/deploy/pulumi';
import { Values } from '../../cli/deploy/values';
import { printed, pulumiForTests } from './support/double';

/*
 * GitHub can't be asked here. Its answers are written down as its documentation has them; that a token may also
 * write is proven by no test, as it is by no call of the program's. Whether the account has a provider for
 * GitHub is asked of the emulator: tests/aws/deploy.test.ts.
 */

const CANARY = 'canary-58e0-github-token';
const PLACE = { account: '123456789012', region: 'eu-central-1' };
const REPOSITORY = {
  ...{ id: 42, name: 'App', created_at: '2024-01-01T00:00:00Z' },
  ...{ owner: { login: 'Owner', id: 7 }, permissions: { push: true } },
};
const ROOT = '/repos/owner/app';
const SUBJECT = `${ROOT}/actions/oidc/customization/sub`;
const pulumi = pulumiForTests();

let github: Server;
let answers: Record<string, unknown>;
let scopes: string | undefined;
let asked: string[];
let stored: Map<string, string>;

beforeAll((done) => {
  github = createServer(({ url = '', headers }, response) => {
    asked.push(url);
    const known = headers.authorization === `Bearer ${CANARY}`;
    const body = known ? answers[url] : undefined;
    const status = known ? (body ? 200 : 404) : 401;
    response.writeHead(status, scopes === undefined ? {} : { 'x-oauth-scopes': scopes });
    response.end(JSON.stringify(body ?? { message: 'no' }));
  }).listen(0, '127.0.0.1', done);
});
afterAll((done) => {
  github.close(done);
});

beforeEach(() => {
  pulumi().state = { backend: 'https://api', stacks: { prod: { config: {}, outputs: {} } } };
  asked = [];
  scopes = undefined;
  answers = {
    [ROOT]: REPOSITORY,
    [`${ROOT}/actions/variables`]: { variables: [] },
    [`${ROOT}/actions/secrets/public-key`]: { key: 'k' },
    [SUBJECT]: { use_default: true, use_immutable_subject: false },
  };
  // With it stored, nobody asks AWS.
  stored = new Map([['neon-backup:githubOidcProviderArn', 'arn:aws:iam::1:oidc-provider/x']]);
  process.env.GITHUB_API_URL = `http://127.0.0.1:${(github.address() as AddressInfo).port}`;
  process.env.GITHUB_TOKEN = CANARY;
  delete process.env.NEON_BACKUP_GITHUB_REPOSITORY;
});

const settle = (
  flag: string | false | undefined = 'owner/app',
  way: 'postgres' | 'neon' = 'neon',
) => {
  const guide = new Guide({ asks: false });
  const values = new Values(guide, new Pulumi('prod'), stored);
  return settleGitHub(guide, values, PLACE, { way, github: flag });
};

const settings = () =>
  Object.fromEntries(Object.entries(pulumi().config()).map(([key, { value }]) => [key, value]));

/** It warns, and then finds no other token. */
async function warned(...args: Parameters<typeof settle>): Promise<string> {
  const said = await printed(() =>
    expect(settle(...args)).rejects.toMatchObject({
      reason: 'usage',
      cure: expect.stringMatching(/docs\/github.md.*--no-github/),
    }),
  );
  expect(pulumi().calls).toEqual([]);
  expect(said).not.toContain(CANARY);
  return said;
}

it('says which rights are needed, tries them, and stores the token unseen', async () => {
  const said = await printed(() => settle());

  expect(said).toMatch(/Metadata \(read\), Variables, Secrets \(read and write\)/);
  expect(settings()).toEqual({
    'neon-backup:githubToken': CANARY,
    'neon-backup:githubRepository': 'Owner/App',
  });
  expect(pulumi().config()['neon-backup:githubToken']?.secret).toBe(true);
  expect(said + pulumi().calls.flatMap(({ argv }) => argv)).not.toContain(CANARY);
});

it('asks for no right that it does not need', async () => {
  delete answers[`${ROOT}/actions/secrets/public-key`];
  expect(await printed(() => settle('owner/app', 'postgres'))).toMatch(/\(read\), Variables \(/);
  expect(asked).not.toContain(`${ROOT}/actions/secrets/public-key`);
});

describe('the ids of the repository', () => {
  it('are part of its name where GitHub puts them into its tokens', async () => {
    answers[SUBJECT] = { use_default: true, use_immutable_subject: true };
    await printed(() => settle());
    expect(settings()['neon-backup:githubRepository']).toBe('Owner@7/App@42');
  });

  it.each([
    ['2026-07-14T23:59:59Z', 'Owner/App'],
    ['2026-07-15T00:00:00Z', 'Owner@7/App@42'],
  ])('follow from its age (%s) where GitHub does not tell', async (created_at, name) => {
    delete answers[SUBJECT];
    answers[ROOT] = { ...REPOSITORY, created_at };
    await printed(() => settle());
    expect(settings()['neon-backup:githubRepository']).toBe(name);
  });

  it('stay where they are stored', async () => {
    stored.set('neon-backup:githubRepository', 'owner@7/app@42');
    await printed(() => settle(undefined));
    expect(settings()).not.toHaveProperty('neon-backup:githubRepository');
  });
});

describe('a token', () => {
  it('that GitHub does not know', async () => {
    process.env.GITHUB_TOKEN = 'another';
    expect(await warned()).toMatch(/warn {2}GITHUB_TOKEN: GitHub does not know the token\./);
  });

  it('that does not see the repository', async () => {
    delete answers[ROOT];
    expect(await warned()).toMatch(
      /There is no repository owner\/app, or the token may not see it/,
    );
  });

  it('that lacks a right', async () => {
    delete answers[`${ROOT}/actions/variables`];
    delete answers[`${ROOT}/actions/secrets/public-key`];
    expect(await warned()).toMatch(
      /lacks the permission Variables.*; it lacks the permission Secrets/,
    );
  });

  it('whose owner may only read', async () => {
    answers[ROOT] = { ...REPOSITORY, permissions: { push: false } };
    expect(await warned()).toMatch(/whose it is may not write to owner\/app/);
  });

  it('of the classic kind, without its scopes', async () => {
    scopes = 'gist, read:org';
    stored.set('neon-backup:githubWorkflows', 'commit');
    expect(await warned()).toMatch(/lacks the scope repo; it lacks the scope workflow/);
  });

  it('that is stored is tried, and kept', async () => {
    stored.set('neon-backup:githubToken', CANARY);
    delete process.env.GITHUB_TOKEN;
    await printed(() => settle());
    expect(settings()).toEqual({ 'neon-backup:githubRepository': 'Owner/App' });
  });

  it('of gh is the last one to be taken, with a word of warning', async () => {
    delete process.env.GITHUB_TOKEN;
    const program = join(pulumi().folder, 'bin/gh');
    writeFileSync(program, `#!/bin/sh\n[ "$*" = "auth token" ] && echo ${CANARY}\n`);
    chmodSync(program, 0o755);
    expect(await printed(() => settle())).toMatch(/gh has a token, which may write to all/);
    expect(settings()['neon-backup:githubToken']).toBe(CANARY);
  });
});

it('says that GitHub did not answer', async () => {
  process.env.GITHUB_API_URL = 'http://127.0.0.1:1';
  const failed = { reason: 'store', cure: expect.stringMatching(/--no-github/) };
  await printed(() => expect(settle()).rejects.toMatchObject(failed));
});

describe('GitHub is left out', () => {
  it('where that is said', async () => {
    expect(await printed(() => settle(false))).toMatch(/left out/);
    expect([pulumi().calls, asked]).toEqual([[], []]);
  });

  it('only where it was before', async () => {
    stored.set('neon-backup:githubRepository', 'owner/app');
    const refused = { reason: 'refused', cure: expect.stringMatching(/config rm/) };
    await printed(() => expect(settle(false)).rejects.toMatchObject(refused));
  });

  it('not by saying nothing', async () => {
    const guide = new Guide({ asks: false });
    const values = new Values(guide, new Pulumi('prod'), new Map());
    const missing = { reason: 'usage', cure: expect.stringMatching(/--no-github leaves it out/) };
    const way = 'postgres';
    await printed(() =>
      expect(settleGitHub(guide, values, PLACE, { way, github: undefined })).rejects.toMatchObject(
        missing,
      ),
    );
  });
});

it('takes no name that is none', async () => {
  const wrong = { reason: 'usage', message: '"app" is not OWNER/NAME.' };
  await printed(() => expect(settle('app')).rejects.toMatchObject(wrong));
});
