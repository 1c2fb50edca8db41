import { backupPrefix, FILES } from '../../contract/keys';
import { planRetention } from '../../core/retain/plan';
import type { Retirement, Store } from '../../core/stores/store';
import { type WatchOptions, watchStore } from '../../core/watch/watch';
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

function watch(at: string, more: Partial<WatchOptions> = {}) {
  const options = { store: store(), promises: [DAILY], policy: {}, ...more };
  return watchStore({ ...options, now: () => new Date(at) });
}

async function overdueMinutes(at: string, more: Partial<WatchOptions> = {}): Promise<number[]> {
  return (await watch(at, more)).kinds.map(({ overdueSeconds }) => overdueSeconds / 60);
}

describe('a store that was watched for long', () => {
  beforeEach(() => watch('2026-01-01T00:00:00Z'));

  it('owes nothing while its newest backup is the one that was due', async () => {
    await putStored(store(), {
      id: '20261123T020000Z-aaaa',
      state: 'VERIFIED',
      time: '2026-11-23T02:00:05.000Z',
    });

    expect(await overdueMinutes('2026-11-23T02:31:00Z')).toEqual([0]);
    expect(await overdueMinutes('2026-11-24T02:29:00Z')).toEqual([0]);
    expect(await overdueMinutes('2026-11-24T02:31:00Z')).toEqual([1]);
    expect(await overdueMinutes('2026-11-24T12:30:00Z')).toEqual([600]);
  });

  it.each(['FAILED', 'UNVERIFIABLE', undefined] as const)(
    'is not content with one that is %s',
    async (state) => {
      await putStored(store(), { id: '20261123T020000Z-aaaa', ...(state && { state }) });

      expect(await overdueMinutes('2026-11-23T03:30:00Z')).toEqual([60]);
    },
  );

  it('is content with one that was made by hand after a failure', async () => {
    await putStored(store(), { id: '20261123T073000Z-aaaa', state: 'VERIFIED' });

    expect(await overdueMinutes('2026-11-23T08:00:00Z')).toEqual([0]);
  });

  it('takes no kind for another', async () => {
    await putStored(store(), { id: '20261122T020000Z-aaaa', state: 'VERIFIED' });

    expect(await overdueMinutes('2026-11-22T04:30:00Z', { promises: [DAILY, WEEKLY] })).toEqual([
      0, 60,
    ]);
  });

  it('says how old, large and slow they are, against what is usual', async () => {
    for (const [day, bytes] of [
      ['20', 90],
      ['21', 110],
      ['22', 100],
    ] as const)
      await putStored(store(), {
        id: `202611${day}T020000Z-aaaa`,
        state: 'VERIFIED',
        bytes,
        seconds: 100,
      });
    await putStored(store(), {
      id: '20261123T020000Z-aaaa',
      state: 'VERIFIED',
      bytes: 25,
      seconds: 300,
    });

    const { kinds, whole } = await watch('2026-11-23T02:20:00Z');

    const finished = {
      durationSeconds: 300,
      clientMajor: 18,
      serverMajor: 18,
      sizeTrend: 0.25,
      durationTrend: 3,
    };
    expect(kinds).toEqual([{ kind: 'daily', ageSeconds: 1200, overdueSeconds: 0, finished }]);
    expect(whole?.storedBytes).toBeGreaterThan(1000);
    expect((await watch('2026-11-23T02:20:00Z', { whole: false })).kinds).toEqual(kinds);
  });

  it('says of one what it was like when it is finished, and not for ever', async () => {
    const about = async (at: string) => (await watch(at)).kinds[0]?.finished;
    await putStored(store(), { id: '20261123T020000Z-aaaa', state: 'VERIFIED', seconds: 600 });

    expect(await about('2026-11-23T02:10:01Z')).toMatchObject({ durationSeconds: 600 });
    expect(await about('2026-11-23T02:30:00Z')).toMatchObject({ durationSeconds: 600 });
    expect(await about('2026-11-23T02:30:01Z')).toBeUndefined();
  });
});

describe('a store that was never watched before', () => {
  it('is quiet for three hours, then owes a first backup', async () => {
    await watch('2026-11-23T22:00:00Z');

    expect(await overdueMinutes('2026-11-24T00:59:00Z')).toEqual([0]);
    expect(await overdueMinutes('2026-11-24T01:30:00Z')).toEqual([30]);
  });

  it('is not blamed for what was due before, once there is something', async () => {
    await watch('2026-11-23T22:00:00Z');
    await putStored(store(), { id: '20261123T220500Z-aaaa', kind: 'manual', state: 'VERIFIED' });

    expect(await overdueMinutes('2026-11-24T01:30:00Z', { promises: [DAILY, WEEKLY] })).toEqual([
      0, 0,
    ]);
    expect(await overdueMinutes('2026-11-24T03:30:00Z', { promises: [DAILY, WEEKLY] })).toEqual([
      60, 0,
    ]);
  });
});

