import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { backupPrefix, FILES } from '../../contract/keys';
import type { FunctionSettings, NeonSetting } from '../../contract/settings';
import { findBackup } from '../../core/find';
import { S3Store } from '../../core/stores/s3';
import { bundleFunction } from '../../infra/build';
import { accountForTests } from '../support/aws-account';
import { makeSecret, makeVault } from '../support/aws-resources';
import { type Functions, loadFunctions } from '../support/functions';
import { neonForTests } from '../support/neon/for-tests';
import { asTenant, createLikeNeon, LIKE_NEON, makeLikeNeon } from '../support/neon/like-neon';
import { query, serverForTests } from '../support/servers';
import { until } from '../support/until';

const PASSWORD = 'canary-44ae-password';
const DUE = '2026-11-23T02:00:00Z';

const server = serverForTests(LIKE_NEON);
const account = accountForTests();
const neon = neonForTests(() => ({
  cluster: server(),
  roles: { owner: PASSWORD },
  databases: { app: 'owner' },
}));

let bucket: string;
let store: S3Store;
let secret: string;
let functions: Functions;

beforeAll(async () => {
  const owner = { role: 'owner', password: PASSWORD };
  await makeLikeNeon(server().url(), owner);
  const url = asTenant(await createLikeNeon(server().url(), 'app', owner), owner);
  await query(url, 'CREATE TABLE users AS SELECT n AS id FROM generate_series(1, 2000) n');
});

beforeEach(async () => {
  process.env.NEON_API_URL = neon().url;
  bucket = await makeVault(account());
  store = new S3Store(`s3://${bucket}/here`);
  secret = await makeSecret(account(), neon().apiKey);
  functions = loadFunctions(settings());
});

afterAll(() => {
  delete process.env.NEON_API_URL;
});

/** As the stack writes them for a project of Neon's. */
function settings(source: Partial<NeonSetting> = {}, when?: 'always'): FunctionSettings {
  const project = { kind: 'neon', secret, project: neon().project.id } as const;
  return {
    deployment: 'neon-backup-test',
    store: store.url,
    source: { ...project, ...source },
    drill: { when, scratch: { ...project, computeUnits: 0.5 } },
  };
}

const branches = () => [...neon().project.places.values()].map(({ branch }) => branch);
const names = () => branches().map(({ name }) => name);

/** Makes as many branches as the plan allows. */
function fillPlan(): void {
  for (let i = names().length; i < 10; i++) neon().project.add({ name: `dev-${i}` });
}

const backUp = (scheduledAt = DUE) => functions.call('backup', { kind: 'daily', scheduledAt });

it('backs up a branch by the functions as they are shipped, verifies it, and leaves nothing behind', async () => {
  const backup = await backUp();
  const { id } = backup.result as { id: string };
  const { address, manifest } = await findBackup(store, id);
  const key = `here/${backupPrefix(address)}${FILES.manifest}`;
  const detail = { bucket: { name: bucket }, object: { key } };
  const event = { source: 'aws.s3', 'detail-type': 'Object Created', detail };
  const verify = await functions.call('verify', event);

  expect(manifest.source).toMatchObject({
    name: 'app',
    neon: { project: neon().project.id, read: 'branch' },
  });
  expect(manifest.data.time).toBe(manifest.source.neon?.time);
  expect(verify.result).toEqual({ id, state: 'VERIFIED' });
  expect(names()).toEqual(['production']);
  expect([...backup.lines, ...verify.lines].join()).not.toMatch(/canary/);
});

it('makes no branch for an event that comes again', async () => {
  const { result } = await backUp();
  const made = () => neon().calls.filter(({ method }) => method === 'POST').length;
  const before = made();

  expect((await backUp()).result).toEqual(result);
  expect(made()).toBe(before);
});

