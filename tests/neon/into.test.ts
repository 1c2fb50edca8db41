import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backup } from '../../core/catalog';
import { findBackup } from '../../core/find';
import { neonTarget } from '../../core/neon/into';
import { parseAddress } from '../../core/postgres/address';
import { type RestoreOptions, restoreBackup } from '../../core/restore/restore';
import { FolderStore } from '../../core/stores/folder';
import { takeBackup } from '../../core/take/take';
import { apiOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';
import { asTenant, createLikeNeon, LIKE_NEON, makeLikeNeon } from '../support/neon/like-neon';
import { createShop } from '../support/neon/tenant';
import { createDatabase, query, serverForTests } from '../support/servers';

const OWNER = { role: 'owner', password: 'canary-b72c-password' };

const server = serverForTests(LIKE_NEON);
const plain = serverForTests();
const neon = neonForTests(() => ({
  cluster: server(),
  roles: { owner: OWNER.password },
  databases: { app: 'owner', empty: 'owner' },
}));

const folder = mkdtempSync(join(tmpdir(), 'neon-backup-into-'));
const store = new FolderStore(folder);
let backup: Backup;
let app: string;

beforeAll(async () => {
  await makeLikeNeon(server().url(), OWNER);
  app = await createShop(server().url(), 'app', OWNER);
  const { id } = await takeBackup({ source: parseAddress(app), store, kind: 'manual' });
  backup = await findBackup(store, id);
});

afterAll(() => rmSync(folder, { recursive: true }));

const names = () => [...neon().project.places.values()].map(({ branch }) => branch.name);

async function restoreInto(database: string, options: Partial<RestoreOptions> = {}) {
  const target = await neonTarget(apiOf(neon()).api, { database });
  return restoreBackup({ store, backup, ...target, ...options });
}

/** Who owns the table, who may read it, and what is granted by default. */
const facts = (url: string) =>
  query(
    url,
    `SELECT pg_get_userbyid(relowner) AS owner, relacl::text AS acl, (SELECT array_agg(defaclrole::regrole::text ORDER BY 1) FROM pg_default_acl) AS defaults
       FROM pg_class WHERE oid = 'shop.orders'::regclass`,
  );

it('goes into an empty database of Neon with owners and grants, and nothing is left out', async () => {
  const url = asTenant(await createLikeNeon(server().url(), 'empty', OWNER), OWNER);

  const { notes, rows } = await restoreInto('empty');

  expect({ notes, rows }).toEqual({ notes: [], rows: 300 });
  expect(await facts(url)).toEqual(await facts(app));
  expect(names()).toEqual(['production']);
});

it('goes into the place of one, whose branch is kept as it was', async () => {
  await query(app, 'DELETE FROM shop.orders');

  const { former, notes } = await restoreInto('app', { replace: 'app' });

  const [kept = ''] = names().slice(1);
  expect(kept).toMatch(/^production-before-\d{8}T/);
  expect(notes).toEqual([expect.stringContaining(`branch ${kept} holds production as it was`)]);
  const count = 'SELECT count(*)::int AS n FROM shop.orders';
  expect(await query(app, count)).toEqual([{ n: 300 }]);
  const before = [...neon().project.places.values()].at(-1)?.cluster?.url('app') ?? '';
  expect(await query(before, count)).toEqual([{ n: 0 }]);
  await query(server().url(), `DROP DATABASE "${former}" WITH (FORCE)`);
});

it('keeps no branch of what was not replaced after all', async () => {
  const toolsFor = async () => {
    throw new Error('no tools');
  };
  await expect(restoreInto('app', { replace: 'app', toolsFor })).rejects.toThrow(/no tools/);
  expect(neon().calls.every(({ method }) => method === 'GET')).toBe(true);

  await query(server().url(), 'ALTER ROLE owner NOCREATEDB');
  const refused = restoreInto('app', { replace: 'app' });
  await expect(refused).rejects.toMatchObject({ cure: expect.stringMatching(/is as it was/) });
  await query(server().url(), 'ALTER ROLE owner CREATEDB');
  expect(neon().calls.some(({ method }) => method === 'DELETE')).toBe(true);
  expect(names()).toEqual(['production']);
});

it('replaces nothing where the plan has no branch left to keep it in', async () => {
  for (let at = 0; at < 9; at++) neon().project.add({ name: `feature-${at}` });
  const databases = 'SELECT datname FROM pg_database ORDER BY 1';
  const before = await query(server().url(), databases);

  await expect(restoreInto('app', { replace: 'app' })).rejects.toMatchObject({ reason: 'refused' });
  expect(await query(server().url(), databases)).toEqual(before);
});

it('goes into plain PostgreSQL with the roles that its policies need, and without what is Neon’s', async () => {
  const url = await createDatabase(plain());

  const { notes } = await restoreBackup({ store, backup, target: parseAddress(url) });

  expect(notes).toEqual([
    expect.stringMatching(/role authenticated.* was made/),
    expect.stringMatching(/belong to the restoring role: owner is not there/),
    expect.stringMatching(/grants are left out, since owner is not there/),
  ]);
  expect(notes.join()).not.toMatch(/neon_superuser|cloud_admin/);
});
