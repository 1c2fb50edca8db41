import { createHash, randomBytes } from 'node:crypto';
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as pulumi from '@pulumi/pulumi';
import { backupPrefix, FILES, newBackupId } from '../../contract/keys';
import type { Backup } from '../../core/catalog';
import { findBackup } from '../../core/find';
import { parseAddress } from '../../core/postgres/address';
import { abandonRun } from '../../core/retain/abandon';
import { S3Store } from '../../core/stores/s3';
import { takeBackup } from '../../core/take/take';
import { verifyBackup } from '../../core/verify/verify';
import type { KindPromise } from '../../core/watch/kind';
import { readStatus } from '../../core/watch/status';
import { watchStore } from '../../core/watch/watch';
import {
  readBackups,
  readFormer,
  readRecords,
  readSecret,
  type Scope,
  watchBackups,
  writeBackups,
  writeVerdicts,
} from '../../infra/permissions';
import { policyDocument, type Statement } from '../../infra/role';
import { resolved } from '../infra/graph';
import { accountForTests, type Credentials, given, REGION } from '../support/aws-account';
import { makeSecret, makeVault, versionsIn } from '../support/aws-resources';
import { createDatabase, query, serverForTests } from '../support/servers';

const DENIED = { name: expect.stringMatching(/^AccessDenied/) };

const server = serverForTests();
const account = accountForTests();
let Bucket: string;
let secrets: { own: string; other: string };
let role: Credentials;
let thief: S3Client;
let store: S3Store;
let backup: Backup;

beforeAll(async () => {
  const url = await createDatabase(server());
  await query(url, 'CREATE TABLE items AS SELECT n, md5(n::text) FROM generate_series(1, 5000) n');
  // No lock: what is refused here is refused for the role's own sake.
  Bucket = await makeVault(account(), { locked: false });
  secrets = { own: await makeSecret(account(), url), other: await makeSecret(account(), 'other') };
  const own = readSecret(scope(), 'DatabaseUrl', pulumi.output(secrets.own));
  role = await makeUser([...writeBackups(scope()), ...own]);
  const verifier = await makeUser(writeVerdicts(scope()));
  await account().enforce();
  account().signIn(role);
  thief = account().s3(role);
  const source = parseAddress(url);
  const taken = await takeBackup({ source, store: new S3Store(`s3://${Bucket}`), kind: 'daily' });
  store = new S3Store(`s3://${Bucket}`, account().s3(verifier));
  backup = await findBackup(store, taken.id, { database: taken.database });
});

const scope = (): Scope => ({
  region: REGION,
  bucketArn: pulumi.output(`arn:aws:s3:::${Bucket}`),
  keyArn: pulumi.output(`arn:aws:kms:${REGION}:123456789012:key/of-the-stack`),
});

/** Somebody who may do exactly what the role of a function may. */
async function makeUser(statements: readonly Statement[]): Promise<Credentials> {
  const policy = await resolved(policyDocument(statements));
  return account().makeUser(JSON.parse(policy).Statement);
}

/** By the role of the verify function. */
async function verify() {
  const expect = { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 };
  return verifyBackup({ store, backup, expect });
}

const at = (file: string = FILES.archive) => ({ Bucket, Key: backupPrefix(backup.address) + file });

async function versionsOf(file: string) {
  const { versions, markers } = await versionsIn(account(), Bucket);
  expect(markers).toEqual([]);
  return versions.filter(({ key }) => key === at(file).Key);
}

// Whatever was tried, the backup is as good as before.
afterEach(async () => {
  expect(await verify()).toMatchObject({ state: 'VERIFIED', proof: 'content' });
});

describe('the role of the backup function', () => {
  it('may read the secret of its own source, and no other', async () => {
    const client = new SecretsManagerClient(account().config(role));
    const read = (SecretId: string) => client.send(new GetSecretValueCommand({ SecretId }));

    expect(await read(secrets.own)).toMatchObject({ ARN: secrets.own });
    await expect(read(secrets.other)).rejects.toMatchObject(DENIED);
  });

  it.each([
    ['delete an object', () => new DeleteObjectCommand(at())],
    [
      'write a verdict',
      () => new PutObjectCommand({ ...at(FILES.verification), Body: 'VERIFIED' }),
    ],
    ['change the policy', () => new PutBucketPolicyCommand({ Bucket, Policy: '{}' })],
    ['delete the bucket', () => new DeleteBucketCommand({ Bucket })],
    [
      'set a tag that the lifecycle looks for',
      () => new PutObjectTaggingCommand({ ...at(), ...SUPERSEDED }),
    ],
    ['shorten a retention', () => new PutObjectRetentionCommand({ ...at(), ...NO_RETENTION })],
    ['turn off the lock', () => new PutObjectLockConfigurationCommand({ Bucket, ...NO_LOCK })],
    ['turn off versions', () => new PutBucketVersioningCommand({ Bucket, ...NO_VERSIONS })],
    ['expire everything', () => new PutBucketLifecycleConfigurationCommand({ Bucket, ...EXPIRY })],
  ])('may not %s', async (_, command) => {
    // biome-ignore lint/suspicious/noExplicitAny: `send` has one signature for each command
    await expect(thief.send(command() as any)).rejects.toMatchObject(DENIED);
  });

  it('may not delete a version', async () => {
    const [{ id: VersionId } = { id: '' }] = await versionsOf(FILES.archive);

    const deletion = thief.send(new DeleteObjectCommand({ ...at(), VersionId }));

    await expect(deletion).rejects.toMatchObject(DENIED);
    expect(await versionsOf(FILES.archive)).toHaveLength(1);
  });

  it('writes over a backup by a new version at most: verify finds it, and the old one is there', async () => {
    await thief.send(new PutObjectCommand({ ...at(), Body: randomBytes(1000) }));
    expect((await verify()).state).toBe('FAILED');

    const [, before] = await versionsOf(FILES.archive);

    const promised = backup.manifest.files.find(({ name }) => name === FILES.archive)?.sha256;
    const sha256 = createHash('sha256').update(given(before).bytes).digest('hex');
    expect(sha256).toBe(promised);
    await account()
      .s3()
      .send(new PutObjectCommand({ ...at(), Body: given(before).bytes }));
  });
});

