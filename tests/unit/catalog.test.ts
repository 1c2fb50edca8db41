import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BackupAddress, backupPrefix, FILES } from '../../contract/keys';
import { readCatalog } from '../../core/catalog';
import { findBackup } from '../../core/find';
import { toJson } from '../../core/json';
import {
  type Manifest,
  parseManifest,
  parseVerification,
  type Verification,
} from '../../core/manifest';
import { FolderStore } from '../../core/stores/folder';

const OLD = '20261101T020000Z-aaaa';
const MIDDLE = '20261102T020000Z-bbbb';
const NEW = '20261102T020000Z-cccc';
const SHA256 = '0'.repeat(64);

const addressOf = (id: string, more: Partial<BackupAddress> = {}): BackupAddress => ({
  database: 'app',
  kind: 'manual',
  id,
  ...more,
});

function manifestOf(address: BackupAddress, time: string): Manifest {
  return {
    format: 1,
    ...address,
    source: {
      ...{ name: 'app', host: '127.0.0.1', serverVersion: '18.1', serverMajor: 18, oid: 5 },
      ...{ encoding: 'UTF8', collation: 'C', characterType: 'C', localeProvider: 'libc', bytes: 1 },
    },
    data: { time, lsn: '0/1' },
    startedAt: time,
    finishedAt: time,
    client: { version: '18.1' },
    files: [{ name: FILES.archive, bytes: 4, sha256: SHA256 }],
    tables: [{ schema: 'public', table: 'a', rows: 1 }],
    largeObjects: 0,
    extensions: [],
    roles: [],
    notes: [],
  };
}

const verdictOf = (id: string, state: Verification['state']): Verification => ({
  ...{ format: 1, id, state, proof: state === 'VERIFIED' ? 'content' : null },
  ...{ at: '2026-11-03T00:00:00Z', checks: [], accepted: [], drill: null, fingerprint: null },
});

let folder = '';
let store: FolderStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neon-backup-catalog-'));
  store = new FolderStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes past the store, as an accident does. */
async function write(address: BackupAddress, file: string, content: unknown): Promise<void> {
  const path = join(folder, backupPrefix(address), file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, Buffer.isBuffer(content) ? content : toJson(content));
}

async function addBackup(
  address: BackupAddress,
  { time = '2026-11-01T02:00:00Z', state }: { time?: string; state?: Verification['state'] } = {},
): Promise<void> {
  await write(address, FILES.archive, Buffer.from('PGDM'));
  await write(address, FILES.manifest, manifestOf(address, time));
  if (state) await write(address, FILES.verification, verdictOf(address.id, state));
}

const idsOf = (list: readonly { address: BackupAddress }[]) =>
  list.map(({ address }) => address.id);