it('says how long ago a drill ended well; without one, since when it is watched', async () => {
  await watch('2026-11-10T04:00:00Z');
  expect((await watch('2026-11-11T04:00:00Z')).whole?.drillAgeSeconds).toBe(86_400);
  for (const [id, drilledAt] of [
    ['20261115T020000Z-aaaa', '2026-11-15T05:00:00.000Z'],
    ['20261122T020000Z-aaaa', '2026-11-22T05:00:00.000Z'],
  ] as const)
    await putStored(store(), { id, state: 'VERIFIED', proof: 'restored', drilledAt });

  expect((await watch('2026-11-22T06:00:00Z')).whole?.drillAgeSeconds).toBe(3600);
});

describe('marks', () => {
  /** A store whose objects have marks, as those of S3 may have. */
  function marked(marks: Record<string, Retirement>): Store {
    return new Proxy(store(), {
      get: (target, name: keyof Store) => {
        if (name === 'retiredAs')
          return async (key: string) =>
            Object.entries(marks).find(([part]) => key.includes(part))?.[1];
        return (target[name] as (...args: unknown[]) => unknown).bind(target);
      },
    });
  }

  const IDS = [
    '20261020T020000Z-aaaa',
    '20261120T020000Z-bbbb',
    '20261121T020000Z-cccc',
    '20261122T020000Z-dddd',
  ];

  beforeEach(async () => {
    for (const id of IDS) await putStored(store(), { id, state: 'VERIFIED' });
  });

  it('are right on what retention lets go', async () => {
    const { whole } = await watch('2026-11-23T04:00:00Z', {
      store: marked({ aaaa: 'superseded' }),
    });

    expect(whole?.contradictions).toEqual([]);
  });

  it.each([
    ['the newest one', 'dddd/database.dump', 'superseded'],
    ['a young one', 'cccc/manifest.json', 'superseded'],
    ['a verdict', 'dddd/verification.json', 'superseded'],
    ["a whole one, for a dead run's", 'bbbb', 'abandoned'],
  ] as const)('are wrong on %s, whichever file has it', async (_, part, tag) => {
    const { whole } = await watch('2026-11-23T04:00:00Z', {
      store: marked({ [part]: tag }),
    });

    expect(whole?.contradictions).toMatchObject([
      { address: { kind: 'daily' }, tag, reason: expect.any(String) },
    ]);
    expect(whole?.contradictions[0]?.address.id).toContain(part.slice(0, 4));
  });

  it('are asked for only where all is looked at, since each is a request', async () => {
    const asked: string[] = [];
    const read: string[] = [];
    const counting = new Proxy(store(), {
      get: (target, name: keyof Store) => {
        if (name === 'retiredAs') return async (key: string) => void asked.push(key);
        if (name === 'readSmall')
          return (key: string) => {
            read.push(key);
            return target.readSmall(key);
          };
        return (target[name] as (...args: unknown[]) => unknown).bind(target);
      },
    });
    const options = { store: counting as Store };

    const soon = new Date(Date.now() + HOUR).toISOString();
    expect(await watch(soon, { ...options, whole: false })).not.toHaveProperty('whole');
    expect(asked).toEqual([]);
    expect(read.filter((key) => key.endsWith(FILES.manifest))).toEqual([]);
    await watch('2026-11-23T05:00:00Z', options);
    // Of each that is to stay: archive, manifest and verdict.
    expect(asked).toHaveLength(3 * 3);
  });
});

it('gives up what a dead run has left, and nothing younger than an hour', async () => {
  const prefix = backupPrefix({ database: 'app', kind: 'daily', id: '20261123T020000Z-aaaa' });
  await store().put(`${prefix}${FILES.archive}`, Buffer.from('half'));
  const [later, now] = [new Date(Date.now() + 2 * HOUR), new Date()];

  expect((await watch(now.toISOString())).abandoned).toMatchObject({ gone: [], waiting: [{}] });
  expect((await watch(later.toISOString())).abandoned).toMatchObject({ gone: [{}], waiting: [] });
});

it('never finds the newest VERIFIED backup of a kind superseded, through 400 days of failures', () => {
  const good = {
    address: { database: 'app', kind: 'daily', id: '20260101T020000Z-good' },
    dataTime: new Date('2026-01-01T02:00:00Z'),
    state: 'VERIFIED',
    proof: 'content',
  } as const;
  const bad = Array.from({ length: 400 }, (_, day) => ({
    address: { database: 'app', kind: 'daily', id: `bad-${day}` } as const,
    dataTime: new Date(good.dataTime.getTime() + (day + 1) * 24 * HOUR),
    state: day % 2 ? ('FAILED' as const) : undefined,
    proof: null,
  }));
  for (let day = 1; day <= 400; day++) {
    const now = new Date(good.dataTime.getTime() + day * 24 * HOUR + HOUR);
    const decisions = planRetention([good, ...bad.slice(0, day)], {}, now);
    expect(decisions.find(({ address }) => address.id === good.address.id)?.action).toBe('keep');
  }
});
