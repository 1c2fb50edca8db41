import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBackup } from '../../core/find';
import type { Manifest } from '../../core/manifest';
import { type FrozenOptions, withFrozenSource } from '../../core/neon/frozen';
import { clientToolsFor } from '../../core/postgres/tools';
import { FolderStore } from '../../core/stores/folder';
import type { Source, TakeOptions } from '../../core/take/job';
import { takeBackup } from '../../core/take/take';
import { verifyBackup } from '../../core/verify/verify';
import { apiOf } from '../support/neon/api';
import { FOR_COPIES } from '../support/neon/cluster';
import { neonForTests } from '../support/neon/for-tests';
import { query, serverForTests } from '../support/servers';

const PASSWORD = 'canary-81c4-password';
const RUN = '20261123T020000Z-k3f9';

const server = serverForTests(FOR_COPIES);
const neon = neonForTests(() => ({
  cluster: server(),
  roles: { owner: PASSWORD },
  databases: { app: 'owner' },
}));

let url: string;
let folder: string;
let store: FolderStore;
let notes: string[];

beforeAll(async () => {
  await query(server().url(), `CREATE ROLE owner LOGIN PASSWORD '${PASSWORD}'`);
});

beforeEach(async () => {
  await query(server().url(), 'DROP DATABASE IF EXISTS app WITH (FORCE)');
  await query(server().url(), 'CREATE DATABASE app OWNER owner');
  url = Object.assign(new URL(server().url('app')), { username: 'owner', password: PASSWORD }).href;
  await query(url, 'CREATE TABLE users AS SELECT n AS id FROM generate_series(1, 500) n');
  await query(url, 'CREATE UNLOGGED TABLE cache AS SELECT 1 AS n');
  folder = await mkdtemp(join(tmpdir(), 'neon-backup-neon-'));
  store = new FolderStore(folder);
  notes = [];
});

afterEach(() => rm(folder, { recursive: true }));

/** @param onBranch called while the branch is there, before anybody has connected to it */
function backUp(
  options: Partial<FrozenOptions> = {},
  onBranch: (source: Source) => Promise<unknown> = async () => undefined,
  take: Partial<TakeOptions> = {},
): Promise<Manifest> {
  const usual = { run: RUN, onNote: (note: string) => void notes.push(note) };
  return withFrozenSource(apiOf(neon()).api, { ...usual, ...options }, async (source) => {
    await onBranch(source);
    return takeBackup({ source, store, kind: 'daily', ...take });
  });
}

const rowsOf = ({ tables }: Manifest, name: string) =>
  tables.find(({ table }) => table === name)?.rows;

it('backs up the branch alone: production could not even be connected to', async () => {
  const allow = (yes: boolean) =>
    query(server().url(), `ALTER DATABASE app ALLOW_CONNECTIONS ${yes}`);

  const manifest = await backUp({}, () => allow(false)).finally(() => allow(true));

  expect(rowsOf(manifest, 'users')).toBe(500);
  expect(manifest.source).toMatchObject({ name: 'app', host: '127.0.0.1' });
  expect(neon().project.places.size).toBe(1);
});

it('records where the data is from and how old it is, and that unlogged tables are empty', async () => {
  const { default: production, id } = neon().project;
  const before = Date.now();
  const manifest = await backUp();

  expect(manifest.source.neon).toEqual({
    project: id,
    branch: production.branch.id,
    read: 'branch',
    lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
    time: expect.any(String),
  });
  expect(manifest.data).toEqual({
    time: manifest.source.neon?.time,
    lsn: manifest.source.neon?.lsn,
  });
  expect(Date.parse(manifest.data.time)).toBeGreaterThanOrEqual(before);
  expect(rowsOf(manifest, 'cache')).toBe(0);
  expect(manifest.notes).toContainEqual(
    expect.objectContaining({
      check: 'unlogged_tables',
      detail: expect.stringMatching(/Neon branch/),
    }),
  );
});

it('is VERIFIED, and the next one knows the database again', async () => {
  await backUp();
  const { id } = await backUp({ run: '20261124T020000Z-abcd' });
  const backup = await findBackup(store, id);
  const expect_ = { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 };

  const verification = await verifyBackup({ store, backup, expect: expect_ });

  expect(verification).toMatchObject({ state: 'VERIFIED', proof: 'content' });
  expect(backup.manifest.source.neon?.read).toBe('branch');
});

it('of another branch is refused under the same name, unless it is said that the source has moved', async () => {
  const { id } = await backUp();
  const { project } = neon();
  await project.branch({ name: 'dev', parent_id: project.default.branch.id }, 1);
  const fromDev = (take: Partial<TakeOptions> = {}) =>
    backUp({ branch: 'dev', run: '20261124T020000Z-abcd' }, undefined, take);

  await expect(fromDev()).rejects.toMatchObject({
    reason: 'refused',
    message: expect.stringContaining(id),
    cure: expect.stringContaining('--accept-new-source'),
  });
  expect((await findBackup(store, 'latest')).address.id).toBe(id);
  expect((await fromDev({ accept: { newSource: true } })).source.neon).toMatchObject({
    read: 'branch',
  });
});

it('is of an earlier moment, where that is asked for', async () => {
  const time = await neon().project.keep();
  await query(url, 'DELETE FROM users WHERE id > 100');

  const manifest = await backUp({ at: { time } });

  expect(rowsOf(manifest, 'users')).toBe(500);
  expect(Date.parse(manifest.data.time)).toBeLessThanOrEqual(time.getTime());
});

it('knows the new passwords that the children of a protected branch get', async () => {
  neon().project.default.branch.protected = true;
  let password: string | undefined;

  await backUp({}, async (source) => {
    password = source.password;
  });

  expect(password).not.toBe(PASSWORD);
  expect(await readdir(join(folder, 'app', 'daily'))).toHaveLength(1);
});

it('is not disturbed by a password that is changed in production meanwhile', async () => {
  const change = (password: string) =>
    query(server().url(), `ALTER ROLE owner PASSWORD '${password}'`);

  const manifest = await backUp({}, () => change('canary-7d01-other')).finally(() =>
    change(PASSWORD),
  );

  expect(rowsOf(manifest, 'users')).toBe(500);
});

it('reads production where the plan has no branch left and the policy allows it, and says so', async () => {
  for (let at = 0; at < 9; at++) neon().project.add({ name: `feature-${at}` });

  const manifest = await backUp({ withoutBranch: 'direct' });

  expect(manifest.source.neon).toMatchObject({ read: 'production' });
  expect(rowsOf(manifest, 'cache')).toBe(1);
  expect(notes).toEqual([expect.stringMatching(/Production itself is read/)]);
});

it('makes no backup where the branch dies under it, and deletes what is left', async () => {
  const dying = async (major: number) => {
    const place = [...neon().project.places.values()].at(-1);
    await place?.cluster?.stop();
    if (place) place.cluster = undefined;
    return clientToolsFor(major);
  };

  const dead = backUp({}, undefined, { toolsFor: dying });

  await expect(dead).rejects.toMatchObject({ reason: 'source_disconnected' });
  expect(await readdir(folder)).toEqual([]);
  expect(neon().project.places.size).toBe(1);
});

it('keeps no secret in the backup', async () => {
  await backUp();
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
  );

  expect(texts.length).toBeGreaterThan(3);
  expect(texts.join()).not.toMatch(/canary/);
});
