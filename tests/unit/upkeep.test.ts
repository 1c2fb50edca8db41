import { fail, ok, warn } from '../../core/doctor/finding';
import type { Place } from '../../core/notices/notice';
import { estimateCost } from '../../core/upkeep/cost';
import { readUpkeep, type UpkeepOptions } from '../../core/upkeep/facts';
import { monthly } from '../../core/upkeep/monthly';
import { quarterly } from '../../core/upkeep/quarterly';
import { watchedSince } from '../../core/watch/since';
import { folderStoreForTests } from '../support/folder-store';
import { putStored } from '../support/stored';

const store = folderStoreForTests();
const DAY = 86_400_000;
const DAILY = {
  kind: 'daily',
  schedule: { expression: 'cron(0 2 * * ? *)', timeZone: 'UTC' },
  allowanceMs: 1_800_000,
} as const;
const WEEKLY = {
  ...DAILY,
  kind: 'weekly',
  schedule: { expression: 'cron(0 3 ? * SUN *)', timeZone: 'UTC' },
} as const;
const PLACE: Place = {
  store: 's3://vault',
  database: 'app',
  region: 'eu-central-1',
  repository: 'https://example.com/neon-backup.git',
  assume: 'aws sts assume-role --role-arn ROLE',
};
const NOW = new Date('2026-12-01T08:00:00Z');

function facts(more: Partial<UpkeepOptions> = {}) {
  const policy = { daily: { keepDays: 90 }, weekly: { keepDays: 90 } };
  const options = { promises: [DAILY, WEEKLY], policy, secrets: 2, now: () => NOW };
  return readUpkeep(store(), { ...options, ...more });
}

function idOf(time: Date, tail: string): string {
  return `${time.toISOString().replace(/[-:]|\.\d+/g, '')}-${tail}`;
}

/** A VERIFIED backup of each night of a month and of one more before, and of each of its Sundays. */
async function putMonth(): Promise<void> {
  const first = new Date('2026-11-01T02:00:00Z');
  for (let night = 0; night <= 30; night++) {
    const time = new Date(first.getTime() + night * DAY);
    await putStored(store(), {
      id: idOf(time, 'dddd'),
      state: 'VERIFIED',
      bytes: 1e8 + night * 1e6,
    });
  }
  for (const day of ['08', '15', '22', '29'])
    await putStored(store(), {
      id: `202611${day}T030000Z-wwww`,
      kind: 'weekly',
      state: 'VERIFIED',
      bytes: 2e8,
      proof: 'restored',
      drilledAt: `2026-11-${day}T05:00:00.000Z`,
    });
}

beforeEach(() => watchedSince(store(), new Date('2026-01-01T00:00:00Z')));

describe('a month', () => {
  it('is told as it was, with what is there and what it costs', async () => {
    await putMonth();

    const { subject, text } = monthly(await facts(), PLACE);

    expect(subject).toBe('neon-backup: the month of app: 34 backups due, 34 VERIFIED');
    // The archives here are shorter than their manifests say.
    const told = text.replace(/[\d.]+ kB in 35/, 'X kB in 35');
    expect(told).toBe(`the month of app: 34 backups due, 34 VERIFIED

daily:       30 due, 30 made, 30 VERIFIED, 0 of them restored for a test; since 2026-11-01 08:00 UTC
weekly:      4 due, 4 made, 4 VERIFIED, 4 of them restored for a test; since 2026-11-01 08:00 UTC
Restore:     took 1.0 s for 20261129T030000Z-wwww (200.0 MB), on 2026-11-29 05:00 UTC
Storage:     X kB in 35 backups; 4.3 GB of it came in the month
             a daily backup takes 130.0 MB, and took 100.0 MB a month ago
Cost:        about $2.05 a month: storage $0.10, requests $0.06, functions $0.09, key and secrets $1.80
             (AWS list prices for us-east-1 of November 2026, without taxes and free tiers; logs, alarms and metrics come on top; the bill is what counts)
Retention:   daily: set to 90 days, and 3 VERIFIED ones at least; 31 are there, the oldest of 2026-11-01 02:00 UTC
             weekly: set to 90 days, and 3 VERIFIED ones at least; 4 are there, the oldest of 2026-11-08 03:00 UTC
Still safe:  20261201T020000Z-dddd (daily), data of 2026-12-01 02:00 UTC, VERIFIED (content)
What to do:  Nothing.

To restore what is safe, into an empty database, on any machine with Node and npm:
  git clone https://example.com/neon-backup.git neon-backup && cd neon-backup && npm ci
  export AWS_REGION=eu-central-1
  aws sts assume-role --role-arn ROLE
  npx neon-backup restore 20261201T020000Z-dddd --in s3://vault --into postgres://USER:PASSWORD@HOST/EMPTY_DATABASE
`);
  });

  it('shows what is missing, and what to do about it', async () => {
    await putStored(store(), { id: '20261130T020000Z-good', state: 'VERIFIED' });
    await putStored(store(), { id: '20261201T020000Z-badd', state: 'FAILED' });

    const { subject, text } = monthly(await facts({ promises: [DAILY] }), PLACE);

    expect(subject).toMatch(/30 backups due, 1 VERIFIED$/);
    expect(text).toContain('30 due, 2 made, 1 VERIFIED, 0 of them restored for a test');
    expect(text).toContain('Restore:     no backup was ever restored for a test');
    expect(text).toContain('npx neon-backup list --in s3://vault\n');
    expect(text).toContain('npx neon-backup verify latest --in s3://vault --drill embedded');
  });

  it('tells what of the source could stop a backup, and what to do, and nothing of what is well', async () => {
    await putMonth();
    const source = [
      ok('neon', 'project app'),
      warn('history', 'Neon can go back 24 h: 7 days are wished for', 'Run this.'),
      fail('branches', 'none is left to back up from', 'Delete some.'),
    ];

    const { text } = monthly(await facts(), PLACE, source);

    expect(text).toContain(`
Source:      Neon can go back 24 h: 7 days are wished for
             none is left to back up from
Still safe:`);
    expect(text).toContain('\nWhat to do:  Run this.\n             Delete some.\n');
    expect(text).not.toContain('project app');
  });

  it('tells of backups that no schedule asked for, and of nothing else that is not there', async () => {
    await putStored(store(), { id: '20261130T120000Z-hand', kind: 'manual', state: 'VERIFIED' });

    const { kinds } = await facts({ promises: [] });

    expect(kinds).toMatchObject([{ kind: 'manual', due: undefined, made: 1, verified: 1 }]);
  });

  it('begins where retention lets things go, so that what has gone is not missed', async () => {
    await putMonth();
    const policy = { daily: { keepDays: 10, keepMin: 3 } };

    const { kinds } = await facts({ promises: [DAILY], policy });

    expect(kinds[0]).toMatchObject({ due: 10, made: 10, verified: 10, there: 31, superseded: 21 });
  });

  it('owes nothing of the time before anybody watched', async () => {
    const fresh = { ...DAILY, schedule: { expression: 'rate(1 day)', timeZone: 'UTC' } };
    const now = () => new Date('2026-01-03T00:30:00Z');

    const { kinds, from } = await facts({ promises: [fresh], now });

    expect(from).toEqual(new Date('2025-12-03T00:30:00Z'));
    expect(kinds[0]).toMatchObject({ since: new Date('2026-01-01T00:00:00Z'), due: 2 });
  });

  it('is as short as the month before it', async () => {
    const { from } = await facts({ now: () => new Date('2026-03-31T08:00:00Z') });

    expect(from).toEqual(new Date('2026-02-28T08:00:00Z'));
  });
});