it('fails, makes nothing and leaves nothing where the API key is a wrong one, until it is mended', async () => {
  const client = new SecretsManagerClient(account().config());
  const put = (SecretString: string) =>
    client.send(new PutSecretValueCommand({ SecretId: secret, SecretString }));
  await put('napi_canary_wrong');

  const failed = await backUp();
  await put(neon().apiKey);
  const mended = await backUp('2026-11-24T02:00:00Z');

  expect(failed.error).toMatchObject({ reason: 'auth' });
  expect(failed.metrics).toMatchObject({ 'BackupFailed daily': 1 });
  expect(mended.metrics).toMatchObject({ 'BackupCompleted daily': 1 });
  expect([...failed.lines, ...mended.lines].join()).not.toMatch(/canary/);
});

it('keeps the branch of a backup that fails no longer than the backup', async () => {
  neon().set({ path: /connection_uri/, fault: { status: 404, body: '<html>' } });

  const { error } = await backUp();

  expect(error).toMatchObject({ reason: 'not_found' });
  expect(neon().project.places.size).toBe(1);
});

it('reads production itself where no branch is left, if that is the policy', async () => {
  fillPlan();
  const failed = await backUp();
  functions = loadFunctions(settings({ withoutBranch: 'direct' }));

  const { id } = (await backUp('2026-11-24T02:00:00Z')).result as { id: string };

  expect(failed.error).toMatchObject({ reason: 'refused', cure: expect.stringMatching(/direct/) });
  expect((await findBackup(store, id)).manifest.source.neon?.read).toBe('production');
});