it('the role of the verify function may write no data', async () => {
  const forged = store.put(`${backupPrefix(backup.address)}${FILES.plain}`, Buffer.from('forged'));

  await expect(forged).rejects.toMatchObject({ message: expect.stringContaining('AccessDenied') });
});

/** Signed in as somebody who may do exactly what a role may. */
async function storeOf(statements: readonly Statement[]) {
  const client = account().s3(await makeUser(statements));
  return { client, store: new S3Store(`s3://${Bucket}`, client) };
}

const NIGHTLY = { expression: 'cron(0 2 * * ? *)', timeZone: 'UTC' };
const PROMISES: KindPromise[] = [{ kind: 'daily', schedule: NIGHTLY, allowanceMs: 1_800_000 }];
const RETENTION = { daily: { keepDays: 30, keepMin: 3 } };
const CONTENT = [FILES.archive, FILES.roles, FILES.guide];

describe.each([
  ['watch', watchBackups],
  ['status', readRecords],
])('the role of the %s function', (_, permissions) => {
  it.each(CONTENT)('may not read %s', async (file) => {
    const { client } = await storeOf(permissions(scope()));

    await expect(client.send(new GetObjectCommand(at(file)))).rejects.toMatchObject(DENIED);
  });
});

it('the role of the watch function may look at everything, and give up what a dead run has left', async () => {
  const { store: watched } = await storeOf(watchBackups(scope()));
  const { database } = backup.address;
  const options = { database, promises: PROMISES, policy: RETENTION };

  const report = await watchStore({ store: watched, ...options });

  expect(report).toMatchObject({ unreadable: [], kinds: [{ kind: 'daily', overdueSeconds: 0 }] });
  expect(report.whole?.contradictions).toEqual([]);
  const dead = { ...backup.address, id: newBackupId(new Date()) };
  await store.put(`${backupPrefix(dead)}${FILES.verification}`, Buffer.from('{}'));
  await abandonRun(watched, dead);
  expect(await watched.retiredAs(`${backupPrefix(dead)}${FILES.verification}`)).toBe('abandoned');
});

it('the role of the status function may say how backups stand, and write nothing', async () => {
  const { store: read, client } = await storeOf(readRecords(scope()));
  const { database } = backup.address;

  const status = await readStatus(read, { database, promises: PROMISES });

  expect(status.kinds).toMatchObject([{ kind: 'daily', newest: { id: backup.address.id } }]);
  const written = client.send(new PutObjectCommand({ ...at(FILES.verification), Body: '{}' }));
  await expect(written).rejects.toMatchObject(DENIED);
});

it('the role of people who restore may bring a former version back to light', async () => {
  const { client } = await storeOf([...readBackups(scope()), ...readFormer(scope())]);
  await verify();
  const before = given((await versionsOf(FILES.verification)).at(-1));
  await verify();

  const listed = await client.send(new ListObjectVersionsCommand({ Bucket }));
  const former = { ...at(FILES.verification), VersionId: before.id };
  const { Body } = await client.send(new GetObjectCommand(former));

  expect(listed.Versions?.map(({ VersionId }) => VersionId)).toContain(before.id);
  expect(Buffer.from(await given(Body).transformToByteArray())).toEqual(before.bytes);
  await expect(client.send(new DeleteObjectCommand(former))).rejects.toMatchObject(DENIED);
});

const SUPERSEDED = { Tagging: { TagSet: [{ Key: 'superseded', Value: 'true' }] } };
const NO_RETENTION = { Retention: { Mode: 'GOVERNANCE', RetainUntilDate: new Date() } } as const;
const NO_LOCK = { ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' } } as const;
const NO_VERSIONS = { VersioningConfiguration: { Status: 'Suspended' } } as const;
const RULE = {
  ID: 'all',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  Expiration: { Days: 1 },
} as const;
const EXPIRY = { LifecycleConfiguration: { Rules: [RULE] } };
