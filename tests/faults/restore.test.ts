import { chmodSync, mkdtempSync, rmSync, type StatsFs, writeFileSync } from 'node:fs';
import files, { truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backupPrefix, FILES } from '../../contract/keys';
import type { Backup } from '../../core/catalog';
import { BackupError } from '../../core/errors';
import { findBackup } from '../../core/find';
import { parseAddress } from '../../core/postgres/address';
import { type ClientTools, clientToolsFor } from '../../core/postgres/tools';
import { type Restored, type RestoreOptions, restoreBackup } from '../../core/restore/restore';
import { FolderStore } from '../../core/stores/folder';
import type { Store } from '../../core/stores/store';
import { takeBackup } from '../../core/take/take';
import { createDatabase, query, serverForTests } from '../support/servers';
import { until } from '../support/until';

const folder = mkdtempSync(join(tmpdir(), 'neon-backup-restore-'));
const store = new FolderStore(join(folder, 'store'));
const server = serverForTests({ settings: { max_prepared_transactions: '2' } });
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = 2000;
const TABLES = `CREATE TABLE items (id serial PRIMARY KEY, value text);
  INSERT INTO items (value) SELECT md5(n::text) FROM generate_series(1, ${ROWS}) n;
  CREATE INDEX items_value ON items (value);
  CREATE TABLE twins (id integer GENERATED ALWAYS AS IDENTITY, value text);
  INSERT INTO twins (value) VALUES ('a'), ('b');
  SELECT lo_from_bytea(4711, 'large');`;
let backup: Backup;

beforeAll(async () => {
  const url = await createDatabase(server(), 'source');
  await query(url, TABLES);
  backup = await take(url);
});

async function take(url: string): Promise<Backup> {
  const { id, database } = await takeBackup({ source: parseAddress(url), store, kind: 'manual' });
  return findBackup(store, id, { database });
}

function restore(into: string, options: Partial<RestoreOptions> = {}): Promise<Restored> {
  return restoreBackup({ store, backup, target: parseAddress(into), ...options });
}

async function databases(): Promise<string[]> {
  const sql = 'SELECT datname AS name FROM pg_database ORDER BY 1';
  return (await query<{ name: string }>(server().url(), sql)).map(({ name }) => name);
}

const nameOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

/** A database in use, which must not be lost. */
async function production(name?: string): Promise<string> {
  const url = await createDatabase(server(), name);
  await query(url, `CREATE TABLE live (id integer); INSERT INTO live VALUES (1)`);
  return url;
}

const liveRows = (url: string) => query(url, 'SELECT id FROM live');

/** Client tools with a shell script in the place of pg_restore; `real` is the program's path in it. */
async function withRestore(script: string): Promise<ClientTools> {
  const tools = await clientToolsFor(18);
  const path = join(mkdtempSync(join(folder, 'bin-')), 'pg_restore');
  writeFileSync(path, `#!/bin/sh\nreal='${tools.path('pg_restore')}'\n${script}\n`);
  chmodSync(path, 0o755);
  return { ...tools, path: (tool) => (tool === 'pg_restore' ? path : tools.path(tool)) };
}

/** Restores the definitions alone, then dies as the kernel kills. */
const DIES_HALF_WAY = '"$real" --section=pre-data "$@" || exit; kill -KILL $$';

