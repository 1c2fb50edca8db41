import {
  GetObjectTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { backupPrefix, FILES } from '../../contract/keys';
import type { FunctionSettings } from '../../contract/settings';
import { readCatalog } from '../../core/catalog';
import { findBackup } from '../../core/find';
import { S3Store } from '../../core/stores/s3';
import { accountForTests } from '../support/aws-account';
import { makeSecret, makeTopic, makeVault, type Topic, versionsIn } from '../support/aws-resources';
import { type Functions, loadFunctions } from '../support/functions';
import { createDatabase, query, serverForTests } from '../support/servers';
import { putStored } from '../support/stored';

const CANARY = 'canary-5d20-password';
const DUE = '2026-11-23T02:00:00Z';

const server = serverForTests();
const account = accountForTests();

let bucket: string;
let store: S3Store;
let url: string;
let secret: string;
let topic: Topic;
let settings: FunctionSettings;
let functions: Functions;

/** A database of its own, and a vault, a secret and a topic for it, in each test. */
beforeEach(async () => {
  url = await owned(await createDatabase(server()));
  await query(
    url,
    'CREATE TABLE users AS SELECT n AS id, md5(n::text) AS name FROM generate_series(1, 2000) n',
  );
  bucket = await makeVault(account());
  store = new S3Store(`s3://${bucket}/here`);
  topic = await makeTopic(account());
  secret = await makeSecret(account(), url);
  settings = {
    deployment: 'neon-backup-test',
    store: store.url,
    source: { kind: 'postgres', secret },
    criticalTables: ['Users'],
    schedules: { daily: { expression: 'cron(0 2 * * ? *)', timeZone: 'UTC' } },
    notices: { topic: topic.arn },
  };
  functions = loadFunctions(settings);
});

/** The same database as a role that owns it, may make others, and is no superuser. */
async function owned(as: string): Promise<string> {
  const { pathname } = new URL(as);
  const database = decodeURIComponent(pathname.slice(1));
  const role = `owner_${database}`;
  await query(as, `CREATE ROLE ${role} LOGIN CREATEDB PASSWORD '${CANARY}'`);
  await query(
    as,
    `ALTER DATABASE ${database} OWNER TO ${role}; ALTER SCHEMA public OWNER TO ${role}`,
  );
  return Object.assign(new URL(as), { username: role, password: CANARY }).href;
}

async function backUp(event: object = { kind: 'daily', scheduledAt: DUE }): Promise<string> {
  const { result, error } = await functions.call('backup', event);
  if (error) throw error;
  return (result as { id: string }).id;
}

/** What EventBridge tells when the manifest of a backup was put. */
async function finished(id: string, file: string = FILES.manifest) {
  const { address } = await findBackup(store, id);
  const key = `here/${backupPrefix(address)}${file}`;
  const detail = { bucket: { name: bucket }, object: { key } };
  return { source: 'aws.s3', 'detail-type': 'Object Created', detail };
}

async function verified(event?: object): Promise<string> {
  const id = await backUp(event);
  await functions.call('verify', await finished(id));
  return id;
}

async function tagsOf(id: string, file: string) {
  const { address } = await findBackup(store, id);
  const Key = `here/${backupPrefix(address)}${file}`;
  const { TagSet } = await account()
    .s3()
    .send(new GetObjectTaggingCommand({ Bucket: bucket, Key }));
  return TagSet;
}

describe('a night as it should be', () => {
  it('backs up, verifies what the event names, drills, and finds nothing to complain of', async () => {
    functions = loadFunctions({ ...settings, drill: { scratch: { kind: 'postgres', secret } } });

    const backup = await functions.call('backup', {
      kind: 'daily',
      scheduledAt: new Date().toISOString(),
    });
    const { id } = backup.result as { id: string };
    const verify = await functions.call('verify', await finished(id));
    const drill = await functions.call('drill', { scheduledAt: new Date().toISOString() });
    const watch = await functions.call('watch');

    expect(backup.metrics).toMatchObject({
      'BackupCompleted daily': 1,
      'BackupFailed daily': 0,
      'BackupFailed all': 0,
      'BackupTimeLeft all': 300,
    });
    expect(verify.result).toEqual({ id, state: 'VERIFIED' });
    expect(verify.metrics).toMatchObject({
      'Verified daily': 1,
      'VerificationFailed daily': 0,
      'Unverifiable daily': 0,
    });
    expect(drill.result).toEqual({ id, state: 'VERIFIED' });
    expect(drill.metrics).toMatchObject({
      'DrillAge all': 0,
      'RestoreDuration all': expect.any(Number),
      'DrillTimeLeft all': 300,
    });
    expect(watch.metrics).toMatchObject({
      'BackupOverdue daily': 0,
      'ServerMajor daily': 18,
      'TagContradictions all': 0,
      'WatchCompleted all': 1,
    });
    for (const well of ['NeverRestored', 'UnreadableBackups', 'AbandonedRuns', 'WatchFailed'])
      expect(watch.metrics).not.toHaveProperty([`${well} all`]);
    expect((await findBackup(store, id)).verification?.proof).toBe('restored');
    expect(await topic.published()).toEqual([]);
    const databases = await query(
      server().url(),
      `SELECT 1 FROM pg_database WHERE datname LIKE 'neon_backup_drill%'`,
    );
    expect(databases).toEqual([]);
  });

  it('restores in each verification where the settings say so, and not what is too large', async () => {
    const scratch = { kind: 'postgres', secret } as const;
    const id = await backUp();
    const proofs: unknown[] = [];
    for (const maxBytes of [1, 1e9]) {
      functions = loadFunctions({ ...settings, drill: { when: 'always', maxBytes, scratch } });
      await functions.call('verify', { id });
      proofs.push((await findBackup(store, id)).verification?.proof);
    }

    expect(proofs).toEqual(['content', 'restored']);
  });
});

describe('the backup function', () => {
  it('does the work of a scheduled time once, also when it is asked twice at once', async () => {
    const twice = await Promise.all([
      functions.call('backup', { kind: 'daily', scheduledAt: DUE }),
      loadFunctions(settings).call('backup', { kind: 'daily', scheduledAt: DUE }),
    ]);

    const ids = twice.map(({ result }) => (result as { id: string } | undefined)?.id);
    const { backups } = await readCatalog(store);
    expect(ids).toEqual([backups[0]?.address.id, backups[0]?.address.id]);
    expect(backups).toHaveLength(1);
  });

  it('keeps a manual run and a scheduled one apart, both whole', async () => {
    await Promise.all([
      functions.call('backup', { kind: 'daily', scheduledAt: DUE }),
      loadFunctions(settings).call('backup', { kind: 'manual' }),
    ]);

    const { backups, unreadable, unfinished } = await readCatalog(store);
    expect(backups.map(({ address }) => address.kind).sort()).toEqual(['daily', 'manual']);
    expect({ unreadable, unfinished }).toEqual({ unreadable: [], unfinished: [] });
  });

  it('tells of a source that is gone, and of the recovery', async () => {
    const good = await verified();
    const secrets = new SecretsManagerClient(account().config());
    const set = (SecretString: string) =>
      secrets.send(new PutSecretValueCommand({ SecretId: secret, SecretString }));

    await set(url.replace(CANARY, 'wrong-canary-77'));
    functions = loadFunctions(settings);
    const failed = await functions.call('backup', {
      kind: 'daily',
      scheduledAt: '2026-11-24T02:00:00Z',
    });
    const [bad] = await topic.published();
    await set(url);
    const id = await verified({ kind: 'daily', scheduledAt: '2026-11-24T02:00:00Z' });
    const [well] = await topic.published();

    expect(failed.error).toMatchObject({ reason: 'auth' });
    expect(failed.metrics).toMatchObject({ 'BackupFailed daily': 1, 'BackupFailed all': 1 });
    expect(bad?.subject).toMatch(/the daily backup of \w+ failed$/);
    expect(bad?.message).toContain(`npx neon-backup restore ${good} --in ${store.url}`);
    expect(well?.subject).toMatch(/are good again$/);
    expect(well?.message).toContain(`${id} is VERIFIED`);
    const everything = JSON.stringify([failed.lines, bad, well]);
    for (const canary of [CANARY, 'wrong-canary-77']) expect(everything).not.toContain(canary);
  });

  it('reads a password anew that was changed since it last read it', async () => {
    await backUp();
    const user = new URL(url).username;
    await query(server().url(), `ALTER ROLE ${user} PASSWORD 'another-canary-12'`);
    const SecretString = url.replace(CANARY, 'another-canary-12');
    await new SecretsManagerClient(account().config()).send(
      new PutSecretValueCommand({ SecretId: secret, SecretString }),
    );

    const { error, result } = await functions.call('backup', {
      kind: 'daily',
      scheduledAt: '2026-11-24T02:00:00Z',
    });

    expect(error).toBeUndefined();
    expect(result).toEqual({ id: expect.any(String) });
  });

  it.each([
    [
      'a secret that is not there',
      () => ({ source: { kind: 'postgres', secret: `${secret}x` } }) as const,
      'usage',
    ],
    ['a bucket that is not there', () => ({ store: 's3://not-there-at-all/here' }), 'store'],
  ])('says so of %s, in one sentence, and touches nothing', async (_, wrong, reason) => {
    functions = loadFunctions({ ...settings, ...wrong() });

    const { error, metrics } = await functions.call('backup', { kind: 'daily', scheduledAt: DUE });

    expect(error).toMatchObject({ reason, cure: expect.stringMatching(/\.$/) });
    expect(metrics).toMatchObject({ 'BackupFailed daily': 1 });
    expect((await readCatalog(store)).unfinished).toEqual([]);
  });
});

describe('the verify function', () => {
  it('reports a backup that has shrunk until somebody accepts it', async () => {
    const before = await verified();
    await query(url, 'DELETE FROM users WHERE id > 100');
    const id = await backUp({ kind: 'daily', scheduledAt: '2026-11-24T02:00:00Z' });

    const shrunk = await functions.call('verify', await finished(id));
    const [notice] = await topic.published();
    const accepted = await functions.call('verify', { id, acceptShrink: true });

    expect(shrunk.result).toEqual({ id, state: 'UNVERIFIABLE' });
    expect(shrunk.metrics).toMatchObject({ 'Unverifiable daily': 1, 'Unverifiable all': 1 });
    expect(notice?.message).toMatch(/shrunk: .*users went from 2000 rows to 100/);
    expect(notice?.message).toContain(`Still safe:  ${before}`);
    expect(accepted.result).toEqual({ id, state: 'VERIFIED' });
    expect((await topic.published())[0]?.subject).toMatch(/are good again$/);
  });

  it('lets go of what is superseded, by its tag alone, and of nothing else', async () => {
    const policy = { daily: { keepDays: 1, keepMin: 1 } };
    functions = loadFunctions({
      ...settings,
      database: new URL(url).pathname.slice(1),
      retention: policy,
    });
    const database = new URL(url).pathname.slice(1);
    const old = '20260101T020000Z-oldd';
    const odd = '20260102T020000Z-oddd';
    await putStored(store, { id: old, database, state: 'VERIFIED' });
    await putStored(store, { id: odd, database, state: 'VERIFIED', kind: 'weekly' });

    const id = await verified();

    const superseded = [{ Key: 'superseded', Value: 'true' }];
    expect(await tagsOf(old, FILES.manifest)).toEqual(superseded);
    expect(await tagsOf(old, FILES.archive)).toEqual(superseded);
    for (const kept of [id, odd]) expect(await tagsOf(kept, FILES.manifest)).toEqual([]);
  });

  it('finds bytes that have changed at rest, and keeps the older backup for the latest', async () => {
    const good = await verified();
    const id = await backUp({ kind: 'daily', scheduledAt: '2026-11-24T02:00:00Z' });
    const { address } = await findBackup(store, id);
    const Key = `here/${backupPrefix(address)}${FILES.archive}`;
    await account()
      .s3()
      .send(
        new PutObjectCommand({ Bucket: bucket, Key, Body: 'changed', ChecksumAlgorithm: 'CRC32' }),
      );

    const { result, metrics } = await functions.call('verify', await finished(id));

    expect(result).toEqual({ id, state: 'FAILED' });
    expect(metrics).toMatchObject({ 'VerificationFailed daily': 1 });
    expect((await topic.published())[0]?.message).toContain(`Still safe:  ${good}`);
    expect((await findBackup(store, 'latest')).address.id).toBe(good);
  });

  it.each([
    ['garbage', 'no JSON at all', 'corrupt', 'VerificationFailed'],
    ['a manifest of a newer release', '{"format": 99}', 'undecidable', 'Unverifiable'],
  ])(
    'says so of %s where a manifest should be, and touches nothing',
    async (_, text, reason, metric) => {
      const good = await verified();
      const [database] = (await findBackup(store, good)).address.database.split('/');
      const key = `${database}/daily/20261124T020000Z-badd/${FILES.manifest}`;
      await store.put(key, Buffer.from(text));
      const detail = { bucket: { name: bucket }, object: { key: `here/${key}` } };

      const event = { source: 'aws.s3', 'detail-type': 'Object Created', detail };
      const { error, metrics } = await functions.call('verify', event);

      expect(error).toMatchObject({ reason });
      expect(metrics).toMatchObject({ [`${metric} daily`]: 1 });
      expect((await topic.published())[0]?.message).toContain(`Still safe:  ${good}`);
      expect(String((await store.readSmall(key)).bytes)).toBe(text);
    },
  );

  it('refuses what is no event for it, and counts that', async () => {
    const id = await backUp();

    for (const event of [await finished(id, FILES.archive), { ids: [id] }, null]) {
      const { error, metrics } = await functions.call('verify', event);
      expect(error).toMatchObject({ reason: 'usage' });
      expect(metrics).toMatchObject({ 'VerificationFailed unknown': 1 });
    }
  });
});

describe('the drill function', () => {
  it('says that nothing is ever restored where it has no scratch', async () => {
    await verified();

    const { metrics } = await functions.call('drill');

    expect(metrics).toEqual({ 'NeverRestored all': 1 });
    expect((await topic.published())[0]?.subject).toMatch(/is ever restored for a test$/);
  });

  it('cannot tell without its scratch, and does not blame the backup', async () => {
    const id = await verified();
    const nowhere = await makeSecret(account(), 'postgres://nobody:at-all@127.0.0.1:1/none');
    functions = loadFunctions({
      ...settings,
      drill: { scratch: { kind: 'postgres', secret: nowhere } },
    });

    const { result } = await functions.call('drill');

    expect(result).toEqual({ id, state: 'UNVERIFIABLE' });
    expect((await topic.published())[0]?.message).toContain('there is no scratch to restore into');
    expect((await functions.call('verify', { id })).result).toEqual({ id, state: 'VERIFIED' });
  }, 120_000);

  it('has nothing to restore where nothing is VERIFIED', async () => {
    functions = loadFunctions({ ...settings, drill: { scratch: { kind: 'postgres', secret } } });

    const { error } = await functions.call('drill');

    expect(error).toMatchObject({ reason: 'not_found' });
  });
});

describe('the watch function', () => {
  it('finds a tag that retention would never set, and what dead runs have left', async () => {
    const id = await verified();
    const { address } = await findBackup(store, id);
    const Key = `here/${backupPrefix(address)}${FILES.archive}`;
    const Tagging = { TagSet: [{ Key: 'superseded', Value: 'true' }] };
    await account()
      .s3()
      .send(new PutObjectTaggingCommand({ Bucket: bucket, Key, Tagging }));

    const { metrics, lines } = await functions.call('watch');

    expect(metrics).toMatchObject({ 'TagContradictions all': 1 });
    expect(lines.join()).toContain(id);
  });

  it('reads the tags in one of the runs of six hours', async () => {
    const first = await functions.call('watch', { scheduledAt: '2026-11-23T06:00:00Z' });
    const second = await functions.call('watch', { scheduledAt: '2026-11-23T06:15:00Z' });

    expect(first.metrics).toHaveProperty(['TagContradictions all'], 0);
    expect(second.metrics).not.toHaveProperty(['TagContradictions all']);
    expect(second.metrics).toHaveProperty(['WatchCompleted all'], 1);
  });

  it('finds nobody who listens where nobody has subscribed', async () => {
    const listeners = async (notices: FunctionSettings['notices']) =>
      (await loadFunctions({ ...settings, notices }).call('watch')).metrics['Listeners all'];

    expect(await listeners({})).toBe(0);
  });

  it('sends people what they get each month and each quarter, for this vault', async () => {
    await functions.call('watch');
    const id = await verified();
    const { database } = (await findBackup(store, id)).address;
    functions = loadFunctions({
      ...settings,
      notices: { topic: topic.arn, assume: 'aws sts assume-role --role-arn ROLE' },
    });

    const answers = [
      await functions.call('watch', { upkeep: 'monthly', scheduledAt: DUE }),
      await functions.call('watch', { upkeep: 'quarterly', scheduledAt: DUE }),
    ];

    const [month, quarter, ...more] = await topic.published();
    expect(answers).toMatchObject([
      { error: undefined, metrics: {} },
      { error: undefined, metrics: {} },
    ]);
    expect(more).toEqual([]);
    expect(month?.subject).toMatch(`: the month of ${database}: 0 backups due, 1 VERIFIED`);
    expect(quarter?.subject).toMatch(`: five things to do for the backups of ${database} `);
    for (const notice of [month, quarter])
      expect(notice?.message).toContain(
        `  aws sts assume-role --role-arn ROLE\n  npx neon-backup restore ${id} --in ${store.url} `,
      );
    expect(JSON.stringify([month, quarter, answers])).not.toContain(CANARY);
  });

  it('counts a message that could not be composed', async () => {
    functions = loadFunctions({ ...settings, store: 's3://not-there-at-all/here' });

    const { metrics } = await functions.call('watch', { upkeep: 'monthly' });

    expect(metrics).toEqual({ 'NoticeFailed all': 1 });
  });

  it('counts that it could not look', async () => {
    functions = loadFunctions({ ...settings, store: 's3://not-there-at-all/here' });

    const { error, metrics } = await functions.call('watch');

    expect(error).toMatchObject({ reason: 'store' });
    expect(metrics).toEqual({ 'WatchCompleted all': 0, 'WatchFailed all': 1 });
  });
});

describe('the status function', () => {
  it('says how the backups stand, and how one of them does while it is verified', async () => {
    const unjudged = await backUp();
    const before = await functions.call('status', { id: unjudged });
    await functions.call('verify', { id: unjudged });
    const after = await functions.call('status', { id: unjudged });
    const all = await functions.call('status');

    const known = { id: unjudged, kind: 'daily', bytes: expect.any(Number) };
    expect(before.result).toMatchObject({ ...known, state: null, proof: null });
    expect(after.result).toMatchObject({ ...known, state: 'VERIFIED', proof: 'content' });
    expect(all.result).toEqual({
      kinds: [{ kind: 'daily', overdueSeconds: 0, newest: after.result }],
      download: `npx neon-backup download ${unjudged} --in ${store.url} --to ./backup`,
    });
    expect(JSON.stringify([before, after, all])).not.toContain(CANARY);
  });

  it('leaves the vault as it is', async () => {
    await verified();
    const { versions } = await versionsIn(account(), bucket);

    await functions.call('status');

    expect((await versionsIn(account(), bucket)).versions).toHaveLength(versions.length);
  });

  it.each([
    [{ id: '20261123T020000Z-none' }, 'not_found'],
    [{ kind: 'daily' }, 'usage'],
    [null, 'usage'],
  ])('refuses %j in a sentence', async (event, reason) => {
    const { error } = await functions.call('status', event);

    expect(error).toMatchObject({ reason, cure: expect.any(String) });
  });
});
