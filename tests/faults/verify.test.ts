import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { backupPrefix, FILES } from '../../contract/keys';
import type { Backup } from '../../core/catalog';
import { type DrillResult, drill } from '../../core/drill/drill';
import { serverScratch } from '../../core/drill/scratch';
import { findBackup } from '../../core/find';
import { toJson } from '../../core/json';
import type { Manifest, Verification } from '../../core/manifest';
import { parseAddress } from '../../core/postgres/address';
import { FolderStore } from '../../core/stores/folder';
import { takeBackup } from '../../core/take/take';
import { type VerifyOptions, verifyBackup } from '../../core/verify/verify';
import { createDatabase, query, serverForTests } from '../support/servers';

const folder = mkdtempSync(join(tmpdir(), 'neon-backup-verify-'));
const store = new FolderStore(folder);
const server = serverForTests();
afterAll(() => rmSync(folder, { recursive: true }));

const EXPECT = { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 };

async function take(url: string, plain = false): Promise<Backup> {
  const taken = await takeBackup({ source: parseAddress(url), store, kind: 'manual', plain });
  return findBackup(store, taken.id, { database: taken.database });
}

/** As the command does it: by the id, from what is in the store now. */
async function verify(
  { address }: Backup,
  options: Partial<VerifyOptions> = {},
): Promise<Verification> {
  const backup = await findBackup(store, address.id, { database: address.database });
  return verifyBackup({ store, backup, expect: EXPECT, ...options });
}

const failedChecks = ({ checks }: Verification) =>
  checks.filter(({ ok }) => ok === false).map(({ name }) => name);

describe('a stored backup that is damaged', () => {
  let url = '';
  let last: Backup;
  let broken: Backup;

  beforeAll(async () => {
    url = await createDatabase(server());
    await query(
      url,
      `CREATE TABLE items (id integer PRIMARY KEY, value text);
       INSERT INTO items SELECT n, md5(n::text) FROM generate_series(1, 3000) n;
       SELECT lo_from_bytea(4711, 'large')`,
    );
    last = await take(url, true);
  });
  beforeEach(async () => {
    broken = await take(url, true);
    expect((await verify(broken)).state).toBe('VERIFIED');
  });
  // Whatever happened to one backup, the last good one is as good as before.
  afterEach(async () => {
    expect(await verify(last)).toMatchObject({ state: 'VERIFIED', proof: 'content' });
  });

  const path = (file: string, { address } = broken) => join(folder, backupPrefix(address), file);

  async function changeManifest(change: (manifest: Manifest) => unknown): Promise<void> {
    const manifest = JSON.parse(await readFile(path(FILES.manifest), 'utf8'));
    await writeFile(path(FILES.manifest), toJson(change(manifest)));
  }

  async function flip(file: string, share: number): Promise<void> {
    const bytes = await readFile(path(file));
    const at = Math.floor((bytes.length - 1) * share);
    bytes[at] = (bytes[at] as number) ^ 0x10;
    await writeFile(path(file), bytes);
  }

  async function swap(one: string, other: string): Promise<void> {
    await rename(one, path('aside'));
    await rename(other, one);
    await rename(path('aside'), other);
  }

  const FILE_NAMES = [FILES.archive, FILES.plain, FILES.roles, FILES.guide];

  it.each(FILE_NAMES)('by a flipped bit of %s is FAILED', async (file) => {
    for (const share of [0, 0.5, 1]) {
      await flip(file, share);
      const verification = await verify(broken);
      expect(verification).toMatchObject({ state: 'FAILED', proof: null, drill: null });
      expect(failedChecks(verification)).toContain('files');
      expect(verification.checks[0]?.detail).toContain(`${file} has another SHA-256`);
      await flip(file, share);
    }
    expect((await verify(broken)).state).toBe('VERIFIED');
  });

  it.each(FILE_NAMES)('by the end of %s gone, or bytes too many, is FAILED', async (file) => {
    const whole = await readFile(path(file));
    for (const bytes of [
      whole.subarray(0, -1),
      whole.subarray(0, whole.length / 2),
      Buffer.alloc(0),
      Buffer.concat([whole, Buffer.from('\n')]),
    ]) {
      await writeFile(path(file), bytes);
      const verification = await verify(broken);
      expect(verification.state).toBe('FAILED');
      expect(verification.checks[0]?.detail).toContain(`${file} has ${bytes.length} bytes`);
    }
  });

  it.each<[string, () => Promise<void>, string[]]>([
    ['two of its files exchanged', () => swap(path(FILES.roles), path(FILES.guide)), ['files']],
    [
      'the archive of another backup',
      async () => {
        await query(url, `UPDATE items SET value = 'x' WHERE id = 7`);
        await copyFile(path(FILES.archive, await take(url)), path(FILES.archive));
      },
      ['files'],
    ],
    [
      'a manifest that counts another number of rows',
      () =>
        changeManifest((manifest) => ({
          ...manifest,
          tables: manifest.tables.map((table) => ({ ...table, rows: table.rows - 1 })),
        })),
      ['rows'],
    ],
    [
      'a manifest that leaves a table out',
      () => changeManifest((manifest) => ({ ...manifest, tables: [] })),
      ['rows'],
    ],
    [
      'a manifest that counts other large objects',
      () => changeManifest((manifest) => ({ ...manifest, largeObjects: 2 })),
      ['large_objects'],
    ],
    [
      'a manifest with another checksum',
      () =>
        changeManifest((manifest) => ({
          ...manifest,
          files: manifest.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })),
        })),
      ['files'],
    ],
    [
      'a whole gzip file that holds half of the SQL',
      async () => {
        const sql = gunzipSync(await readFile(path(FILES.plain)));
        await writeFile(path(FILES.plain), gzipSync(sql.subarray(0, sql.length / 2)));
      },
      ['files', 'plain'],
    ],
  ])('by %s is FAILED', async (_, damage, checks) => {
    await damage();
    const verification = await verify(broken);
    expect(verification).toMatchObject({ state: 'FAILED', proof: null });
    expect(failedChecks(verification)).toEqual(checks);
  });

  it.each<[string, () => Promise<void>, string]>([
    ...FILE_NAMES.map((file): [string, () => Promise<void>, string] => [
      `${file} gone`,
      () => rm(path(file)),
      'corrupt',
    ]),
    [
      'the manifest of another backup',
      () => copyFile(path(FILES.manifest, last), path(FILES.manifest)),
      'corrupt',
    ],
    ['a manifest cut off', () => truncate(path(FILES.manifest), 300), 'corrupt'],
    [
      'a manifest of a newer format',
      () => changeManifest((manifest) => ({ ...manifest, format: 2 })),
      'undecidable',
    ],
    ['no manifest', () => rm(path(FILES.manifest)), 'not_found'],
  ])('by %s is no backup that could be verified', async (_, damage, reason) => {
    await damage();
    await expect(verify(broken)).rejects.toMatchObject({ reason });
  });

  it('that changes while it is verified is FAILED', async () => {
    const onBytes = () => void truncate(path(FILES.roles), 5);
    expect((await verify(broken, { onBytes })).state).toBe('FAILED');
  });
});

