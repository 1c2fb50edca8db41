import { hash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backupPrefix, FILES } from '../../contract/keys';
import type { Backup } from '../../core/catalog';
import { drill } from '../../core/drill/drill';
import {
  embeddedScratch,
  type Scratch,
  type ScratchOptions,
  serverScratch,
} from '../../core/drill/scratch';
import { BackupError } from '../../core/errors';
import { findBackup } from '../../core/find';
import { toJson } from '../../core/json';
import type { Verification } from '../../core/manifest';
import { parseAddress } from '../../core/postgres/address';
import { type ClientTools, clientToolsFor } from '../../core/postgres/tools';
import { FolderStore } from '../../core/stores/folder';
import { takeBackup } from '../../core/take/take';
import { verifyBackup } from '../../core/verify/verify';
import { loadAwkward } from '../support/databases/awkward';
import { createDatabase, query, serverForTests } from '../support/servers';

const CANARY = 'canary-71e0';
const folder = mkdtempSync(join(tmpdir(), 'neon-backup-drill-'));
const mainStore = new FolderStore(join(folder, 'store'));
const EXPECT = { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 };
const source = serverForTests();
const elsewhere = serverForTests();
/** A role with CREATEDB and no more, on the server that has none of the source's roles. */
let plainUrl = '';

