import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BackupAddress,
  backupPrefix,
  FILES,
  type Kind,
  newBackupId,
} from '../../contract/keys';
import { readCatalog } from '../../core/catalog';
import { BackupError } from '../../core/errors';
import { toJson } from '../../core/json';
import type { Manifest, Verification } from '../../core/manifest';
import { ABANDONED_AFTER_MS } from '../../core/retain/abandon';
import { type PruneOptions, prune } from '../../core/retain/prune';
import { FolderStore } from '../../core/stores/folder';

const DAY_MS = 86_400_000;
const NOW = new Date('2026-11-23T02:00:00Z');
const POLICY = { daily: { keepDays: 30, keepMin: 2 } };

let root: string;
let store: FolderStore;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'neon-backup-prune-'));
  store = new FolderStore(root);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('complete backups', () => {
  it('retires what the plan says, keeps the rest with a reason, and leaves no folder behind', async () => {
    const [, , old, oldest] = await addVerified(1, 2, 40, 50);

    const result = await run();

    expect(idsOf(result.retired)).toEqual([oldest?.id, old?.id]);
    expect(result.kept.map(({ reason }) => reason)).toEqual([
      'newest verified',
      'younger than 30 days',
    ]);
    expect(await keysLeft()).toHaveLength(2 * 3);
    expect(result.failed).toEqual([]);
  });

  it('only says so in a dry run', async () => {
    await addVerified(1, 2, 40);
    await addDebris(ABANDONED_AFTER_MS + 1000);
    const before = await keysLeft();

    const dry = await run({ dryRun: true });

    expect(await keysLeft()).toEqual(before);
    expect(await run()).toEqual(dry);
    expect(dry.retired).toHaveLength(1);
    expect(dry.abandoned).toHaveLength(1);
  });

  it('takes a backup whose verdict is damaged for unverified', async () => {
    const [first] = await addVerified(1, 2, 40);
    const key = backupPrefix(first as BackupAddress) + FILES.verification;
    await store.swap(key, Buffer.from('{'), (await store.readSmall(key)).version);

    expect((await run()).retired).toEqual([]);
  });

  it('touches no other database than the one named', async () => {
    await addVerified(1, 2, 40);
    for (const age of [1, 2, 40]) await addBackup(age, { database: 'other' });

    const { retired } = await run({ database: 'other' });

    expect(retired.map(({ address }) => address.database)).toEqual(['other']);
    expect((await readCatalog(store, { database: 'app' })).backups).toHaveLength(3);
  });

  it('never deletes one whose manifest it cannot read, and names it', async () => {
    await addVerified(1, 2);
    const broken = addressOf(300);
    await store.put(backupPrefix(broken) + FILES.archive, Buffer.from('rows'));
    await store.put(backupPrefix(broken) + FILES.manifest, toJson({ format: 99 }));
    touch(broken, FILES.archive, 300 * DAY_MS);

    const result = await run();

    expect(idsOf(result.unreadable)).toEqual([broken.id]);
    expect([result.retired, result.abandoned, result.waiting, result.failed].flat()).toEqual([]);
    expect(await keysLeft()).toContain(backupPrefix(broken) + FILES.archive);
  });

  it('goes on after a failure, and says which one failed', async () => {
    const [, , old, oldest] = await addVerified(1, 2, 40, 50);
    const retire = store.retire.bind(store);
    jest.spyOn(store, 'retire').mockImplementation(async (prefix) => {
      if (prefix === backupPrefix(oldest as BackupAddress)) throw new BackupError('store', 'No.');
      await retire(prefix);
    });

    const result = await run();

    expect(result.failed).toMatchObject([{ address: oldest, why: 'No.' }]);
    expect(idsOf(result.retired)).toEqual([old?.id]);
  });

  it('does nothing at all with a policy that makes no sense', async () => {
    await addVerified(1, 2, 40);
    const before = await keysLeft();

    await expect(run({ policy: { weekly: { keepDays: -1 } } })).rejects.toThrow('keep-days');

    expect(await keysLeft()).toEqual(before);
  });
});

