import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backup } from '../../core/catalog';
import { drill } from '../../core/drill/drill';
import {
  embeddedScratch,
  type Scratch,
  type ScratchOptions,
  serverScratch,
} from '../../core/drill/scratch';
import { findBackup } from '../../core/find';
import type { Verification } from '../../core/manifest';
import { parseAddress } from '../../core/postgres/address';
import { restoreBackup } from '../../core/restore/restore';
import { FolderStore } from '../../core/stores/folder';
import { takeBackup } from '../../core/take/take';
import { verifyBackup } from '../../core/verify/verify';
import { loadAwkward } from '../support/databases/awkward';
import { createDatabase, query, serverForTests } from '../support/servers';

const folder = mkdtempSync(join(tmpdir(), 'neon-backup-drill-'));
const store = new FolderStore(folder);
afterAll(() => rmSync(folder, { recursive: true }));

async function take(url: string): Promise<Backup> {
  const { id, database } = await takeBackup({ source: parseAddress(url), store, kind: 'manual' });
  return findBackup(store, id, { database });
}

function verify(
  backup: Backup,
  open: (options: ScratchOptions) => Promise<Scratch>,
  trustSource = false,
): Promise<Verification> {
  return verifyBackup({
    store,
    backup,
    expect: { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 },
    drill: (backup, content) =>
      drill({
        store,
        backup,
        content,
        openScratch: () => open({ manifest: backup.manifest, trustSource }),
      }),
  });
}

/** The oldest and the newest of those with a server of their own; each takes a quarter of a minute. */
const MAJORS = process.env.NEON_BACKUP_TEST_ALL === '1' ? [15, 17, 18] : [15, 18];

describe.each(MAJORS)('the awkward database of PostgreSQL %i', (major) => {
  const server = serverForTests({ major, settings: { timezone: 'America/St_Johns' } });
  let backup: Backup;

  beforeAll(async () => {
    const url = await createDatabase(server(), `awkward_${major}`);
    await loadAwkward(url);
    backup = await take(url);
  });

  it('comes back from an embedded drill without one difference', async () => {
    const verification = await verify(backup, embeddedScratch);
    expect(verification.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(verification).toMatchObject({
      state: 'VERIFIED',
      proof: 'restored',
      drill: { limits: [] },
    });
  });

  it('comes back on the given server of another time zone, but for owners and privileges', async () => {
    const role = `drill_${major}`;
    await query(server().url(), `CREATE ROLE ${role} LOGIN CREATEDB BYPASSRLS PASSWORD 'drill'`);
    const url = new URL(server().url());
    Object.assign(url, { username: role, password: 'drill' });
    const { state, proof, checks, drill } = await verify(backup, (options) =>
      serverScratch(parseAddress(url.href), options),
    );
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect([state, proof]).toEqual(['VERIFIED', 'restored']);
    expect(drill?.limits).toEqual([
      'owners and privileges were not restored there, and not compared',
    ]);
  });

  it('comes back into an empty database, and its counters go on', async () => {
    const url = await createDatabase(server());
    const restored = await restoreBackup({ store, backup, target: parseAddress(url) });
    expect(restored).toMatchObject({ notes: [], former: undefined });
    const next = "SELECT nextval('awkward.counter') AS next";
    const source = await query(server().url(`awkward_${major}`), next);
    expect(await query(url, next)).toEqual(source);
  });
});
