import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { backupPrefix } from '../../contract/keys';
import { type Manifest, manifestSchema } from '../../core/manifest';
import { S3Store } from '../../core/stores/s3';
import { accountForTests } from '../support/aws-account';
import { makeVault, versionsIn } from '../support/aws-resources';
import { buildCli, runCli } from '../support/faults/cli';
import { createDatabase, query, serverForTests } from '../support/servers';
import { putStored } from '../support/stored';

const CANARY = 'canary-91bd-secret';
const server = serverForTests();
const account = accountForTests();
const folder = mkdtempSync(join(tmpdir(), 'neon-backup-cli-s3-'));

let bucket: string;
let at: string;
let url: string;
let manifest: Manifest;

beforeAll(async () => {
  buildCli();
  await account().enforce();
  bucket = await makeVault(account());
  at = `s3://${bucket}/prefix`;
  url = await createDatabase(server(), 'app');
  await query(
    url,
    `CREATE TABLE items (id integer PRIMARY KEY, value text);
     INSERT INTO items SELECT n, md5(n::text) FROM generate_series(1, 5000) n`,
  );
  const { status, document } = await json('run', '--from', url, '--to', at, '--kind', 'daily');
  expect(status).toBe(0);
  manifest = manifestSchema.parse(document);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** With --json: exactly one document on standard output, and it alone. */
async function json(...args: string[]): Promise<{ status: number | null; document: unknown }> {
  const { status, stdout } = await runCli([...args, '--json']);
  return { status, document: JSON.parse(stdout) };
}

const rowsOf = (database: string) => query(database, 'SELECT * FROM items ORDER BY id');

async function tagsOf(prefix: string): Promise<Record<string, unknown>> {
  const { versions } = await versionsIn(account(), bucket);
  const keys = new Set(versions.map(({ key }) => key).filter((key) => key.includes(prefix)));
  const tagged = [...keys].map(async (Key) => {
    const command = new GetObjectTaggingCommand({ Bucket: bucket, Key });
    return [Key.slice(Key.lastIndexOf('/') + 1), (await account().s3().send(command)).TagSet];
  });
  return Object.fromEntries(await Promise.all(tagged));
}

describe('a backup in S3', () => {
  it('is listed and shown, as text and as JSON', async () => {
    const { id } = manifest;
    const [listed, shown] = await Promise.all([
      runCli(['list', '--in', at]),
      runCli(['show', id, '--in', at]),
    ]);
    expect(listed).toMatchObject({ status: 0, stderr: '' });
    expect(listed.stdout).toMatch(new RegExp(`\n${id} +app +daily .*not verified yet\n$`));
    expect(shown).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/public\.items 5,000/),
    });
    expect(await json('list', '--in', at)).toMatchObject({ status: 0, document: [{ id }] });
    expect(await json('show', 'latest', '--in', at)).toEqual({
      status: 0,
      document: { manifest, verification: null },
    });
  });

  it('is VERIFIED, by its content and then by a drill', async () => {
    const { id } = manifest;
    expect(await json('verify', 'latest', '--in', at)).toMatchObject({
      status: 0,
      document: { id, state: 'VERIFIED', proof: 'content', drill: null },
    });
    expect(await json('verify', id, '--in', at, '--drill', 'embedded')).toMatchObject({
      status: 0,
      document: { id, state: 'VERIFIED', proof: 'restored' },
    });
    const { stdout } = await runCli(['list', '--in', at]);
    expect(stdout).toMatch(/VERIFIED \(restored\)\n$/);
  });

  it('is restored into an empty database, with the same rows, and into no other', async () => {
    const into = await createDatabase(server());
    const args = ['restore', manifest.id, '--in', at, '--into', into];

    expect(await json(...args)).toMatchObject({ status: 0, document: { rows: 5000 } });

    expect(await rowsOf(into)).toEqual(await rowsOf(url));
    expect(await json(...args)).toMatchObject({
      status: 1,
      document: { error: { reason: 'refused' } },
    });
  });

  it('is downloaded into a folder, with its verdict, and verifies there without S3', async () => {
    const to = join(folder, 'downloaded');
    await json('verify', manifest.id, '--in', at);

    expect(await runCli(['download', 'latest', '--in', at, '--to', to])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('every file with the SHA-256 of its manifest'),
    });

    const verified = { id: manifest.id, state: 'VERIFIED' };
    const alone = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const listed = await runCli(['list', '--in', to, '--json'], alone);
    expect(JSON.parse(listed.stdout)).toMatchObject([verified]);
    const again = await runCli(['verify', 'latest', '--in', to, '--json'], alone);
    expect(JSON.parse(again.stdout)).toMatchObject(verified);
  });

  it('is what the doctor finds, who sees nothing wrong', async () => {
    await json('verify', manifest.id, '--in', at);
    const { status, document } = await json('doctor', '--from', url, '--in', at);
    const findings = document as { level: string; subject: string; detail: string }[];
    expect([status, findings.filter(({ level }) => level === 'fail')]).toEqual([0, []]);
    const ofStore = findings.filter(({ subject }) => subject === 'store');
    expect(ofStore).toMatchObject([
      { level: 'ok', detail: expect.stringContaining(`is ${manifest.id}, 0.0 days old`) },
    ]);
  });
});