beforeAll(async () => {
  await query(elsewhere().url(), `CREATE ROLE plain LOGIN CREATEDB PASSWORD 'plain'`);
  plainUrl = Object.assign(new URL(elsewhere().url()), {
    username: 'plain',
    password: 'plain',
  }).href;
});
afterEach(async () => {
  const left = `SELECT datname FROM pg_database WHERE datname LIKE 'neon_backup_drill%'`;
  expect(await query(elsewhere().url(), left)).toEqual([]);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function takeOf(sql: string): Promise<Backup> {
  const url = await createDatabase(source());
  await query(url, sql);
  return take(url);
}

async function take(url: string): Promise<Backup> {
  const { id, database } = await takeBackup({
    source: parseAddress(url),
    store: mainStore,
    kind: 'manual',
  });
  return findBackup(mainStore, id, { database });
}

/** Where each backup is. */
const stores = new Map<Backup, FolderStore>();

const onServer = (url: string) => (options: ScratchOptions) =>
  serverScratch(parseAddress(url), options);

interface Options {
  readonly trustSource?: boolean;
  readonly toolsFor?: (major: number) => Promise<ClientTools>;
  readonly signal?: AbortSignal;
  readonly onProgress?: () => void;
}

function verify(
  backup: Backup,
  open: (options: ScratchOptions) => Promise<Scratch>,
  { trustSource = false, ...more }: Options = {},
): Promise<Verification> {
  const store = stores.get(backup) ?? mainStore;
  return verifyBackup({
    store,
    backup,
    expect: EXPECT,
    drill: (backup, content) =>
      drill({
        ...{ store, backup, content, ...more },
        openScratch: () => open({ manifest: backup.manifest, trustSource }),
      }),
  });
}

const drillCheck = ({ checks }: Verification) => checks.find(({ name }) => name === 'drill');

const ITEMS = `CREATE TABLE items (id serial PRIMARY KEY, value text);
  INSERT INTO items (value) SELECT '${CANARY}' || n FROM generate_series(1, 500) n;
  CREATE INDEX items_value ON items (value);`;

describe('a source that is not trusted', () => {
  const marker = join(tmpdir(), `neon-backup-marker-${process.pid}`);
  afterEach(() => rmSync(marker, { force: true }));

  it('runs none of its code as a superuser, unless one says so', async () => {
    const url = await createDatabase(source());
    await loadAwkward(url, { marker });
    rmSync(marker, { force: true });
    const backup = await take(url);
    expect(await verify(backup, embeddedScratch)).toMatchObject({
      state: 'VERIFIED',
      proof: 'restored',
    });
    expect(existsSync(marker)).toBe(false);
    expect(await verify(backup, embeddedScratch, { trustSource: true })).toMatchObject({
      state: 'VERIFIED',
    });
    expect(existsSync(marker)).toBe(true);
  });

  it('is UNVERIFIABLE where it needs a superuser, which is named, and VERIFIED with trust', async () => {
    const url = await createDatabase(source());
    await loadAwkward(url, { superuser: true });
    const backup = await take(url);
    const verification = await verify(backup, embeddedScratch);
    expect(verification).toMatchObject({ state: 'UNVERIFIABLE', proof: null, drill: null });
    expect(drillCheck(verification)?.detail).toMatch(
      /says nothing about the backup.*SHELL TYPE base .*must be superuser/s,
    );
    const trusted = await verify(backup, embeddedScratch, { trustSource: true });
    expect(trusted.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(trusted).toMatchObject({ state: 'VERIFIED', proof: 'restored' });
  });
});

describe('a given server', () => {
  it('lends a plain role a database, and is as it was afterwards', async () => {
    const verification = await verify(await takeOf(ITEMS), onServer(plainUrl));
    expect(verification).toMatchObject({
      state: 'VERIFIED',
      proof: 'restored',
      drill: {
        scratch: expect.stringContaining(`:${elsewhere().port}`),
        limits: ['owners and privileges were not restored there, and not compared'],
      },
    });
  });

  it('refuses its superuser before anything runs there, unless the source is trusted', async () => {
    const backup = await takeOf(ITEMS);
    const asSuperuser = onServer(elsewhere().url());
    await expect(verify(backup, asSuperuser)).rejects.toMatchObject({
      reason: 'refused',
      cure: expect.stringContaining('--trust-source'),
    });
    const trusted = await verify(backup, asSuperuser, { trustSource: true });
    expect(trusted.state).toBe('VERIFIED');
  });

  it('is told apart from the backup where it lacks a role', async () => {
    const backup = await takeOf(`CREATE ROLE only_here; ${ITEMS}
      CREATE POLICY p ON items TO only_here USING (true);`);
    const verification = await verify(backup, onServer(plainUrl));
    expect(verification.state).toBe('UNVERIFIABLE');
    expect(drillCheck(verification)?.detail).toMatch(/says nothing about the backup.*"only_here"/s);
  });

  it('shows no difference where the schema public of the source has an owner of its own', async () => {
    const backup = await takeOf(`CREATE ROLE owner_of_public; ${ITEMS}
      ALTER SCHEMA public OWNER TO owner_of_public;`);
    const verification = await verify(backup, onServer(plainUrl));
    expect(verification.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(verification).toMatchObject({ state: 'VERIFIED', proof: 'restored' });
  });

  it('is told apart from the backup where its role may not make an extension', async () => {
    const backup = await takeOf(`CREATE EXTENSION pageinspect; ${ITEMS}`);
    const verification = await verify(backup, onServer(plainUrl));
    expect(verification.state).toBe('UNVERIFIABLE');
    expect(drillCheck(verification)?.detail).toContain('pageinspect');
  });

  it.each([
    ['an extension', 'CREATE EXTENSION citext', 'citext', 'not_it'],
    [
      'a collation',
      `CREATE COLLATION here (provider = libc, locale = 'C.utf8')`,
      `'C.utf8'`,
      `'zz_ZZZ'`,
    ],
  ])('is told apart from the backup where it does not have %s', async (_, sql, name, other) => {
    const backup = await renamed(await takeOf(`${sql}; ${ITEMS}`), name, other);
    const verification = await verify(backup, onServer(plainUrl));
    expect(drillCheck(verification)?.detail).toMatch(/says nothing about the backup/);
    expect(drillCheck(verification)?.detail).toContain(other.replaceAll("'", ''));
    expect(verification.state).toBe('UNVERIFIABLE');
  });

  it('loses the database of a drill that is stopped half-way', async () => {
    const backup = await takeOf(ITEMS);
    const abort = new AbortController();
    const stopped = new BackupError('cancelled', 'Stopped.');
    const options = { signal: abort.signal, onProgress: () => abort.abort(stopped) };
    await expect(verify(backup, onServer(plainUrl), options)).rejects.toBe(stopped);
    expect((await findBackup(mainStore, backup.address.id)).verification).toBeUndefined();
  });

  it('that can not be reached is no verdict on the backup', async () => {
    const url = plainUrl.replace('plain:plain', 'plain:wrong');
    const verification = await verify(await takeOf(ITEMS), onServer(url));
    expect(verification).toMatchObject({ state: 'UNVERIFIABLE', proof: null, drill: null });
    expect(verification.checks.at(-1)).toMatchObject({
      name: 'drill',
      ok: null,
      detail: expect.stringContaining('there is no scratch to restore into'),
    });
  });
});

describe('a difference', () => {
  /** Client tools whose pg_restore does something to the database after it has restored. */
  async function meddling(sql: string): Promise<ClientTools> {
    const tools = await clientToolsFor(18);
    const bin = mkdtempSync(join(folder, 'bin-'));
    const path = join(bin, 'pg_restore');
    const database = `$(printf '%s\\n' "$@" | sed -n 's/^--dbname=//p')`;
    writeFileSync(
      path,
      `#!/bin/sh\n'${tools.path('pg_restore')}' "$@" || exit\n'${tools.path('psql')}' -XqAt -d "${database}" -c 'SELECT 1 FROM items LIMIT 1' >/dev/null 2>&1 || exit 0\n'${tools.path('psql')}' -Xq -v ON_ERROR_STOP=1 -d "${database}" -c "${sql}" >/dev/null\n`,
    );
    chmodSync(path, 0o755);
    return { ...tools, path: (tool) => (tool === 'pg_restore' ? path : tools.path(tool)) };
  }

  it.each([
    [
      'a row that is gone',
      'DELETE FROM items WHERE id = 37',
      'the rows of public.items differ (500 before, 499 now): 1 missing, the first in line 37; 0 new',
    ],
    [
      'a value that changed',
      "UPDATE items SET value = 'x' WHERE id IN (41, 39)",
      'the rows of public.items differ (500 before, 500 now): 2 missing, the first in line 39; 2 new',
    ],
    ['a row too many', "INSERT INTO items VALUES (900, 'x')", '0 missing; 1 new'],
    [
      'an index that is gone',
      'DROP INDEX items_value',
      'INDEX public.items_value was not restored',
    ],
    [
      'another definition',
      'ALTER TABLE items ALTER value SET NOT NULL',
      'TABLE public.items is different',
    ],
    [
      'a counter that stands elsewhere',
      "SELECT setval('items_id_seq', 5)",
      'SEQUENCE SET public.items_id_seq is different',
    ],
  ])('such as %s is FAILED, named without data', async (_, sql, detail) => {
    const backup = await takeOf(ITEMS);
    const tools = await meddling(sql.replaceAll('"', '\\"'));
    const verification = await verify(backup, onServer(plainUrl), { toolsFor: async () => tools });
    expect(drillCheck(verification)).toMatchObject({
      ok: false,
      detail: expect.stringContaining(detail),
    });
    expect(verification).toMatchObject({ state: 'FAILED', proof: null, drill: null });
    expect(JSON.stringify(verification)).not.toContain(CANARY);
  });

  it('stays found until another drill finds none', async () => {
    const backup = await takeOf(ITEMS);
    const tools = await meddling('DROP INDEX items_value');
    await verify(backup, onServer(plainUrl), { toolsFor: async () => tools });
    const again = async () => findBackup(mainStore, backup.address.id);
    const content = await verifyBackup({ store: mainStore, backup: await again(), expect: EXPECT });
    expect(content).toMatchObject({ state: 'FAILED', proof: null });
    expect(await verify(await again(), onServer(plainUrl))).toMatchObject({ state: 'VERIFIED' });
    const later = await verifyBackup({ store: mainStore, backup: await again(), expect: EXPECT });
    expect(later).toMatchObject({ state: 'VERIFIED', proof: 'restored' });
  });

  it('is none where the rows came back in another order', async () => {
    const backup = await takeOf(ITEMS);
    const tools = await meddling(
      'CREATE TABLE c AS TABLE items; DELETE FROM items; INSERT INTO items SELECT * FROM c ORDER BY value DESC; DROP TABLE c',
    );
    const verification = await verify(backup, onServer(plainUrl), { toolsFor: async () => tools });
    expect(verification).toMatchObject({ state: 'VERIFIED', proof: 'restored' });
  });
});

/** The backup with another name in its archive's table of contents: as if taken where there is such a thing. */
async function renamed(backup: Backup, name: string, other: string): Promise<Backup> {
  expect(other).toHaveLength(name.length);
  const copy = new FolderStore(mkdtempSync(join(folder, 'renamed-')));
  const prefix = backupPrefix(backup.address);
  const files = await Promise.all(
    backup.manifest.files.map(async ({ name: file }) => {
      const { bytes } = await mainStore.readSmall(prefix + file);
      const text = bytes.toString('latin1').replaceAll(name, other);
      const changed = file === FILES.archive ? Buffer.from(text, 'latin1') : bytes;
      await copy.put(prefix + file, changed);
      return { name: file, bytes: changed.length, sha256: hash('sha256', changed) };
    }),
  );
  await copy.put(prefix + FILES.manifest, toJson({ ...backup.manifest, files }));
  const found = await findBackup(copy, backup.address.id);
  stores.set(found, copy);
  return found;
}
