import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FunctionSettings } from '../../contract/settings';
import { readCatalog } from '../../core/catalog';
import { drill } from '../../core/drill/drill';
import { embeddedScratch } from '../../core/drill/scratch';
import { findBackup } from '../../core/find';
import { S3Store } from '../../core/stores/s3';
import { verifyBackup } from '../../core/verify/verify';
import { bundleFunction } from '../../infra/build';
import { accountForTests } from '../support/aws-account';
import { makeSecret, makeVault } from '../support/aws-resources';
import {
  type Fault,
  type HttpProxy,
  type Recorded,
  startHttpProxy,
} from '../support/faults/http-proxy';
import { noise } from '../support/faults/protected';
import { newSeed, randomFrom } from '../support/faults/seeds';
import { createDatabase, query, serverForTests } from '../support/servers';
import { putStored } from '../support/stored';

const KILLS = 30;
const PROGRAM = join(__dirname, '../support/programs/night.js');
const EXPECT = { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 };
const NO_NIGHT = new Date('2026-01-01T02:00:00Z');

const server = serverForTests();
const account = accountForTests();
const seed = newSeed();
const random = randomFrom(seed);

let proxy: HttpProxy;
let store: S3Store;
let database: string;
let environment: NodeJS.ProcessEnv;
let bundles: readonly string[];
/** How many requests of each kind a night has that nobody kills. */
const usual = new Map<string, number>();
const killed = new Set<string>();

beforeAll(async () => {
  const url = await createDatabase(server());
  database = new URL(url).pathname.slice(1);
  // More than one part's worth.
  await query(url, noise(20_000));
  proxy = await startHttpProxy(Number(new URL(account().endpoint).port));
  const settings: FunctionSettings = {
    deployment: 'neon-backup-test',
    store: `s3://${await makeVault(account())}`,
    source: { kind: 'postgres', secret: await makeSecret(account(), url) },
    retention: { daily: { keepDays: 1, keepMin: 1 } },
  };
  store = new S3Store(settings.store);
  environment = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: proxy.url,
    NEON_BACKUP_SETTINGS: JSON.stringify(settings),
  };
  bundles = ['backup', 'verify'].map((name) => bundleFunction(`lambda/${name}.ts`));
  await putOld(0);
  expect(await night(0)).toEqual([0, null]);
  for (const { operation } of proxy.requests) usual.set(operation, (usual.get(operation) ?? 0) + 1);
});

/** One that is superseded in the next night that succeeds. */
function putOld(day: number) {
  const id = `20260101T0200${10 + day}Z-oldd`;
  return putStored(store, { id, database, state: 'VERIFIED' });
}

afterAll(() => proxy.close());

/** A scheduled time of its own for each: nobody has to wait for the lease of a run that was killed. */
function startNight(day: number): ChildProcess {
  const scheduledAt = new Date(NO_NIGHT.getTime() + day * 86_400_000).toISOString();
  const args = [PROGRAM, ...bundles, scheduledAt];
  return spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'ignore', 'ignore'] });
}

async function night(day: number): Promise<unknown[]> {
  return once(startNight(day), 'exit');
}

/** Kills the run in a certain request: before the server has heard of it, or after it has done it. */
function kills(child: () => ChildProcess | undefined, after: boolean): Fault {
  return async ({ call, forward, hangUp }) => {
    killed.add(call.operation);
    if (after) await forward();
    child()?.kill('SIGKILL');
    hangUp();
  };
}

async function expectGood(id: string): Promise<void> {
  const backup = await findBackup(store, id, { database });
  expect(backup.verification?.state).toBe('VERIFIED');
  const { state } = await verifyBackup({ store, backup, expect: EXPECT });
  expect(state).toBe('VERIFIED');
}

const moments = Array.from({ length: KILLS }, (_, at) => ({
  kill: at + 1,
  share: random(),
  after: random() < 0.5,
}));

it.each(moments)(
  `leaves the last good backup, and no debris that is seen (seed ${seed}, kill $kill, at $share of a kind of request, after it: $after)`,
  async ({ kill, share, after }) => {
    const old = await putOld(kill);
    const before = await findBackup(store, 'latest', { database });
    const [operation, count] = [...usual][kill % usual.size] ?? [];
    let child: ChildProcess | undefined;
    proxy.reset();
    const nth = 1 + Math.floor(share * (count ?? 1));
    const where = (request: Recorded) => request.operation === operation;
    proxy.set({ where, nth, fault: kills(() => child, after) });
    child = startNight(kill);
    await once(child, 'exit');
    proxy.reset();

    const { backups, unreadable } = await readCatalog(store, { database });
    expect(unreadable).toEqual([]);
    expect(backups.map(({ address }) => address.id)).toEqual(
      expect.arrayContaining([before.address.id, old.id]),
    );
    const verified = backups.find(({ verification }) => verification?.state === 'VERIFIED');
    await expectGood(verified?.address.id ?? 'none');
  },
);

it('had killed runs in every part of a night', () => {
  expect([...killed].sort()).toEqual([...usual.keys()].sort());
  const parts = ['UploadPart', 'CompleteMultipartUpload', 'PutObject', 'PutObjectTagging'];
  expect([...killed]).toEqual(expect.arrayContaining(parts));
});

it('is followed by a night that succeeds, whose backup restores', async () => {
  expect(await night(KILLS + 1)).toEqual([0, null]);

  const backup = await findBackup(store, 'latest', { database });
  const { manifest } = backup;
  const openScratch = () => embeddedScratch({ manifest, trustSource: false });
  const { proof } = await verifyBackup({
    store,
    backup,
    expect: EXPECT,
    drill: (_, content) => drill({ store, backup, content, openScratch }),
  });
  expect(proof).toBe('restored');
});