describe('the wrong target (64)', () => {
  it('that holds something is refused, and left alone', async () => {
    const url = await production();
    await expect(restore(url)).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('holds 1 objects'),
      cure: expect.stringContaining(`--replace ${nameOf(url)}`),
    });
    expect(await liveRows(url)).toEqual([{ id: 1 }]);
  });

  it.each([
    ['a function', 'CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$'],
    ['a type', 'CREATE TYPE e AS ENUM ()'],
    ['a schema', 'CREATE SCHEMA s'],
    ['a large object', 'SELECT lo_create(1)'],
    ['a view', 'CREATE VIEW v AS SELECT 1'],
  ])('that holds %s only is not empty either', async (_, sql) => {
    const url = await createDatabase(server());
    await query(url, sql);
    await expect(restore(url)).rejects.toMatchObject({ reason: 'refused' });
  });

  it('that holds nothing but an extension is empty', async () => {
    const url = await createDatabase(server());
    await query(url, 'CREATE EXTENSION hstore; CREATE EXTENSION citext');
    expect(await restore(url)).toMatchObject({ rows: ROWS + 2 });
  });

  it('with another name than the one typed is refused, whether or not it is empty', async () => {
    for (const url of [await production(), await createDatabase(server())]) {
      const before = await databases();
      await expect(restore(url, { replace: 'other' })).rejects.toMatchObject({ reason: 'usage' });
      expect(await databases()).toEqual(before);
    }
  });

  it.each(['user', 'Ünï "quoted" name', '名'.repeat(20)])(
    'whose name %j was typed is replaced, and stays under another name, with its settings',
    async (name) => {
      const url = await production(name);
      const session = query(url, 'SELECT pg_sleep(60)').catch((error: Error) => error);
      const restored = await restore(url, { replace: name });
      expect(await session).toBeInstanceOf(Error);
      expect(restored).toMatchObject({
        database: name,
        former: expect.stringContaining('_before_'),
      });
      expect(await query(url, 'SELECT count(*)::int AS n FROM items')).toEqual([{ n: ROWS }]);
      expect(await liveRows(server().url(restored.former))).toEqual([{ id: 1 }]);
    },
  );

  it('is as it was, and in use, when a restore in its place fails', async () => {
    const url = await production();
    const before = await databases();
    const toolsFor = async () => withRestore(DIES_HALF_WAY);
    await expect(restore(url, { replace: nameOf(url), toolsFor })).rejects.toMatchObject({
      reason: 'tool_failed',
      cure: expect.stringMatching(/is as it was/),
    });
    expect(await databases()).toEqual(before);
    expect(await liveRows(url)).toEqual([{ id: 1 }]);
  });

  it('stays in use when its other name is taken', async () => {
    const url = await production();
    await createDatabase(server(), `${nameOf(url)}_before_20261123t140200`);
    const before = await databases();
    const now = () => new Date('2026-11-23T14:02:00Z');
    await expect(restore(url, { replace: nameOf(url), now })).rejects.toMatchObject({
      cure: expect.stringMatching(/is as it was/),
    });
    expect(await databases()).toEqual(before);
    expect(await liveRows(url)).toEqual([{ id: 1 }]);
  });

  it('takes its place again when the new one can not have its name', async () => {
    const url = await production();
    const fresh = `${nameOf(url)}_restoring_20261123t140200`;
    const psql = (await clientToolsFor(18)).path('psql');
    const hold = `'${psql}' -Xq -d ${fresh} -c 'BEGIN' -c "PREPARE TRANSACTION 'hold'"`;
    const now = () => new Date('2026-11-23T14:02:00Z');
    const toolsFor = () => withRestore(`"$real" "$@" || exit; ${hold} >/dev/null`);
    await expect(restore(url, { replace: nameOf(url), now, toolsFor })).rejects.toMatchObject({
      message: expect.stringMatching(/is being accessed by other users/),
      cure: expect.stringMatching(new RegExp(`is as it was.*${fresh} could not be dropped`)),
    });
    expect(await liveRows(url)).toEqual([{ id: 1 }]);
    await query(server().url(fresh), `ROLLBACK PREPARED 'hold'`);
    await query(server().url(), `DROP DATABASE ${fresh}`);
  });
});

