import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backupPrefix, FILES, newBackupId } from '../../contract/keys';
import { readCatalog } from '../../core/catalog';
import { findBackup } from '../../core/find';
import { planRetention } from '../../core/retain/plan';
import { prune } from '../../core/retain/prune';
import type { StoredObject } from '../../core/stores/store';
import { drop, error, hide, rewrite, truncate } from '../support/faults/http-faults';
import { protectedInS3 } from '../support/faults/protected-s3';
import { serverForTests } from '../support/servers';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const server = serverForTests();
const database = protectedInS3(server);
const proxy = () => database().proxy;

describe('more keys than one page lists', () => {
  const many = () => database().storeWith({}, 'many');
  const pathOf = (key: string) => database().s3.fileOf(`many/${key}`);

  /** The good backup, last of all keys, after so many runs that never ended. */
  beforeAll(() => {
    const prefix = backupPrefix(database().good);
    for (let day = 1; day <= 1200; day++) {
      const id = newBackupId(new Date(Date.now() - day * DAY_MS));
      const path = pathOf(`${backupPrefix({ ...database().good, id })}${FILES.archive}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'half');
    }
    const from = dirname(database().s3.fileOf(`prod/${prefix}${FILES.archive}`));
    const to = dirname(pathOf(`${prefix}${FILES.archive}`));
    mkdirSync(to);
    for (const file of readdirSync(from)) copyFileSync(join(from, file), join(to, file));
  });

  it('hides none of the backups', async () => {
    const { backups, unreadable, unfinished } = await readCatalog(many());

    expect(backups.map(({ address }) => address.id)).toEqual([database().good.id]);
    expect([unreadable.length, unfinished.length]).toEqual([0, 1200]);
    // A page may be asked for again.
    const pages = proxy().of('ListObjectsV2');
    expect(new Set(pages.map(({ query }) => query.get('continuation-token'))).size).toBe(2);
    expect((await findBackup(many(), 'latest')).verification?.state).toBe('VERIFIED');
  });

  it.each([
    ['an error', error(503, 'SlowDown')],
    ['a reset', drop],
    ['a page that ends too soon', truncate(500)],
  ])('are no shorter list when the second page is %s', async (_, fault) => {
    proxy().set({ operation: 'ListObjectsV2', nth: 2, count: Infinity, fault });

    await expect(readCatalog(many())).rejects.toMatchObject({ reason: 'store' });

    proxy().reset();
    await database().survives();
  });

  it('are listed whole when the second page fails once', async () => {
    proxy().set({ operation: 'ListObjectsV2', nth: 2, fault: error(500, 'InternalError') });

    expect((await readCatalog(many())).backups).toHaveLength(1);
  });
});

describe('a listing that hides the newest backup', () => {
  const later = () => new Date(Date.now() + 40 * DAY_MS);
  const policy = { manual: { keepDays: 1, keepMin: 1 } };
  const retired = async () => {
    const { backups } = await readCatalog(database().store);
    const candidates = backups.map(({ address, manifest, verification }) => ({
      address,
      dataTime: new Date(manifest.data.time),
      state: verification?.state,
      proof: verification?.proof ?? null,
    }));
    return planRetention(candidates, policy, later())
      .filter(({ action }) => action === 'retire')
      .map(({ address }) => address.id);
  };
  const hideAll = (keys: RegExp) =>
    proxy().set({ operation: 'ListObjectsV2', count: Infinity, fault: hide(keys) });

  it('retires nothing that it would keep otherwise', async () => {
    const newest = await database().take();
    expect(await database().verify(newest.id)).toBe('VERIFIED content');
    const whole = await retired();
    expect(whole).toEqual([database().good.id]);

    // Also the pointer, without which nothing but the list is left.
    hideAll(new RegExp(`${newest.id}|/latest/`));
    const part = await retired();

    expect(whole).toEqual(expect.arrayContaining(part));
    expect(part).not.toContain(newest.id);
    proxy().reset();
    await database().survives();
  });

  it('does not take a backup whose manifest it hides for a dead run', async () => {
    const newest = await database().take();
    hideAll(new RegExp(`${newest.id}/${FILES.manifest}`));
    const now = () => new Date(Date.now() + 2 * HOUR_MS);

    const { abandoned } = await prune({ store: database().store, policy: {}, now });

    expect(abandoned.map(({ address }) => address.id)).not.toContain(newest.id);
    expect(proxy().of('PutObjectTagging')).toEqual([]);
    proxy().reset();
    expect(await database().verify(newest.id)).toBe('VERIFIED content');
    await database().survives();
  });
});

describe('an upload that is under way', () => {
  const INITIATED = '2026-11-23T02:00:00.000Z';
  const NEWEST_PART = '2026-11-23T07:59:00.000Z';
  const uploads = async () => {
    const found: StoredObject[] = [];
    for await (const each of database().store.listUnfinished('')) found.push(each);
    return found;
  };

  beforeEach(() => {
    const upload = `<Upload><Key>prod/a/x</Key><UploadId>u</UploadId><Initiated>${INITIATED}</Initiated></Upload>`;
    const body = `<ListMultipartUploadsResult>${upload}</ListMultipartUploadsResult>`;
    const fault = rewrite(() => Buffer.from(body));
    proxy().set({ operation: 'ListMultipartUploads', count: Infinity, fault });
  });

  const parts = (...times: string[]) => {
    const list = times.map((at) => `<Part><Size>5</Size><LastModified>${at}</LastModified></Part>`);
    const body = Buffer.from(`<ListPartsResult>${list.join('')}</ListPartsResult>`);
    const rawHeaders = ['Content-Length', `${body.length}`];
    const fault = async ({ send }: Parameters<typeof drop>[0]) =>
      send({ status: 200, rawHeaders, body });
    proxy().set({ operation: 'ListParts', fault });
  };

  it('is as old as its newest part', async () => {
    parts('2026-11-23T03:00:00.000Z', NEWEST_PART, '2026-11-23T05:00:00.000Z');

    expect(await uploads()).toEqual([
      { key: 'a/x.unfinished', bytes: 15, modified: new Date(NEWEST_PART) },
    ]);
  });

  it('is as old as itself where it has no part yet', async () => {
    parts();

    expect(await uploads()).toMatchObject([{ bytes: 0, modified: new Date(INITIATED) }]);
  });

  it('is none that ends between two questions', async () => {
    proxy().set({ operation: 'ListParts', fault: error(404, 'NoSuchUpload') });

    expect(await uploads()).toEqual([]);
    await database().survives();
  });
});
