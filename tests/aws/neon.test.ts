import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { backupPrefix, FILES } from '../../contract/keys';
import { findBackup } from '../../core/find';
import { S3Store } from '../../core/stores/s3';
import { accountForTests } from '../support/aws-account';
import { makeSecret, makeVault } from '../support/aws-resources';
import { type Functions, loadFunctions } from '../support/functions';
import { neonForTests } from '../support/neon/for-tests';
import { asTenant, createLikeNeon, LIKE_NEON, makeLikeNeon } from '../support/neon/like-neon';
import { query, serverForTests } from '../support/servers';

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
  functions = loadFunctions({
    deployment: 'neon-backup-test',
    store: store.url,
    source: { kind: 'neon', secret, project: neon().project.id },
  });
});

afterAll(() => {
  delete process.env.NEON_API_URL;
});

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
  expect([...neon().project.places.values()].map(({ branch }) => branch.name)).toEqual([
    'production',
  ]);
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

it('restores the newest backup on a branch of the project, and leaves none', async () => {
  const { id } = (await backUp()).result as { id: string };
  functions = loadFunctions({
    deployment: 'neon-backup-test',
    store: store.url,
    source: { kind: 'neon', secret, project: neon().project.id },
    drill: { scratch: { kind: 'neon', secret, project: neon().project.id } },
  });
  await functions.call('verify', { id });
  const made = () =>
    neon().calls.filter(({ method, status }) => method === 'POST' && status === 201).length;
  const before = made();

  const { result, metrics, lines } = await functions.call('drill');

  expect(result).toEqual({ id, state: 'VERIFIED' });
  expect(metrics).toMatchObject({ 'DrillAge all': 0 });
  expect((await findBackup(store, id)).verification).toMatchObject({
    proof: 'restored',
    drill: { scratch: `a branch of the Neon project ${neon().project.id}` },
  });
  expect(made()).toBe(before + 1);
  expect(neon().project.places.size).toBe(1);
  expect(lines.join()).not.toMatch(/canary/);
});