describe('a restore that ends half-way (65)', () => {
  it.each<[string, string, RegExp]>([
    ['killed', DIES_HALF_WAY, /was killed by SIGKILL/],
    ['failed', '"$real" "$@" --section=pre-data; exit 1', /exited with status 1/],
  ])('by a pg_restore that %s is no success: the target is named', async (_, script, words) => {
    const url = await createDatabase(server());
    const failed = restore(url, { toolsFor: async () => withRestore(script) });
    await expect(failed).rejects.toMatchObject({
      reason: 'tool_failed',
      message: expect.stringMatching(words),
      cure: expect.stringMatching(new RegExp(`/${nameOf(url)} holds part of the backup now`)),
    });
  });

  it.each([
    [
      'rows',
      '--exclude-schema=nothing --section=pre-data --section=post-data',
      /public\.items has 0 rows and had 2000/,
    ],
    [
      'definitions',
      '--section=pre-data --section=data',
      /CONSTRAINT public\.items items_pkey was not restored/,
    ],
  ])('by a pg_restore that leaves %s out and exits 0 is found out', async (_, args, words) => {
    const url = await createDatabase(server());
    const toolsFor = async () => withRestore(`exec "$real" ${args} "$@"`);
    await expect(restore(url, { toolsFor })).rejects.toMatchObject({
      reason: 'corrupt',
      message: expect.stringMatching(words),
    });
  });

  it('by a lost large object is found out', async () => {
    const url = await createDatabase(server());
    const psql = (await clientToolsFor(18)).path('psql');
    const script = `"$real" "$@" && '${psql}' -Xq -d ${nameOf(url)} -c 'SELECT lo_unlink(4711)' >/dev/null`;
    const failed = restore(url, { toolsFor: async () => withRestore(script) });
    await expect(failed).rejects.toMatchObject({
      message: expect.stringContaining('there are 0 large objects and were 1'),
    });
  });

  it('by the server is told as such', async () => {
    const from = await createDatabase(server());
    await query(
      from,
      `CREATE FUNCTION slow() RETURNS boolean LANGUAGE sql AS 'SELECT true';
       CREATE TABLE slow AS SELECT generate_series(1, 500) AS id;
       ALTER TABLE slow ADD CHECK (slow());
       CREATE OR REPLACE FUNCTION slow() RETURNS boolean LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_catalog.pg_sleep(0.1); RETURN true; END $$`,
    );
    const url = await createDatabase(server());
    const failed = restore(url, { backup: await take(from) }).catch((error: unknown) => error);
    const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = '${nameOf(url)}' AND query LIKE 'COPY %'`;
    await until(async () => (await query(server().url(), terminate)).length > 0);
    expect(await failed).toMatchObject({
      reason: 'source_disconnected',
      output: expect.stringContaining('terminating connection'),
      cure: expect.stringMatching(/holds part/),
    });
  });

  it('by Ctrl-C says what the target holds, and replaces nothing', async () => {
    const stopped = new BackupError('cancelled', 'Stopped by you: nothing has changed.');
    const stop = (url: string, replace?: string) => {
      const abort = new AbortController();
      const onProgress = () => abort.abort(stopped);
      return restore(url, { replace, signal: abort.signal, onProgress });
    };
    await expect(stop(await createDatabase(server()))).rejects.toMatchObject({
      reason: 'cancelled',
      message: expect.not.stringMatching(/nothing/),
      cure: expect.stringMatching(/holds part of the backup/),
    });
    const url = await production();
    const before = await databases();
    await expect(stop(url, nameOf(url))).rejects.toMatchObject({
      reason: 'cancelled',
      cure: expect.stringMatching(/is as it was/),
    });
    expect(await databases()).toEqual(before);
    expect(await liveRows(url)).toEqual([{ id: 1 }]);
  });
});

describe('an archive that was cut off (66)', () => {
  const streaming = (): Store => {
    const stream = Object.create(store) as FolderStore;
    stream.localPath = () => undefined as unknown as string;
    stream.read = (key, range) => store.read(key, range);
    return stream;
  };

  /** The same where no temporary file fits, so that it can't be fetched first. */
  const withoutRoom = (): Store => {
    jest.spyOn(files, 'statfs').mockResolvedValue({ bavail: 0, bsize: 4096 } as StatsFs);
    return streaming();
  };

  afterEach(() => jest.restoreAllMocks());

  it.each<[string, () => Store, number, RegExp]>([
    ['a file, in the rows', () => store, 0.8, /holds part/],
    ['a file, in the contents', () => store, 0.02, /^$/],
    ['a stream, in the rows', withoutRoom, 0.8, /holds part/],
    ['a stream that is fetched first', streaming, 0.8, /^Verify the backup/],
  ])('is never restored with success: %s', async (_, from, share, cure) => {
    const cut = await take(server().url('source'));
    const [file] = cut.manifest.files;
    const archive = join(store.localPath(backupPrefix(cut.address) + FILES.archive));
    await truncate(archive, Math.floor((file?.bytes ?? 0) * share));
    const url = await createDatabase(server());
    const failed = restoreBackup({ store: from(), backup: cut, target: parseAddress(url) });
    const error = await failed.catch((error: unknown) => error);
    expect(error).toMatchObject({
      reason: expect.stringMatching(/incomplete|corrupt|tool_failed/),
    });
    expect((error as BackupError).cure ?? '').toMatch(cure);
  });

  it('a whole one is restored from a stream as well', async () => {
    const url = await createDatabase(server());
    const target = parseAddress(url);
    expect(await restoreBackup({ store: withoutRoom(), backup, target })).toMatchObject({
      notes: [],
    });
  });
});

describe('a server that does not fit', () => {
  const older = serverForTests({ major: 16 });

  it('is refused when it is older (8), unless one insists', async () => {
    const url = await createDatabase(older());
    await expect(restore(url)).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/PostgreSQL 16.* older than the source's 18/),
      cure: expect.stringContaining('--allow-older-server'),
    });
    const restored = await restore(url, { allowOlder: true });
    expect(restored.rows).toBe(ROWS + 2);
  });

  it('is told of an archive that was cut off, though psql was content with what it got (66)', async () => {
    const cut = await take(server().url('source'));
    const archive = store.localPath(backupPrefix(cut.address) + FILES.archive);
    await truncate(archive, Math.floor((cut.manifest.files[0]?.bytes ?? 0) * 0.8));
    const url = await createDatabase(older());
    await expect(restore(url, { backup: cut, allowOlder: true })).rejects.toMatchObject({
      message: expect.stringContaining('pg_restore exited with status 1'),
      cure: expect.stringMatching(/holds part/),
    });
  });

  it('is refused before anything happens when it lacks an extension (22)', async () => {
    const { manifest } = backup;
    const extensions = [
      ...manifest.extensions,
      { name: 'vector', version: '0.8', schema: 'public' },
    ];
    const needy = { ...backup, manifest: { ...manifest, extensions } };
    const url = await createDatabase(server());
    await expect(restore(url, { backup: needy })).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('does not have the extensions vector'),
    });
    await expect(restore(await production(), { backup: needy })).rejects.toMatchObject({
      reason: 'refused',
    });
    expect(await query(url, `SELECT 1 FROM pg_class WHERE relname = 'items'`)).toEqual([]);
  });
});

it('counters go on where they were (20)', async () => {
  const url = await createDatabase(server());
  await restore(url);
  expect(await query(url, `INSERT INTO items (value) VALUES ('x') RETURNING id`)).toEqual([
    { id: ROWS + 1 },
  ]);
  expect(await query(url, `INSERT INTO twins (value) VALUES ('c') RETURNING id`)).toEqual([
    { id: 3 },
  ]);
});