describe('the catalog', () => {
  it('lists the newest data first, whatever the ids, kinds and times of the files say', async () => {
    await addBackup(addressOf(NEW), { time: '2026-11-01T00:00:00Z' });
    await addBackup(addressOf(OLD), { time: '2026-11-03T00:00:00Z' });
    await addBackup(addressOf(MIDDLE, { kind: 'daily' }), { time: '2026-11-02T00:00:00Z' });
    expect(idsOf((await readCatalog(store)).backups)).toEqual([OLD, MIDDLE, NEW]);
  });

  it('filters by database and by kind; a database may be named like a path', async () => {
    const odd = addressOf(OLD, { database: '../a b/ü' });
    await addBackup(odd);
    await addBackup(addressOf(MIDDLE, { kind: 'daily' }));
    const found = async (filter: object) => idsOf((await readCatalog(store, filter)).backups);
    expect(await found({ database: '../a b/ü' })).toEqual([OLD]);
    expect(await found({ database: 'app' })).toEqual([MIDDLE]);
    expect(await found({ kind: 'daily' })).toEqual([MIDDLE]);
    expect(await found({ database: 'app', kind: 'weekly' })).toEqual([]);
  });

  it('shows a run without a manifest as unfinished, never as a backup', async () => {
    await write(addressOf(OLD), FILES.archive, Buffer.from('PGDM'));
    await write(addressOf(MIDDLE), `${FILES.archive}.partial-0123`, Buffer.from('PG'));
    const { backups, unreadable, unfinished } = await readCatalog(store);
    expect([backups, unreadable]).toEqual([[], []]);
    expect(unfinished.map(({ bytes }) => bytes).sort()).toEqual([2, 4]);
  });

  it('passes over what is none of ours', async () => {
    await addBackup(addressOf(OLD));
    await mkdir(join(folder, 'app/manual/not-an-id'), { recursive: true });
    await writeFile(join(folder, 'app/manual/not-an-id/manifest.json'), '{}');
    await writeFile(join(folder, 'README'), '');
    expect(idsOf((await readCatalog(store)).backups)).toEqual([OLD]);
  });

  it('of an empty or missing folder is empty', async () => {
    const missing = new FolderStore(join(folder, 'missing'));
    expect(await readCatalog(missing)).toEqual({ backups: [], unreadable: [], unfinished: [] });
  });

  it.each<[string, (address: BackupAddress) => Promise<void>, string, RegExp]>([
    ['no JSON', (at) => write(at, FILES.manifest, Buffer.from('{"format": 1')), 'corrupt', /JSON/],
    ['nothing', (at) => write(at, FILES.manifest, Buffer.alloc(0)), 'corrupt', /JSON/],
    ['null', (at) => write(at, FILES.manifest, null), 'corrupt', /not valid/],
    [
      'no files',
      (at) => write(at, FILES.manifest, { ...manifestOf(at, '2026-11-01T00:00:00Z'), files: [] }),
      'corrupt',
      /\(files: /,
    ],
    [
      'the manifest of another backup',
      (at) => write(at, FILES.manifest, manifestOf(addressOf(NEW), '2026-11-01T00:00:00Z')),
      'corrupt',
      new RegExp(`that of app/manual/${NEW}`),
    ],
    [
      'the manifest of another database',
      (at) =>
        write(at, FILES.manifest, manifestOf({ ...at, database: 'other' }, '2026-11-01T00:00:00Z')),
      'corrupt',
      /that of other/,
    ],
    [
      'a manifest of a newer release',
      (at) => write(at, FILES.manifest, { format: 2, unknown: true }),
      'undecidable',
      /format 2/,
    ],
    [
      'a file gone',
      (at) => rm(join(folder, backupPrefix(at), FILES.archive)),
      'corrupt',
      /database\.dump is gone/,
    ],
  ])('names a backup with %s, and why; the others stay', async (_, damage, reason, why) => {
    await addBackup(addressOf(OLD));
    await addBackup(addressOf(MIDDLE));
    await damage(addressOf(MIDDLE));
    const { backups, unreadable } = await readCatalog(store);
    expect(idsOf(backups)).toEqual([OLD]);
    expect(unreadable).toMatchObject([{ address: { id: MIDDLE }, reason }]);
    expect(unreadable[0]?.why).toMatch(why);
    await expect(findBackup(store, MIDDLE)).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(why),
    });
  });

  it.each([
    ['damaged', Buffer.from('{')],
    ['of a newer release', Buffer.from('{"format": 2}')],
    ['of a shape that is none', Buffer.from('{"format": 1, "state": "GREAT"}')],
  ])('takes a verdict that is %s for none', async (_, bytes) => {
    await addBackup(addressOf(OLD));
    await write(addressOf(OLD), FILES.verification, bytes);
    expect((await readCatalog(store)).backups[0]?.verification).toBeUndefined();
  });
});

describe('a name', () => {
  beforeEach(async () => {
    await addBackup(addressOf(OLD), { time: '2026-11-01T00:00:00Z', state: 'VERIFIED' });
    await addBackup(addressOf(MIDDLE), { time: '2026-11-02T00:00:00Z', state: 'UNVERIFIABLE' });
    await addBackup(addressOf(NEW), { time: '2026-11-03T00:00:00Z', state: 'FAILED' });
  });
  const found = async (name: string) => (await findBackup(store, name)).address.id;

  it('is an id, or the beginning of one', async () => {
    expect(await found(NEW)).toBe(NEW);
    expect(await found('20261101')).toBe(OLD);
  });

  it('is refused where it begins two ids, and where it is nobody’s', async () => {
    await expect(found('20261102')).rejects.toMatchObject({ reason: 'usage' });
    await expect(found('2025')).rejects.toMatchObject({
      reason: 'not_found',
      cure: expect.stringContaining('list --in'),
    });
  });

  it('latest is the newest that has not failed', async () => {
    expect(await found('latest')).toBe(MIDDLE);
  });

  it('latest of two databases has to say of which', async () => {
    await addBackup(addressOf(OLD, { database: 'other' }));
    await expect(found('latest')).rejects.toMatchObject({
      reason: 'usage',
      message: expect.stringMatching(/app, other|other, app/),
    });
    const { address } = await findBackup(store, 'latest', { database: 'other' });
    expect(address.database).toBe('other');
  });

  it('latest of nothing but failures is none', async () => {
    const filter = { database: 'failing' };
    await addBackup(addressOf(OLD, filter), { state: 'FAILED' });
    await expect(findBackup(store, 'latest', filter)).rejects.toMatchObject({
      reason: 'not_found',
    });
  });
});

it('a manifest and a verdict are read as they were written, with what a later release adds', () => {
  const manifest = manifestOf(addressOf(OLD), '2026-11-01T00:00:00Z');
  expect(parseManifest(toJson({ ...manifest, later: 1 }))).toEqual(manifest);
  const verdict = verdictOf(OLD, 'VERIFIED');
  expect(parseVerification(toJson({ ...verdict, later: 1 }))).toEqual(verdict);
});