describe('the drill', () => {
  /** A backup that is VERIFIED by its content; it was taken without a branch, which is quicker. */
  async function verified(): Promise<string> {
    const owner = { role: 'owner', password: PASSWORD };
    const url = await makeSecret(account(), asTenant(server().url('app'), owner));
    functions = loadFunctions({ ...settings(), source: { kind: 'postgres', secret: url } });
    const { id } = (await backUp()).result as { id: string };
    functions = loadFunctions(settings());
    expect((await functions.call('verify', { id })).result).toEqual({ id, state: 'VERIFIED' });
    return id;
  }

  afterEach(() => query(server().url(), 'ALTER ROLE owner CREATEDB'));

  const proofOf = async (id: string) => (await findBackup(store, id)).verification?.proof;

  it('restores the newest backup on a branch of the project, and leaves none', async () => {
    const { id } = (await backUp()).result as { id: string };
    await functions.call('verify', { id });
    const before = branchesMade();
    const during: object[] = [];
    const rewrite = (answer: unknown) => {
      during.push(...[...neon().project.places.values()].slice(1));
      return answer;
    };
    neon().set({ path: /connection_uri/, fault: { rewrite } });

    const { result, metrics, lines } = await functions.call('drill');

    expect(result).toEqual({ id, state: 'VERIFIED' });
    expect(metrics).toMatchObject({ 'DrillAge all': 0 });
    expect((await findBackup(store, id)).verification).toMatchObject({
      proof: 'restored',
      drill: { scratch: `a branch of the Neon project ${neon().project.id}` },
    });
    expect(during).toMatchObject([
      {
        branch: { name: expect.stringMatching(/^neon-backup-scratch-/) },
        endpoint: { autoscaling_limit_min_cu: 0.25, autoscaling_limit_max_cu: 0.5 },
      },
    ]);
    const [{ branch }] = during as [{ branch: { expires_at: string } }];
    expect(Date.parse(branch.expires_at)).toBeLessThan(Date.now() + 31 * 60_000);
    expect(branchesMade()).toBe(before + 1);
    expect(names()).toEqual(['production']);
    expect(lines.join()).not.toMatch(/canary/);
    expect(await stored()).not.toMatch(/canary/);
  });

  it('comes with each verification where that is asked for', async () => {
    const { id } = (await backUp()).result as { id: string };
    functions = loadFunctions(settings({}, 'always'));

    const { result } = await functions.call('verify', { id });

    expect(result).toEqual({ id, state: 'VERIFIED' });
    expect(await proofOf(id)).toBe('restored');
    expect(names()).toEqual(['production']);
  });

  it.each<[string, () => unknown, object]>([
    [
      'does not start',
      () => neon().project.plan('start_compute', ['running', 'cancelled']),
      { error: { reason: 'cancelled' } },
    ],
    [
      'has no way in',
      () => neon().set({ path: /connection_uri/, fault: { status: 404, body: '<html>' } }),
      { result: { state: 'UNVERIFIABLE' } },
    ],
    [
      'lets it make no database',
      () => query(server().url(), 'ALTER ROLE owner NOCREATEDB'),
      { result: { state: 'UNVERIFIABLE' } },
    ],
    [
      'is not to be had',
      fillPlan,
      { error: { reason: 'refused', cure: expect.stringMatching(/a server of your own/) } },
    ],
  ])(
    'that fails, as its branch %s, leaves none, and its backup is as good as before',
    async (_, harm, outcome) => {
      const id = await verified();
      await harm();
      const there = names();

      const answer = await functions.call('drill');

      expect(answer).toMatchObject(outcome);
      expect(names()).toEqual(there);
      expect((await functions.call('verify', { id })).result).toEqual({ id, state: 'VERIFIED' });
      expect(answer.lines.join()).not.toMatch(/canary/);
    },
  );

  it('that is told to stop deletes its branch', async () => {
    await verified();
    neon().set({ path: /connection_uri/, fault: 'silence' });

    const { error } = await functions.call('drill', {}, SHORT);

    expect(error).toMatchObject({ reason: 'cancelled' });
    expect(branchesMade()).toBe(1);
    expect(names()).toEqual(['production']);
  });

  it.each<[string, { method?: string; path?: RegExp }]>([
    ['when its branch was asked for', { path: /^\/operations/ }],
    ['before it restores', { path: /connection_uri/ }],
    ['before it deletes its branch', { method: 'DELETE' }],
  ])('that is killed %s leaves a branch that the next one sweeps', async (_, request) => {
    const id = await verified();
    for (const action of ['create_branch', 'start_compute', 'create_branch', 'start_compute'])
      neon().project.plan(action, ['running', 'finished']);
    neon().set({ ...request, fault: 'silence' });
    const child = startDrill();
    const said = Promise.all([child.stdout, child.stderr].map((stream) => text(stream as never)));

    const { method, path = /./ } = request;
    await until(() =>
      neon().calls.some((call) => path.test(call.path) && (method ?? call.method) === call.method),
    );
    child.kill('SIGKILL');
    await once(child, 'close');
    const [production, left] = branches();
    expect(left).toMatchObject({ name: expect.stringMatching(/^neon-backup-scratch-/) });
    Object.assign(left ?? {}, { expires_at: new Date(Date.now() - 60_000).toISOString() });
    const { result, lines } = await functions.call('drill');

    expect(result).toEqual({ id, state: 'VERIFIED' });
    expect(branches()).toEqual([production]);
    expect(await proofOf(id)).toBe('restored');
    expect([...(await said), ...lines].join()).not.toMatch(/canary/);
  });
});

/** Ten seconds to work in, and what is kept for clearing up. */
const SHORT = { getRemainingTimeInMillis: () => 40_000 };

function branchesMade(): number {
  const made = neon().calls.filter(({ method, status }) => method === 'POST' && status === 201);
  return made.length;
}

/** Everything in the store but the data itself. */
async function stored(): Promise<string> {
  const texts: string[] = [];
  for await (const { key } of store.list(''))
    if (!key.endsWith(FILES.archive)) texts.push((await store.readSmall(key)).bytes.toString());
  expect(texts.length).toBeGreaterThan(4);
  return texts.join();
}

/** The drill function in a process of its own, with the settings that were loaded last. */
function startDrill(): ChildProcess {
  const program = join(__dirname, '../support/programs/call.js');
  const args = [program, bundleFunction('lambda/drill.ts')];
  return spawn(process.execPath, args, { env: process.env, stdio: ['ignore', 'pipe', 'pipe'] });
}