describe('the estimate of costs', () => {
  it('counts what lies in the cheaper class by the days that it is paid for', async () => {
    const bytes = 1e11;
    await putStored(store(), { id: '20261115T020000Z-aaaa', state: 'VERIFIED', bytes });
    await putStored(store(), { id: '20261201T020000Z-bbbb', state: 'VERIFIED', bytes });
    const storage = async (keepDays: number, coldAfterDays?: number) =>
      (await facts({ policy: { daily: { keepDays } }, coldAfterDays })).cost.storage;

    expect(await storage(30)).toBeCloseTo(2 * 2.3);
    expect(await storage(180, 1)).toBeCloseTo(2.3 + 0.4);
    expect(await storage(30, 1)).toBeCloseTo(2.3 + 3 * 0.4);
  });

  it('adds up', () => {
    const usage = {
      standardBytes: 1e10,
      coldBytesPaid: 0,
      writtenBytes: 0,
      backups: 40,
      files: 200,
      backupSeconds: 1000,
      secrets: 1,
    };

    const { storage, requests, functions, keyAndSecrets, total } = estimateCost(usage);

    expect(storage).toBeCloseTo(0.23);
    // 2,880 times 7 reads and 3 listings; 120 times manifest and verdict of 40, and 200 tags.
    expect(requests).toBeCloseTo((20_160 + 33_600) * 4e-7 + 8_640 * 5e-6, 7);
    expect(functions).toBeCloseTo((1500 * 1.769 + 1440) * 0.0000133334, 5);
    expect(keyAndSecrets).toBeCloseTo(1.4);
    expect(total).toBeCloseTo(storage + requests + functions + keyAndSecrets);
  });
});

describe('a quarter', () => {
  const deployment = { listeners: 2, credential: 'databaseUrl' };

  it('says what a person has to do, with the commands for this vault', async () => {
    await putMonth();

    const { subject, text } = quarterly(await facts(), deployment, PLACE);

    expect(subject).toBe('neon-backup: five things to do for the backups of app this quarter');
    const names = [...text.matchAll(/^([A-Z][\w ]+):/gm)].map(([, name]) => name);
    expect(names).toEqual([
      'Rehearse',
      'Retention',
      'Who is told',
      'Password',
      'Break glass',
      'Still safe',
    ]);
    for (const part of [
      'docs/restore.md',
      'daily: set to 90 days, and 3 VERIFIED ones at least; 31 are there',
      'npx pulumi preview',
      'npx neon-backup doctor --stack',
      'Confirmed by now: 2.',
      'npx neon-backup alarms test',
      'npx pulumi config set --secret neon-backup:databaseUrl\n',
      'docs/break-glass.md',
      '  aws sts assume-role --role-arn ROLE\n  npx neon-backup restore 20261201T020000Z-dddd --in s3://vault',
    ])
      expect(text).toContain(part);
  });

  it('hides nothing where nothing is safe', async () => {
    const { text } = quarterly(await facts(), deployment, PLACE);

    expect(text).toContain('daily: set to 90 days, and 3 VERIFIED ones at least; none is there');
    expect(text).toContain('Still safe:  NOTHING');
    expect(text).not.toContain('npx neon-backup restore');
  });
});
