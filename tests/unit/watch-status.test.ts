import { findBackup } from '../../core/find';
import type { Store } from '../../core/stores/store';
import { watchedSince } from '../../core/watch/since';
import { readBackupStatus, readStatus } from '../../core/watch/status';
import { folderStoreForTests } from '../support/folder-store';
import { putStored } from '../support/stored';

const store = folderStoreForTests();
const HOUR = 3_600_000;
const DAILY = {
  kind: 'daily',
  schedule: { expression: 'cron(0 2 * * ? *)', timeZone: 'UTC' },
  allowanceMs: HOUR / 2,
} as const;
const WEEKLY = {
  ...DAILY,
  kind: 'weekly',
  schedule: { expression: 'cron(0 3 ? * SUN *)', timeZone: 'UTC' },
} as const;

/** The store as somebody has it who may only read. */
function readOnly(): Store {
  return new Proxy(store(), {
    get: (target, name: keyof Store) => {
      if (['put', 'swap', 'retire'].includes(name)) throw new Error(`${name} was called`);
      const found = target[name];
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

function status(at: string) {
  return readStatus(readOnly(), { promises: [DAILY, WEEKLY], now: () => new Date(at) });
}

it('says of each kind with a schedule how it stands, and how to get the newest weekly one', async () => {
  await watchedSince(store(), new Date('2026-01-01T00:00:00Z'));
  const weekly = '20261122T030000Z-week';
  const daily = '20261123T020000Z-good';
  await putStored(store(), { id: weekly, kind: 'weekly', state: 'VERIFIED', proof: 'restored' });
  await putStored(store(), { id: daily, state: 'VERIFIED', bytes: 42 });
  await putStored(store(), { id: '20261124T020000Z-badd', state: 'FAILED' });

  expect(await status('2026-11-24T03:30:00Z')).toEqual({
    kinds: [
      {
        kind: 'daily',
        overdueSeconds: 3600,
        newest: {
          id: daily,
          kind: 'daily',
          state: 'VERIFIED',
          proof: 'content',
          bytes: 42,
          dataTime: '2026-11-23T02:00:00.000Z',
        },
      },
      {
        kind: 'weekly',
        overdueSeconds: 0,
        newest: expect.objectContaining({ id: weekly, proof: 'restored' }),
      },
    ],
    download: `npx neon-backup download ${weekly} --in ${store().url} --to ./backup`,
  });
});

it('names the newest VERIFIED one of any kind where there is no weekly one', async () => {
  await putStored(store(), { id: '20261122T030000Z-week', kind: 'weekly', state: 'FAILED' });
  await putStored(store(), { id: '20261123T020000Z-good', kind: 'manual', state: 'VERIFIED' });

  const { download } = await status('2026-11-23T04:00:00Z');

  expect(download).toContain('download 20261123T020000Z-good ');
});

it('has nothing to name in a store that is empty, and owes nothing before anybody watches', async () => {
  expect(await status('2026-11-23T04:00:00Z')).toEqual({
    kinds: [
      { kind: 'daily', overdueSeconds: 0, newest: null },
      { kind: 'weekly', overdueSeconds: 0, newest: null },
    ],
    download: null,
  });
});

it.each(['VERIFIED', 'FAILED', 'UNVERIFIABLE', undefined] as const)(
  'says of a backup that its verdict is %s',
  async (state) => {
    const id = '20261123T020000Z-good';
    await putStored(store(), { id, kind: 'pre-deploy', ...(state && { state }) });

    expect(await readBackupStatus(readOnly(), id, 'app')).toEqual({
      id,
      kind: 'pre-deploy',
      state: state ?? null,
      proof: state === 'VERIFIED' ? 'content' : null,
      bytes: 7,
      dataTime: '2026-11-23T02:00:00.000Z',
    });
  },
);

it('knows no backup by an id that is none, nor that of another database', async () => {
  const id = '20261123T020000Z-good';
  await putStored(store(), { id, database: 'other' });
  expect((await findBackup(store(), id)).address.id).toBe(id);

  await expect(readBackupStatus(readOnly(), id, 'app')).rejects.toMatchObject({
    reason: 'not_found',
  });
});
