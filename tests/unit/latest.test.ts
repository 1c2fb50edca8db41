import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { backupPrefix, FILES, latestKey } from '../../contract/keys';
import { readCatalog } from '../../core/catalog';
import { findBackup } from '../../core/find';
import { moveLatest, parseLatest } from '../../core/latest';
import type { Store } from '../../core/stores/store';
import { folderStoreForTests } from '../support/folder-store';
import { putStored } from '../support/stored';

const OLD = '20261122T020000Z-aaaa';
const NEW = '20261123T020000Z-bbbb';
const store = folderStoreForTests();

async function point(id: string): Promise<void> {
  const backup = await findBackup(store(), id);
  if (!backup.verification) throw new Error(`${id} is not verified`);
  await moveLatest(store(), backup, backup.verification);
}

async function shown(): Promise<string | undefined> {
  const { bytes } = await store().readSmall(latestKey({ database: 'app', kind: 'daily' }));
  return parseLatest(bytes)?.id;
}

beforeEach(async () => {
  for (const id of [OLD, NEW]) await putStored(store(), { id, state: 'VERIFIED' });
});

it('shows the backup with the newest data, in whatever order they were verified', async () => {
  await point(OLD);
  expect(await shown()).toBe(OLD);
  await point(NEW);
  expect(await shown()).toBe(NEW);
  await point(OLD);
  expect(await shown()).toBe(NEW);
});

it('is mended where it is damaged', async () => {
  await store().put(latestKey({ database: 'app', kind: 'daily' }), Buffer.from('{"format":1'));

  await point(OLD);

  expect(await shown()).toBe(OLD);
});

/** A listing that does not show one backup yet. */
function without(id: string): Store {
  return new Proxy(store(), {
    get: (target, name: keyof Store) => {
      if (name !== 'list') return (target[name] as (...args: unknown[]) => unknown).bind(target);
      return async function* (prefix: string) {
        for await (const object of target.list(prefix)) if (!object.key.includes(id)) yield object;
      };
    },
  });
}

it('leads to a backup that a listing does not show yet', async () => {
  await point(NEW);

  const { backups } = await readCatalog(without(NEW));

  expect(backups.map(({ address }) => address.id)).toEqual([NEW, OLD]);
  expect((await findBackup(without(NEW), 'latest')).address.id).toBe(NEW);
  expect((await findBackup(without(NEW), NEW)).verification?.state).toBe('VERIFIED');
});

it('tells of a backup that is gone', async () => {
  await point(NEW);
  const prefix = backupPrefix({ database: 'app', kind: 'daily', id: NEW });
  rmSync(join(store().url, prefix), { recursive: true });

  const { backups, unreadable } = await readCatalog(store());

  expect(backups.map(({ address }) => address.id)).toEqual([OLD]);
  expect(unreadable).toMatchObject([{ address: { id: NEW }, reason: 'not_found' }]);
  expect(unreadable[0]?.why).toContain(FILES.manifest);
});

it('is looked at only where its kind and database are asked for', async () => {
  await point(NEW);

  const weekly = await readCatalog(without(NEW), { kind: 'weekly' });
  const other = await readCatalog(without(NEW), { database: 'other' });

  expect([weekly.backups, other.backups]).toEqual([[], []]);
});