describe('rows that are gone in the source', () => {
  const TABLES = `CREATE TABLE users (id integer); CREATE TABLE orders (id integer);
    INSERT INTO users SELECT generate_series(1, 100);
    INSERT INTO orders SELECT generate_series(1, 100);`;

  it.each([
    ['fewer rows', 'DELETE FROM users WHERE id > 40', 'users went from 100 rows to 40'],
    ['no rows', 'TRUNCATE users', 'users went from 100 rows to 0'],
    ['no table', 'DROP TABLE users', 'users is gone'],
  ])('%s: UNVERIFIABLE until a person accepts that, then for good', async (_, sql, detail) => {
    const url = await createDatabase(server());
    await query(url, TABLES);
    const before = await take(url);
    await verify(before);
    await query(url, sql);
    const shrunk = await take(url);
    const first = await verify(shrunk);
    expect(first).toMatchObject({ state: 'UNVERIFIABLE', proof: null });
    expect(first.checks.filter(({ ok }) => !ok)).toEqual([
      { name: 'shrunk', ok: null, detail: expect.stringContaining(`public.${detail}`) },
    ]);
    // What nobody accepted is no measure for what comes after it.
    const next = await take(url);
    expect((await verify(next)).state).toBe('UNVERIFIABLE');
    const accepted = await verify(shrunk, { acceptShrink: true });
    expect(accepted).toMatchObject({ state: 'VERIFIED', accepted: ['shrunk'] });
    expect((await verify(shrunk)).state).toBe('VERIFIED');
    expect((await verify(next)).state).toBe('VERIFIED');
    await query(url, 'TRUNCATE orders');
    expect((await verify(await take(url))).state).toBe('UNVERIFIABLE');
    expect((await verify(before)).state).toBe('VERIFIED');
  });

  it('FAILED backups are no measure either', async () => {
    const url = await createDatabase(server());
    await query(url, TABLES);
    const failed = await take(url);
    const expect_ = { ...EXPECT, criticalTables: ['Missing'] };
    expect(await verify(failed, { expect: expect_ })).toMatchObject({ state: 'FAILED' });
    await query(url, 'TRUNCATE users');
    expect((await verify(await take(url))).state).toBe('VERIFIED');
  });
});

describe('what a drill has proven', () => {
  it('stays proven when the same bytes are verified again without one', async () => {
    const url = await createDatabase(server());
    await query(url, 'CREATE TABLE items AS SELECT generate_series(1, 10) AS id');
    await query(server().url(), `CREATE ROLE plain LOGIN CREATEDB PASSWORD 'plain'`);
    const plain = Object.assign(new URL(server().url()), { username: 'plain', password: 'plain' });
    const backup = await take(url);
    expect(await verify(backup)).toMatchObject({ proof: 'content', drill: null });
    const open = () =>
      serverScratch(parseAddress(plain.href), { manifest: backup.manifest, trustSource: false });
    const drilled = await verify(backup, {
      drill: (backup, content) => drill({ store, backup, content, openScratch: open }),
    });
    expect(drilled).toMatchObject({ state: 'VERIFIED', proof: 'restored' });
    const again = await verify(backup);
    expect(again).toMatchObject({ proof: 'restored', drill: drilled.drill });
    // A drill that can't tell leaves the proof of the earlier one, and is told all the same.
    const undecided: DrillResult = {
      check: { name: 'drill', ok: null, detail: 'no such server' },
      drill: null,
    };
    const open_ = await verify(backup, { drill: async () => undecided });
    expect(open_).toMatchObject({ state: 'UNVERIFIABLE', proof: null });
    expect(await verify(backup)).toMatchObject({ state: 'VERIFIED', proof: 'restored' });
  });
});
