import { S3Client } from '@aws-sdk/client-s3';
import { type FunctionSettings, SETTINGS_VARIABLE } from '../../contract/settings';
import { type Catalog, readCatalog } from '../../core/catalog';
import { findBackup } from '../../core/find';
import { parseAddress } from '../../core/postgres/address';
import { restoreBackup } from '../../core/restore/restore';
import { S3Store } from '../../core/stores/s3';
import { verifyBackup } from '../../core/verify/verify';
import { silence } from '../support/faults/http-faults';
import { type HttpProxy, startHttpProxy } from '../support/faults/http-proxy';
import { programsOn } from '../support/faults/processes';
import { noise } from '../support/faults/protected';
import { BUCKET, s3ForTests } from '../support/faults/s3-server';
import { functionsForTests, type SandboxedFunction } from '../support/sandbox/function';
import { CAN_SANDBOX } from '../support/sandbox/image';
import { type UnpackedLayer, unpackLayer } from '../support/sandbox/layer';
import { type Services, startServices } from '../support/sandbox/services';
import { createDatabase, query, serverForTests } from '../support/servers';
import { until } from '../support/until';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:database-url';
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:alarms';
const PASSWORD = 'canary-9b40-password';
const MEMORY_MB = 512;

/** The function stops its work so long before its deadline, and has so long for it in the test. */
const TO_CLEAN_UP_SECONDS = 30;
const WORK_SECONDS = 5;

/** Its archive has several parts. */
const DATABASE = `${noise(30_000)}
  CREATE TABLE "Odd name" (id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, "text" text);
  INSERT INTO "Odd name" ("text") VALUES ('ä\\\\.'), (NULL), (E'a\\tb\\nc');`;

const startFunction = functionsForTests();

const EVENT = { kind: 'manual' };

