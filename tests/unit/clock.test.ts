import { execFileSync } from 'node:child_process';
import { buildSync } from 'esbuild';
import fc from 'fast-check';
import { backupPrefix, FILES, latestKey, newBackupId, parseKey } from '../../contract/keys';
import { readCatalog } from '../../core/catalog';
import { findBackup } from '../../core/find';
import { moveLatest, parseLatest } from '../../core/latest';
import { packageRoot } from '../../core/package-root';
import { type Candidate, planRetention } from '../../core/retain/plan';
import { prune } from '../../core/retain/prune';
import { watchStore } from '../../core/watch/watch';
import { randomFrom } from '../support/faults/seeds';
import { folderStoreForTests } from '../support/folder-store';
import { putStored } from '../support/stored';

const DAY_MS = 86_400_000;
const NOW = new Date('2026-11-23T04:00:00Z');
const before = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);

describe('names of backups', () => {
  it('differ in the same second, and are names', () => {
    const random = randomFrom(40);
    const ids = Array.from({ length: 200 }, () => newBackupId(NOW, random));

    expect(new Set(ids).size).toBe(200);
    for (const id of [...ids, newBackupId(NOW)])
      expect(parseKey(`app/daily/${id}/${FILES.manifest}`)?.id).toBe(id);
    expect(newBackupId(NOW)).not.toBe(newBackupId(NOW));
  });

  it('are in UTC, as slots are and what is due, also in the hours that a change of clocks makes odd', () => {
    expect(namesIn('America/New_York')).toEqual({ hours: [1, 1, 1, 3], ...IN_UTC });
    expect(namesIn('UTC')).toEqual({ hours: [5, 6, 6, 7], ...IN_UTC });
  });
});

/** The last hour of summer time in New York and the first after it; then the same in March. */
const MOMENTS = [
  '2026-11-01T01:30:00-04:00',
  '2026-11-01T01:30:00-05:00',
  '2026-03-08T01:30:00-05:00',
  '2026-03-08T03:30:00-04:00',
];
const STAMPS = ['20261101T053000Z', '20261101T063000Z', '20260308T063000Z', '20260308T073000Z'];
const IN_UTC = {
  ids: STAMPS,
  slots: STAMPS.map((stamp) => `app/slots/daily/${stamp}.json`),
  due: MOMENTS.map((moment) => `${new Date(moment).toISOString().slice(0, 11)}02:00:00.000Z`),
};

/** In a process of its own: the zone of one that runs can't be changed. */
function namesIn(TZ: string) {
  const contents = `
    import { newBackupId, slotKey, stampOf } from './contract/keys';
    import { lastDue } from './core/watch/schedule';
    const nightly = { expression: 'cron(0 2 * * ? *)', timeZone: 'UTC' };
    const times = ${JSON.stringify(MOMENTS)}.map((moment) => new Date(moment));
    console.log(JSON.stringify({
      hours: times.map((time) => time.getHours()),
      ids: times.map((time) => newBackupId(time).slice(0, -5)),
      slots: times.map((time) => slotKey({ database: 'app', kind: 'daily', slot: stampOf(time) })),
      due: times.map((time) => lastDue(nightly, time)),
    }));`;
  const stdin = { contents, resolveDir: packageRoot(), loader: 'ts' } as const;
  const [built] = buildSync({ stdin, bundle: true, platform: 'node', write: false }).outputFiles;
  const env = { ...process.env, TZ, NODE_OPTIONS: '' };
  return JSON.parse(execFileSync(process.execPath, ['-'], { input: built?.text, env }).toString());
}