describe('folders without a manifest', () => {
  it('are cleared away once nothing has been written into them for an hour', async () => {
    const young = await addDebris(ABANDONED_AFTER_MS - 1000);
    const old = await addDebris(ABANDONED_AFTER_MS + 1000);

    const result = await run();

    expect(idsOf(result.abandoned)).toEqual([old.id]);
    expect(idsOf(result.waiting)).toEqual([young.id]);
    expect(await keysLeft()).toEqual([backupPrefix(young) + FILES.archive]);
  });

  it('are of the age of their youngest file, be it one that is being written', async () => {
    const live = await addDebris(ABANDONED_AFTER_MS + 1000);
    await store.put(partialOf(live), Buffer.from('half'));
    touch(live, `${FILES.plain}.partial-0123456789ab`, 1000);

    const result = await run();

    expect(result.waiting).toMatchObject([{ bytes: 8 }]);
    expect(result.abandoned).toEqual([]);
  });

  it('are found also where there is nothing but a half-written file', async () => {
    const dead = addressOf(3);
    await store.put(partialOf(dead), Buffer.from('half'));
    touch(dead, `${FILES.plain}.partial-0123456789ab`, 2 * ABANDONED_AFTER_MS);

    expect((await run()).abandoned).toHaveLength(1);
    expect((await readCatalog(store)).unfinished).toEqual([]);
  });

  it('stay when their run comes to its end at the last moment', async () => {
    const slow = await addDebris(ABANDONED_AFTER_MS + 1000);
    const list = store.list.bind(store);
    jest.spyOn(store, 'list').mockImplementation(async function* (prefix) {
      yield* list(prefix);
      await store.put(backupPrefix(slow) + FILES.manifest, toJson({}));
    });

    const result = await run();

    expect(result.abandoned).toEqual([]);
    expect(result.failed).toMatchObject([{ address: { id: slow.id } }]);
    expect(await store.readSmall(backupPrefix(slow) + FILES.archive)).toBeDefined();
  });
});

function run(more: Partial<PruneOptions> = {}) {
  return prune({ store, policy: POLICY, now: () => NOW, ...more });
}

function idsOf(items: readonly { readonly address: BackupAddress }[]): string[] {
  return items.map(({ address }) => address.id);
}

async function addVerified(...ages: number[]): Promise<BackupAddress[]> {
  const added: BackupAddress[] = [];
  for (const age of ages) added.push(await addBackup(age));
  return added;
}

async function addBackup(ageDays: number, more: { kind?: Kind; database?: string } = {}) {
  const address = { ...addressOf(ageDays), ...more };
  const prefix = backupPrefix(address);
  await store.put(prefix + FILES.archive, Buffer.from('rows'));
  await store.put(prefix + FILES.manifest, toJson(manifestOf(address, ageDays)));
  await store.put(prefix + FILES.verification, toJson(verdictOf(address)));
  return address;
}

/** A folder of a dead run, whose file was last written so long ago. */
async function addDebris(ageMs: number): Promise<BackupAddress> {
  const address = addressOf(2);
  await store.put(backupPrefix(address) + FILES.archive, Buffer.from('half'));
  touch(address, FILES.archive, ageMs);
  return address;
}

function addressOf(ageDays: number): BackupAddress {
  const id = newBackupId(new Date(NOW.getTime() - ageDays * DAY_MS));
  return { database: 'app', kind: 'daily', id };
}

function partialOf(address: BackupAddress): string {
  return `${backupPrefix(address)}${FILES.plain}.partial-0123456789ab`;
}

function touch(address: BackupAddress, file: string, ageMs: number): void {
  const at = new Date(NOW.getTime() - ageMs);
  utimesSync(join(root, backupPrefix(address), file), at, at);
}

async function keysLeft(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

function manifestOf(address: BackupAddress, ageDays: number): Manifest {
  const time = new Date(NOW.getTime() - ageDays * DAY_MS).toISOString();
  return {
    format: 1,
    ...address,
    source: {
      name: address.database,
      host: 'db.example.com',
      serverVersion: '18.0',
      serverMajor: 18,
      oid: 5,
      encoding: 'UTF8',
      collation: 'C',
      characterType: 'C',
      localeProvider: 'libc',
      bytes: 4,
    },
    data: { time, lsn: '0/1' },
    startedAt: time,
    finishedAt: time,
    client: { version: '18.0' },
    files: [{ name: FILES.archive, bytes: 4, sha256: '0'.repeat(64) }],
    tables: [],
    largeObjects: 0,
    extensions: [],
    roles: [],
    notes: [],
  };
}

function verdictOf({ id }: BackupAddress): Verification {
  return {
    format: 1,
    id,
    state: 'VERIFIED',
    proof: 'content',
    at: NOW.toISOString(),
    checks: [],
    accepted: [],
    drill: null,
    fingerprint: null,
  };
}
