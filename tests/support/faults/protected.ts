import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backupPrefix, isLatestKey } from '../../../contract/keys';
import { readCatalog } from '../../../core/catalog';
import { BackupError, type Reason } from '../../../core/errors';
import { findBackup } from '../../../core/find';
import type { Manifest } from '../../../core/manifest';
import { type Address, parseAddress } from '../../../core/postgres/address';
import type { EmbeddedServer } from '../../../core/postgres/server';
import { FolderStore } from '../../../core/stores/folder';
import type { Store } from '../../../core/stores/store';
import type { TakeOptions } from '../../../core/take/job';
import { takeBackup } from '../../../core/take/take';
import { verifyBackup } from '../../../core/verify/verify';
import { createDatabase, query } from '../servers';

/** A database with a store of its own, in which every fault has to leave the last good backup alone. */
export interface Protected<S extends Store = FolderStore> {
  readonly url: string;
  readonly source: Address;
  readonly store: S;
  /** The last good backup: VERIFIED before any fault. */
  readonly good: Manifest;
  /** Takes a backup that has to succeed. */
  take(options?: Partial<TakeOptions>): Promise<Manifest>;
  /** Takes one that has to fail for this reason, with a cure, and leave no trace. */
  fails(reason: Reason, options?: Partial<TakeOptions>): Promise<BackupError>;
  /** The good backup is there, VERIFIED, and nothing is that was not taken by `take`. */
  survives(): Promise<void>;
  /** The verdict on one of its backups, by content. */
  verify(id: string): Promise<string>;
}

/** Noise of a few MB, which hardly compresses, in several tables: a dump of it is many pieces. */
export const NOISE = noise(12_000);

/** @param rows of each of four tables, 128 bytes each */
export function noise(rows: number): string {
  return [1, 2, 3, 4]
    .map(
      (table) => `CREATE TABLE noise_${table} AS
        SELECT i AS id, sha512((i || 'noise ${table}')::bytea) AS bytes, sha512((i || 'more')::bytea) AS more
        FROM generate_series(1, ${rows}) i;`,
    )
    .join('\n');
}

/** For all the tests of a file or `describe`: a database filled by this SQL, its folder, its good backup. */
export function protectedDatabase(server: () => EmbeddedServer, sql = NOISE) {
  const folder = mkdtempSync(join(tmpdir(), 'neon-backup-faults-'));
  const made = protectedIn(server, () => new FolderStore(folder), sql);
  afterAll(() => rmSync(folder, { recursive: true }));
  return () => ({ ...made(), folder });
}

/** The same in any store; it is opened when the database is there. */
export function protectedIn<S extends Store>(
  server: () => EmbeddedServer,
  openStore: () => S,
  sql: string,
): () => Protected<S> {
  let made: Protected<S> | undefined;
  beforeAll(async () => {
    const url = await createDatabase(server());
    await query(url, sql);
    made = await protect(url, openStore());
  });
  return () => {
    if (!made) throw new Error('The database is made by beforeAll, and there only.');
    return made;
  };
}

async function protect<S extends Store>(url: string, store: S): Promise<Protected<S>> {
  const source = parseAddress(url);
  const defaults = { source, store, kind: 'manual', lockTimeoutMs: 5_000 } as const;
  const taken: string[] = [];
  const take = async (options: Partial<TakeOptions> = {}): Promise<Manifest> => {
    const manifest = await takeBackup({ ...defaults, ...options });
    taken.push(manifest.id);
    return manifest;
  };
  const verify = (id: string) => verdictOn(store, id);
  const good = await take();
  const survives = async (): Promise<void> => {
    await expectOnly(store, taken);
    expect(await verify(good.id)).toBe('VERIFIED content');
  };
  await survives();
  const fails = async (reason: Reason, options: Partial<TakeOptions> = {}) => {
    const error = await failureOf(takeBackup({ ...defaults, ...options }));
    expectHelpful(error, reason);
    await survives();
    return error;
  };
  return { url, source, store, good, take, fails, survives, verify };
}

/** The error of a run that has to fail with one of ours. */
export async function failureOf(run: Promise<Manifest>): Promise<BackupError> {
  const outcome = await run.then(
    ({ id }) => `the complete backup ${id}`,
    (error: unknown) => error,
  );
  if (outcome instanceof BackupError) return outcome;
  if (outcome instanceof Error) throw outcome;
  throw new Error(`Expected a failure, got ${outcome}.`);
}

/** One sentence for what failed, one for what to do. */
export function expectHelpful(error: BackupError, reason: Reason): void {
  const { message, cure, output } = error;
  expect({ reason: error.reason, message, output }).toMatchObject({ reason });
  expect(message).toMatch(/^\S.*\.$/s);
  expect(cure).toMatch(/^\S.{10}/);
}

/** The store lists these backups, and holds not one file of another that is not given up. */
async function expectOnly(store: Store, ids: readonly string[]): Promise<void> {
  const { backups, unreadable } = await readCatalog(store);
  const sorted = (list: readonly string[]) => [...list].sort();
  expect(sorted(backups.map(({ address }) => address.id))).toEqual(sorted(ids));
  expect(unreadable).toEqual([]);
  const prefixes = backups.map(({ address }) => backupPrefix(address));
  const isKnown = (key: string) =>
    isLatestKey(key) || prefixes.includes(key.slice(0, key.lastIndexOf('/') + 1));
  for await (const { key } of store.listUnfinished(''))
    expect([key, isKnown(key)]).toEqual([key, true]);
  for await (const { key } of store.list(''))
    if (!isKnown(key)) expect([key, await store.retiredAs(key)]).toEqual([key, 'abandoned']);
}

export async function verdictOn(store: Store, id: string): Promise<string> {
  const backup = await findBackup(store, id);
  const expect = { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 };
  const { state, proof, checks } = await verifyBackup({ store, backup, expect });
  const broken = checks
    .filter(({ ok }) => ok !== true)
    .map(({ name, detail }) => `${name}: ${detail}`);
  return [state, proof, ...broken].filter(Boolean).join(' ');
}