describe('a clock that has jumped back by days', () => {
  const store = folderStoreForTests();
  /** Begun before the jump. */
  const OLD = '20261122T020000Z-aaaa';
  /** Begun after it: the data is newer, as the database's own clock says. */
  const NEW = '20261117T020000Z-bbbb';

  const putBoth = async (): Promise<void> => {
    await putStored(store(), { id: OLD, state: 'VERIFIED' });
    await putStored(store(), { id: NEW, state: 'VERIFIED', time: '2026-11-23T02:00:05.000Z' });
  };

  it('leaves the newest data the latest, in whatever order they are verified', async () => {
    await putBoth();
    const key = latestKey({ database: 'app', kind: 'daily' });

    for (const [id, shown] of [
      [OLD, OLD],
      [NEW, NEW],
      [OLD, NEW],
    ] as const) {
      const backup = await findBackup(store(), id);
      if (backup.verification) await moveLatest(store(), backup, backup.verification);
      expect(parseLatest((await store().readSmall(key)).bytes)?.id).toBe(shown);
    }
    expect((await findBackup(store(), 'latest')).address.id).toBe(NEW);
    const { backups } = await readCatalog(store());
    expect(backups.map(({ address }) => address.id)).toEqual([NEW, OLD]);
  });

  it('makes nothing overdue that is not, gives nothing up, and finds no mark wrong', async () => {
    await putBoth();
    const unfinished = { database: 'app', kind: 'daily', id: '20261123T020000Z-cccc' } as const;
    await store().put(backupPrefix(unfinished) + FILES.archive, Buffer.from('half'));
    for (const now of [before(40), NOW, before(5), before(30)]) {
      const report = await watchStore({ store: store(), promises, policy: {}, now: () => now });
      expect(report.kinds.map(({ overdueSeconds }) => overdueSeconds)).toEqual([0, 0]);
      expect(report).toMatchObject({ unreadable: [], abandoned: { gone: [] } });
      expect(report.whole?.contradictions).toEqual([]);
    }
  });

  const promises = ['cron(0 2 * * ? *)', 'rate(1 day)'].map((expression) => ({
    kind: 'daily' as const,
    schedule: { expression, timeZone: 'UTC' },
    allowanceMs: 1_800_000,
  }));

  it('lets retention delete less, and keeps what looks as if it came from the future', async () => {
    for (const days of [0, 3, 20, 38, 39])
      await putStored(store(), { id: newBackupId(before(days + 0.1)), state: 'VERIFIED' });
    const options = { store: store(), policy: { daily: { keepDays: 30, keepMin: 2 } } };
    const pruneAt = (now: Date) => prune({ ...options, now: () => now });

    const jumped = await pruneAt(before(5));
    const right = await pruneAt(NOW);

    expect(jumped.retired.map(daysOf)).toEqual([39]);
    expect(jumped.kept.map(daysOf)).toEqual([0, 3, 20, 38]);
    expect(jumped.kept[0]?.reason).toMatch(/from the future/);
    expect(right.retired.map(daysOf)).toEqual([38]);
  });

  const daysOf = ({ address: { id } }: Pick<Candidate, 'address'>): number =>
    Math.floor((NOW.getTime() - Date.parse(id.replace(STAMP, '$1-$2-$3T$4:$5:$6Z'))) / DAY_MS);
  const STAMP = /^(....)(..)(..)T(..)(..)(..)Z.*$/;

  it('never lets anything go that would have stayed with a right clock', () => {
    const proven = fc.constantFrom<Pick<Candidate, 'state' | 'proof'>>(
      { state: 'VERIFIED', proof: 'content' },
      { state: 'VERIFIED', proof: 'restored' },
      { state: 'FAILED', proof: null },
      { state: undefined, proof: null },
    );
    const kinds = fc.constantFrom('daily' as const, 'weekly' as const);
    const all = fc.array(fc.tuple(fc.integer({ min: -2, max: 90 }), proven, kinds));
    fc.assert(
      fc.property(all, fc.integer({ min: 1, max: 60 }), (drawn, jump) => {
        const backups = drawn.map(([days, proof, kind], serial) => ({
          address: { database: 'app', kind, id: `${serial}` },
          dataTime: before(days),
          ...proof,
        }));
        expect(retired(backups, NOW)).toEqual(
          expect.arrayContaining(retired(backups, before(jump))),
        );
      }),
    );
  });

  const retired = (backups: readonly Candidate[], now: Date): string[] =>
    planRetention(backups, {}, now)
      .filter(({ action }) => action === 'retire')
      .map(({ address }) => address.id);
});