(CAN_SANDBOX ? describe : describe.skip)('the backup function as it is shipped', () => {
  const server = serverForTests();
  const s3 = s3ForTests();
  let way: HttpProxy;
  let services: Services;
  let layer: UnpackedLayer;
  let url: string;
  let backup: SandboxedFunction;
  let client: S3Client;
  let store: S3Store;
  let good: string;

  beforeAll(async () => {
    url = await createDatabase(server(), 'protected');
    await query(url, DATABASE);
    await query(url, `CREATE ROLE backup SUPERUSER LOGIN PASSWORD '${PASSWORD}'`);
    services = await startServices(() => ({ [SECRET]: as('backup', url) }));
    way = await startHttpProxy(s3().port);
    client = s3Client(way.url);
    store = new S3Store(`s3://${BUCKET}/here`, client);
    layer = await unpackLayer();
    backup = await start();
  });

  beforeEach(() => way.reset());

  afterAll(async () => {
    layer?.remove();
    client?.destroy();
    await way?.close();
    await services?.close();
  });

  function start(timeoutSeconds = 60): Promise<SandboxedFunction> {
    const environment = {
      [SETTINGS_VARIABLE]: JSON.stringify(SETTINGS),
      AWS_ENDPOINT_URL_S3: way.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: services.url,
      AWS_ENDPOINT_URL_SNS: services.url,
    };
    const entry = 'lambda/backup.ts';
    return startFunction({
      entry,
      layer: layer.folder,
      memoryMb: MEMORY_MB,
      timeoutSeconds,
      environment,
    });
  }

  it('backs a database up with nothing but its bundle, the layer and 512 MB', async () => {
    const { result, error, log, peakMiB, coldStartMs } = await backup.invoke(EVENT);

    expect({ error, log }).toMatchObject({ error: undefined });
    good = (result as { id: string }).id;
    expect(await verdictOn(good)).toBe('VERIFIED content');
    expect(services.asked).toEqual([SECRET]);
    expect(way.of('UploadPart').length).toBeGreaterThan(2);
    expect(log).toContain('"message":"backup finished"');
    expect(log).not.toContain(PASSWORD);
    expect(peakMiB).toBeLessThan(MEMORY_MB);
    expect(coldStartMs).toBeLessThan(5_000);
  });

  it('wrote what can be restored, row by row', async () => {
    const into = await createDatabase(server(), 'restored');

    await restoreBackup({
      store,
      backup: await findBackup(store, good),
      target: parseAddress(into),
    });

    expect(await rowsOf(into)).toEqual(await rowsOf(url));
  });

  it('takes the next one warm', async () => {
    const next = await backup.invoke({ kind: 'daily', scheduledAt: '2026-11-23T02:00:00Z' });
    const again = await backup.invoke({ kind: 'daily', scheduledAt: '2026-11-23T02:00:00Z' });

    expect(next).toMatchObject({ result: { id: expect.stringMatching(/^\d{8}T/) } });
    expect(next.coldStartMs).toBeUndefined();
    expect(again.result).toEqual(next.result);
    expect(await verdictOn((next.result as { id: string }).id)).toBe('VERIFIED content');
  });

  it('stops cleanly when its deadline comes in the middle of the upload', async () => {
    const before = await visible();
    const hasty = await start(TO_CLEAN_UP_SECONDS + WORK_SECONDS);
    way.set({ operation: 'UploadPart', nth: 2, count: 100, fault: silence });

    const { error, log, durationMs } = await hasty.invoke(EVENT);

    expect(error).toMatchObject({
      errorType: 'BackupError',
      errorMessage: expect.stringContaining(`not done in the ${WORK_SECONDS} s`),
    });
    expect(log).toContain('"reason":"cancelled"');
    expect(log).toContain('"BackupFailed":1');
    expect(durationMs).toBeLessThan((WORK_SECONDS + TO_CLEAN_UP_SECONDS / 2) * 1000);
    expect(way.of('CreateMultipartUpload')).toHaveLength(1);
    expect(way.of('AbortMultipartUpload')).toMatchObject([{ status: 204 }]);
    expect(services.published).toMatchObject([{ topic: TOPIC, subject: expect.any(String) }]);
    await nothingBut(before);
  });

  it('leaves nothing visible when it is killed in the middle of the upload', async () => {
    const before = await visible();
    way.set({ operation: 'UploadPart', nth: 2, count: 100, fault: silence });

    const killed = backup.invoke(EVENT);
    await until(() => way.of('UploadPart').length > 1);
    await backup.kill();
    const { error } = await killed;

    expect(error).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(way.of('AbortMultipartUpload')).toEqual([]);
    way.reset();
    await nothingBut(before);

    const next = await backup.invoke(EVENT);
    expect(next).toMatchObject({ result: { id: expect.any(String) } });
    expect(await verdictOn((next.result as { id: string }).id)).toBe('VERIFIED content');
  });

  /** The complete backups; the server has nobody to serve any more. */
  async function nothingBut(before: Catalog): Promise<void> {
    const now = await visible();
    expect(now.backups.map(({ address }) => address)).toEqual(
      before.backups.map(({ address }) => address),
    );
    expect(now.unreadable).toEqual([]);
    expect(await verdictOn(good)).toBe('VERIFIED content');
    await until(() => programsOn(Number(new URL(url).port)).length === 0);
  }

  function visible(): Promise<Catalog> {
    return readCatalog(store);
  }

  async function verdictOn(id: string): Promise<string> {
    const found = await findBackup(store, id);
    const expect = { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 };
    const { state, proof } = await verifyBackup({ store, backup: found, expect });
    return `${state} ${proof}`;
  }
});

const SETTINGS: FunctionSettings = {
  deployment: 'neon-backup-test',
  store: `s3://${BUCKET}/here`,
  source: { kind: 'postgres', secret: SECRET },
  notices: { topic: TOPIC },
};

function s3Client(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    forcePathStyle: true,
  });
}

function as(username: string, url: string): string {
  return Object.assign(new URL(url), { username, password: PASSWORD }).href;
}

/** A hash of all rows of each table. */
async function rowsOf(url: string): Promise<unknown> {
  const tables = ['noise_1', 'noise_2', 'noise_3', 'noise_4', '"Odd name"'];
  const hashes = tables.map(
    (table) =>
      `SELECT '${table}' AS name, count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM ${table} t`,
  );
  return query(url, `${hashes.join(' UNION ALL ')} ORDER BY name`);
}
