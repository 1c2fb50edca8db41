import { backupPrefix, FILES, slotKey } from '../../contract/keys';
import type { FunctionSettings } from '../../contract/settings';
import { readCatalog } from '../../core/catalog';
import { findBackup } from '../../core/find';
import { S3Store } from '../../core/stores/s3';
import { accountForTests } from '../support/aws-account';
import { makeSecret, makeTopic, makeVault, type Topic, versionsIn } from '../support/aws-resources';
import { type Fault, type HttpProxy, startHttpProxy } from '../support/faults/http-proxy';
import type { S3Operation } from '../support/faults/s3-operation';
import { type Functions, loadFunctions } from '../support/functions';
import { createDatabase, query, serverForTests } from '../support/servers';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-1111-2222-3333-444455556666';
const DUE = '2026-11-24T02:00:00Z';
const LOOK_AT_THE_KEY = expect.stringMatching(/\bEnable the bucket's KMS key\b.*kms:Decrypt/);

const server = serverForTests();
const account = accountForTests();

let proxy: HttpProxy;
let bucket: string;
let store: S3Store;
let database: string;
let topic: Topic;
let settings: FunctionSettings;
let functions: Functions;
/** The last good backup. */
let good: string;

beforeAll(async () => {
  proxy = await startHttpProxy(Number(new URL(account().endpoint).port));
  process.env.AWS_ENDPOINT_URL_S3 = proxy.url;
});
afterAll(() => proxy.close());

beforeEach(async () => {
  proxy.reset();
  const url = await createDatabase(server());
  database = new URL(url).pathname.slice(1);
  await query(url, 'CREATE TABLE items AS SELECT generate_series(1, 1000) AS id');
  bucket = await makeVault(account());
  store = new S3Store(`s3://${bucket}`);
  topic = await makeTopic(account());
  settings = {
    deployment: 'neon-backup-test',
    store: store.url,
    database,
    source: { kind: 'postgres', secret: await makeSecret(account(), url) },
    notices: { topic: topic.arn },
  };
  functions = loadFunctions(settings);
  const { result } = await functions.call('backup', { kind: 'daily' });
  good = (result as { id: string }).id;
  await functions.call('verify', { id: good });
  await expectGood();
});

/** What every trouble with the key has to leave as it was. */
async function expectGood(): Promise<void> {
  proxy.reset();
  const { backups, unreadable, unfinished } = await readCatalog(store);
  expect({ unreadable, unfinished }).toEqual({ unreadable: [], unfinished: [] });
  expect(backups.map(({ address }) => address.id)).toEqual([good]);
  expect(backups[0]?.verification?.state).toBe('VERIFIED');
}

/** What S3 says where it may not use the key of an object. */
function refused(status: number, code: string, message: string): Fault {
  const xml = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const rawHeaders = ['Content-Type', 'application/xml'];
  return async ({ body, send }) => {
    await body();
    await send({ status, rawHeaders, body: Buffer.from(xml) });
  };
}

function denied(action: string): Fault {
  const who = 'User: arn:aws:sts::123456789012:assumed-role/neon-backup/backup';
  const message = `${who} is not authorized to perform: kms:${action} on resource: ${KEY} because no identity-based policy allows the kms:${action} action`;
  return refused(403, 'AccessDenied', message);
}

function always(operation: S3Operation, fault: Fault, key = /./): void {
  const where = (request: { key: string }) => key.test(request.key);
  proxy.set({ operation, count: Number.POSITIVE_INFINITY, where, fault });
}

const WRITES: readonly S3Operation[] = ['PutObject', 'CreateMultipartUpload', 'UploadPart'];

describe.each([
  ['is disabled', refused(400, 'KMS.DisabledException', `${KEY} is disabled.`)],
  [
    'is pending deletion',
    refused(400, 'KMS.KMSInvalidStateException', `${KEY} is pending deletion.`),
  ],
  ['may not be used', denied('GenerateDataKey')],
])('a key that %s', (_, fault) => {
  it('fails a backup by its first write, before the source is asked for anything', async () => {
    // Whoever turned to this source would fail for another reason.
    const nowhere = await makeSecret(account(), `postgres://nobody:none@127.0.0.1:1/${database}`);
    functions = loadFunctions({ ...settings, source: { kind: 'postgres', secret: nowhere } });
    for (const operation of WRITES) always(operation, fault);

    const { error, metrics } = await functions.call('backup', { kind: 'daily', scheduledAt: DUE });

    expect(error).toMatchObject({ reason: 'store', cure: LOOK_AT_THE_KEY });
    expect(metrics).toMatchObject({ 'BackupFailed daily': 1, 'BackupCompleted daily': 0 });
    const slot = slotKey({ database, kind: 'daily', slot: '20261124T020000Z' });
    const written = WRITES.flatMap((operation) => proxy.of(operation)).map(({ key }) => key);
    expect([...new Set(written)]).toEqual([slot]);
    await expectGood();
  });

  it('is told of, with what is still safe, and the next run succeeds once it is mended', async () => {
    for (const operation of WRITES) always(operation, fault);
    await functions.call('backup', { kind: 'daily', scheduledAt: DUE });
    const [notice, ...others] = await topic.published();
    await expectGood();
    const { result } = await functions.call('verify', { id: good });
    const again = await functions.call('backup', { kind: 'daily', scheduledAt: DUE });

    expect(others).toEqual([]);
    expect(notice?.subject).toMatch(/the daily backup of \w+ failed$/);
    expect(notice?.message.replace(/\s+/g, ' ')).toEqual(LOOK_AT_THE_KEY);
    expect(notice?.message).toContain(`Still safe:  ${good}`);
    expect(result).toEqual({ id: good, state: 'VERIFIED' });
    expect(again.error).toBeUndefined();
  });
});

describe.each([
  ['anything', /./],
  ['a manifest', new RegExp(`/${FILES.manifest}$`)],
  ['an archive', new RegExp(`/${FILES.archive}$`)],
])('a key that may not decrypt %s', (_, keys) => {
  it('is no verdict on a backup, whose old one stays', async () => {
    const { address } = await findBackup(store, good);
    const key = backupPrefix(address) + FILES.manifest;
    const detail = { bucket: { name: bucket }, object: { key } };
    const event = { source: 'aws.s3', 'detail-type': 'Object Created', detail };
    const before = await versionsIn(account(), bucket);
    always('GetObject', denied('Decrypt'), keys);

    const { result, error, metrics, lines } = await functions.call('verify', event);

    expect(result).toBeUndefined();
    expect(error).toMatchObject({ reason: 'store', cure: LOOK_AT_THE_KEY });
    expect(metrics).toMatchObject({ 'VerificationFailed daily': 1, 'Verified daily': 0 });
    expect(lines.join()).toContain(KEY);
    expect(await versionsIn(account(), bucket)).toEqual(before);
    await expectGood();
  });
});

it('a key that may not decrypt an archive is told of, and not the backup blamed', async () => {
  always('GetObject', denied('Decrypt'), new RegExp(`/${FILES.archive}$`));

  await functions.call('verify', { id: good });

  const [notice] = await topic.published();
  expect(notice?.subject).toMatch(new RegExp(`${good} of \\w+ could not be verified$`));
  expect(notice?.message).toContain(`Still safe:  ${good}`);
  const { metrics } = await functions.call('watch');
  expect(metrics).toHaveProperty(['WatchCompleted all'], 1);
  expect(metrics).not.toHaveProperty(['UnreadableBackups all']);
});
