import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backup } from '../../core/catalog';
import { drill } from '../../core/drill/drill';
import { embeddedScratch } from '../../core/drill/scratch';
import { BackupError } from '../../core/errors';
import { findBackup } from '../../core/find';
import type { Verification } from '../../core/manifest';
import { parseAddress } from '../../core/postgres/address';
import { FolderStore } from '../../core/stores/folder';
import { takeBackup } from '../../core/take/take';
import { verifyBackup } from '../../core/verify/verify';
import { createDatabase, query, serverForTests } from '../support/servers';

const folder = mkdtempSync(join(tmpdir(), 'neon-backup-drill-'));
const store = new FolderStore(folder);
const server = serverForTests();
afterAll(() => rmSync(folder, { recursive: true }));

async function takeOf(sql: string): Promise<Backup> {
  const url = await createDatabase(server());
  await query(url, sql);
  const { id } = await takeBackup({ source: parseAddress(url), store, kind: 'manual' });
  return findBackup(store, id);
}

function verify(backup: Backup, signal?: AbortSignal): Promise<Verification> {
  return verifyBackup({
    store,
    backup,
    expect: { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 },
    drill: (backup, content) =>
      drill({
        ...{ store, backup, content, signal },
        openScratch: () =>
          embeddedScratch({ manifest: backup.manifest, trustSource: false, signal }),
      }),
  });
}

it('a database that can be dumped and not restored is FAILED, and the object is named (18)', async () => {
  const backup = await takeOf(`
    CREATE TABLE lookup (id integer); INSERT INTO lookup VALUES (1);
    CREATE FUNCTION known(id integer) RETURNS boolean LANGUAGE sql AS
      'SELECT EXISTS (SELECT FROM lookup l WHERE l.id = $1)';
    CREATE TABLE items (id integer CHECK (known(id))); INSERT INTO items VALUES (1)`);
  const verification = await verify(backup);
  expect(verification).toMatchObject({ state: 'FAILED', proof: null, drill: null });
  expect(verification.checks.filter(({ ok }) => !ok)).toEqual([
    {
      name: 'drill',
      ok: false,
      detail: expect.stringMatching(/relation "lookup" does not exist[\s\S]*items/),
    },
  ]);
  expect((await findBackup(store, backup.address.id)).verification?.state).toBe('FAILED');
});

it('owners, memberships, grants and settings come back with the roles (19)', async () => {
  const backup = await takeOf(`
    CREATE ROLE owner_1 CREATEROLE; CREATE ROLE "Reader" CONNECTION LIMIT 3; CREATE ROLE boss SUPERUSER;
    GRANT pg_read_all_data TO "Reader"; GRANT pg_execute_server_program TO owner_1 WITH ADMIN OPTION;
    GRANT owner_1 TO boss WITH ADMIN OPTION;
    CREATE TABLE items (id integer); ALTER TABLE items OWNER TO owner_1;
    CREATE TABLE others (id integer); ALTER TABLE others OWNER TO boss;
    GRANT SELECT ON items TO "Reader" WITH GRANT OPTION;
    ALTER ROLE "Reader" SET search_path = ''`);
  const verification = await verify(backup);
  expect(verification.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(verification).toMatchObject({ proof: 'restored', drill: { limits: [] } });
});

it('stopped by a person, it says nothing about the backup and leaves no server', async () => {
  const backup = await takeOf('CREATE TABLE items AS SELECT 1 AS id');
  const abort = new AbortController();
  const stopped = new BackupError('cancelled', 'Stopped.');
  abort.abort(stopped);
  await expect(verify(backup, abort.signal)).rejects.toBe(stopped);
  expect((await findBackup(store, backup.address.id)).verification).toBeUndefined();
});