it('prunes by tags alone, which a dry run does not set either', async () => {
  const id = '20260101T020000Z-oldd';
  const old = await putStored(new S3Store(at), { id, state: 'VERIFIED' });
  await json('verify', manifest.id, '--in', at);
  const prune = ['prune', '--in', at, '--keep-days', '1', '--keep-min', '1'];
  const before = await versionsIn(account(), bucket);

  const dry = await json(...prune, '--dry-run');
  expect(Object.values(await tagsOf(backupPrefix(old)))).toEqual([[], [], []]);
  const words = await runCli([...prune, '--dry-run']);
  const wet = await json(...prune);

  expect(words.stdout).toMatch(new RegExp(`^would go +${id} .*\nkept +${manifest.id} `));
  expect(dry).toMatchObject({ status: 0, document: { retired: [{ address: { id } }] } });
  expect(wet).toEqual(dry);
  const superseded = [{ Key: 'superseded', Value: 'true' }];
  expect(Object.values(await tagsOf(backupPrefix(old)))).toEqual(Array(3).fill(superseded));
  for (const tags of Object.values(await tagsOf(manifest.id)))
    expect(tags).not.toContainEqual(superseded[0]);
  expect(await versionsIn(account(), bucket)).toEqual(before);
});

describe.each([
  ['a bucket that is not there', 's3://not-there-at-all/prefix', {}, /Check the bucket/],
  [
    'keys that AWS does not know',
    undefined,
    { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN000000000', AWS_SECRET_ACCESS_KEY: CANARY },
    /Check AWS_PROFILE or the keys/,
  ],
  [
    'no keys at all',
    undefined,
    {
      ...{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' },
      ...{ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    },
    /Sign in to AWS/,
  ],
])('%s', (_, elsewhere, env, cure) => {
  const commands = (): string[][] => {
    const from = ['--from', url];
    const store = ['--in', elsewhere ?? at];
    return [
      ['run', ...from, '--to', elsewhere ?? at],
      ['list', ...store],
      ['show', 'latest', ...store],
      ['verify', 'latest', ...store],
      ['restore', 'latest', ...store, '--into', url],
      ['download', 'latest', ...store, '--to', join(folder, 'nothing')],
      ['prune', ...store],
    ];
  };

  it('is one sentence and a cure of each command, and exit 1', async () => {
    for (const args of commands()) {
      const { status, stdout, stderr } = await runCli([...args, '--quiet'], env);
      const [sentence, todo, ...rest] = stderr.trimEnd().split('\n');
      expect([args[0], status, stdout, rest]).toEqual([args[0], 1, '', []]);
      expect(sentence).toMatch(/^error: Could not .*\.$/);
      expect(todo).toMatch(cure);
      expect(stderr).not.toContain(CANARY);
    }
  });

  it("is a failure among the doctor's findings, and an error with a reason in JSON", async () => {
    const args = ['doctor', '--from', url, '--in', elsewhere ?? at, '--json'];
    const [doctor, list] = [await runCli(args, env), await runCli(['list', ...args.slice(3)], env)];
    const failed = JSON.parse(doctor.stdout).filter(({ level = '' }) => level === 'fail');
    expect([doctor.status, doctor.stderr]).toEqual([1, '']);
    expect(failed).toMatchObject([{ subject: 'store', cure: expect.stringMatching(cure) }]);
    expect(list.status).toBe(1);
    expect(JSON.parse(list.stdout)).toMatchObject({ error: { reason: 'store' } });
  });
});
