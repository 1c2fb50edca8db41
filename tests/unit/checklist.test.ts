import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerChecklist } from '../../cli/checklist/answers';
import type { Facts } from '../../cli/checklist/facts';
import { type Job, readLocalJobs } from '../../cli/checklist/jobs';
import { readCatalog } from '../../core/catalog';
import { crontabEntry } from '../../core/schedule/crontab';
import type { ScheduledJob } from '../../core/schedule/job';
import { launchdPlist } from '../../core/schedule/launchd';
import { systemdUnits } from '../../core/schedule/systemd';
import { folderStoreForTests } from '../support/folder-store';
import { putStored, type Stored } from '../support/stored';

const store = folderStoreForTests();
const NOW = new Date('2026-11-25T12:00:00Z');
const COMMANDS = {
  ...{ backUp: 'back up', verify: 'verify', drill: 'drill', schedule: 'schedule' },
  ...{ remind: 'remind', usage: 'usage', review: 'review' },
};
const NOTHING: Facts = {
  ...{ now: NOW, store: './backups', backups: [], storedBytes: 0, policy: {}, jobs: [] },
  ...{ url: 'nowhere', neonctl: false, commands: COMMANDS },
};

async function backups(...stored: Stored[]): Promise<Facts['backups']> {
  for (const each of stored) await putStored(store(), each);
  return (await readCatalog(store())).backups;
}

/** What is said of the one box whose name begins so. */
function about(box: string, facts: Partial<Facts>) {
  const found = answerChecklist({ ...NOTHING, ...facts }).filter((answer) =>
    answer.box.startsWith(box),
  );
  expect(found).toHaveLength(1);
  const [{ state, evidence, mend } = { state: '', evidence: '' }] = found;
  return { state, evidence, mend };
}

it("answers every box of the strategy's checklists, each once, in its order", () => {
  expect(answerChecklist(NOTHING).map(({ section, box }) => `${section} | ${box}`)).toEqual([
    'Week 1: Setup Basic Backups | Verify Neon plan supports point-in-time recovery',
    'Week 1: Setup Basic Backups | Install `neonctl` CLI tool',
    'Week 1: Setup Basic Backups | Create first manual backup branch',
    'Week 1: Setup Basic Backups | Document connection strings securely',
    'Week 2: Automate Backups | Create `backup-db.sh` script',
    'Week 2: Automate Backups | Test manual backup locally',
    'Week 2: Automate Backups | Set up cron job OR GitHub Action',
    'Week 2: Automate Backups | Verify backup runs successfully',
    'Week 3: Backup Verification | Create `verify-backup.sh` script',
    'Week 3: Backup Verification | Test restore to local database',
    'Week 3: Backup Verification | Document restore procedure',
    'Week 3: Backup Verification | Set calendar reminder to test quarterly',
    'Ongoing: Maintenance | Monitor backup storage usage',
    'Ongoing: Maintenance | Test restore every 3 months',
    'Ongoing: Maintenance | Review backup retention policy',
    'Ongoing: Maintenance | Update disaster recovery docs',
  ]);
});

it('has evidence for every answer, and says what mends each that is not done', () => {
  for (const { state, evidence, mend } of answerChecklist(NOTHING)) {
    expect(evidence).not.toBe('');
    expect(Boolean(mend)).toBe(state !== 'done');
  }
});

it('claims nothing of an empty store that nothing writes to', () => {
  const done = answerChecklist(NOTHING).filter(({ state }) => state === 'done');
  expect(done.map(({ box }) => box)).toEqual([
    'Create `backup-db.sh` script',
    'Create `verify-backup.sh` script',
    'Document restore procedure',
  ]);
});

describe('a restore within three months', () => {
  const drilledAt = (at: string, proof: Stored['proof'] = 'restored') =>
    backups({ id: '20260801T020000Z-aaaa', state: 'VERIFIED', proof, drilledAt: at });

  it.each([
    ['2026-08-25T12:00:00Z', 'done', 'the last restore was 92 days ago, of 20260801T020000Z-aaaa'],
    ['2026-08-25T11:00:00Z', 'not', 'the last restore was 92 days ago, of 20260801T020000Z-aaaa'],
  ])('of one on %s, is %s', async (at, state, evidence) => {
    const mend = state === 'done' ? undefined : 'drill';
    const facts = { backups: await drilledAt(at) };
    expect(about('Test restore every', facts)).toEqual({ state, evidence, mend });
    expect(about('Test restore to', facts).state).toBe('done');
  });

  it('is not one that ended with a difference', async () => {
    const facts = { backups: await drilledAt('2026-11-25T11:00:00Z', null) };
    expect(about('Test restore every', facts).state).toBe('not');
    expect(about('Test restore to', facts).state).toBe('not');
  });

  it('is the newest of all', async () => {
    const [older, newer] = ['20261101T020000Z-aaaa', '20261010T020000Z-bbbb'];
    const drilled = { state: 'VERIFIED', proof: 'restored' } as const;
    const both = await backups(
      { ...drilled, id: older, drilledAt: '2026-11-02T12:00:00Z' },
      { ...drilled, id: newer, drilledAt: '2026-11-20T12:00:00Z' },
    );
    expect(about('Test restore every', { backups: both }).evidence).toMatch(
      `5 days ago, of ${newer}`,
    );
  });
});

describe('backups that run', () => {
  const run = (everyDays: number): Job => ({ does: 'backup', everyDays, by: 'the crontab' });
  const VERIFIED = { state: 'VERIFIED' } as const;

  it.each([
    ['daily', '20261124T020000Z-aaaa', [run(7), run(1)], 'done'],
    ['daily', '20261122T020000Z-aaaa', [run(7), run(1)], 'not'],
    ['weekly', '20261118T020000Z-aaaa', [run(7)], 'done'],
    ['weekly', '20261116T020000Z-aaaa', [run(7)], 'not'],
    ['by hand, a week ago', '20261118T020000Z-aaaa', [], 'done'],
  ])('%s: VERIFIED %s', async (_, id, jobs, state) => {
    const facts = { backups: await backups({ ...VERIFIED, id }), jobs };
    expect(about('Verify backup runs', facts)).toMatchObject({
      state,
      evidence: expect.stringContaining(id),
      mend: state === 'not' ? 'back up' : undefined,
    });
  });

  it('without a verdict prove nothing: they are to be verified', async () => {
    const facts = { backups: await backups({ id: '20261125T020000Z-aaaa' }) };
    expect(about('Verify backup runs', facts)).toEqual({
      ...{ state: 'not', evidence: '1 backups, none of them VERIFIED', mend: 'verify' },
    });
  });

  it('by themselves are named with who starts them', () => {
    const drill: Job = { does: 'drill', everyDays: 7, by: 'the crontab' };
    expect(about('Set up cron', { jobs: [run(1)] })).toMatchObject({ evidence: 'the crontab' });
    expect(about('Set up cron', { jobs: [drill] })).toMatchObject({
      state: 'not',
      mend: 'schedule',
    });
    expect(about('Set calendar', { jobs: [drill] })).toMatchObject({ state: 'done' });
    expect(about('Set calendar', { jobs: [run(1)] })).toMatchObject({ state: 'by hand' });
  });

  it('by hand are those of the kind manual', async () => {
    const daily = await backups({ id: '20261125T020000Z-aaaa', kind: 'daily' });
    expect(about('Test manual', { backups: daily })).toMatchObject({
      state: 'not',
      mend: 'back up',
    });
    const both = await backups({ id: '20261125T010000Z-bbbb', kind: 'manual' });
    expect(about('Test manual', { backups: both })).toMatchObject({
      ...{ state: 'done', evidence: '20261125T010000Z-bbbb, 11 h old' },
    });
  });
});

it('says of retention what is configured, and what is really kept', async () => {
  const kept = await backups(
    { id: '20261125T020000Z-aaaa', kind: 'daily' },
    { id: '20261020T020000Z-bbbb', kind: 'daily' },
  );
  const policy = { daily: { keepDays: 40, keepMin: 7 } };
  expect(about('Review backup retention', { backups: kept, policy })).toMatchObject({
    state: 'by hand',
    evidence: expect.stringMatching(
      /manual 30 days and at least 3 \(there: none\); daily 40 days and at least 7 \(there: 2, the oldest 36 days old\)/,
    ),
  });
});

it('says what the storage takes, and who looks at it', () => {
  const facts = { storedBytes: 1_500_000 };
  expect(about('Monitor', facts)).toMatchObject({
    ...{ state: 'by hand', evidence: '0 backups take 1.5 MB in ./backups', mend: 'usage' },
  });
  const watch: Job = { does: 'watch', everyDays: 1, by: 'the schedule watch-1' };
  expect(about('Monitor', { ...facts, jobs: [watch] })).toMatchObject({
    ...{ state: 'done', evidence: expect.stringMatching(/; the schedule watch-1 looks at it$/) },
  });
});

it.each([
  ['private', 'done'],
  ['stack', 'done'],
  ['exposed', 'not'],
  ['environment', 'by hand'],
  ['nowhere', 'by hand'],
] as const)('takes a URL that is %s for %s', (url, state) => {
  expect(about('Document connection', { url }).state).toBe(state);
});

describe('Neon', () => {
  const neon = { project: 'quiet-moon-1', plan: 'launch', historySeconds: 604_800, branches: [] };

  it('is asked where a key is given', () => {
    const branches = [{ name: 'backup-20261124', createdAt: new Date('2026-11-24T12:00:00Z') }];
    expect(about('Verify Neon', { neon })).toMatchObject({
      ...{ state: 'done', evidence: 'project quiet-moon-1 can go back 7 days, plan launch' },
    });
    expect(about('Create first', { neon: { ...neon, branches } })).toMatchObject({
      ...{ state: 'done', evidence: 'backup-20261124, made 24 h ago' },
    });
    expect(about('Create first', { neon })).toMatchObject({
      ...{ state: 'not', mend: expect.stringContaining('neon:quiet-moon-1') },
    });
    expect(about('Verify Neon', { neon: { ...neon, historySeconds: 0 } }).state).toBe('not');
  });

  it('is left to a person where none is, or where the source is not Neon’s', async () => {
    expect(about('Verify Neon', {})).toMatchObject({
      ...{ state: 'by hand', evidence: 'to be told, set NEON_API_KEY and NEON_PROJECT_ID' },
    });
    const elsewhere = await backups({ id: '20261125T020000Z-aaaa' });
    expect(about('Create first', { backups: elsewhere })).toMatchObject({
      ...{
        state: 'by hand',
        evidence: expect.stringContaining("db.example.com, which is not Neon's"),
      },
    });
  });
});

describe("this machine's schedulers", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "neon-backup it's home-"));
    for (const folder of [
      'bin',
      'Library/LaunchAgents',
      '.config/systemd/user/timers.target.wants',
    ])
      mkdirSync(join(home, folder), { recursive: true });
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const RUN = ['run', '--to', './backups', '--kind', 'daily'];
  const DRILL = ['verify', 'latest', '--in', './backups', '--drill', 'embedded'];
  const SUNDAY = { hour: 5, minute: 0, weekday: 0 };
  const job = (args: string[], schedule?: ScheduledJob['schedule']): ScheduledJob => ({
    ...{ args, schedule, cwd: home, node: '/usr/bin/node', path: '/usr/bin', logFile: '/tmp/log' },
    script: join(home, 'neon-backup/dist/neon-backup.js'),
  });
  const read = () => readLocalJobs({ HOME: home, PATH: `${join(home, 'bin')}:/bin:/usr/bin` });
  const crontab = (text: string) => {
    writeFileSync(join(home, 'crontab'), text);
    const script = `#!/bin/sh\n[ "$1" = -l ] && cat "$HOME/crontab"\n`;
    writeFileSync(join(home, 'bin/crontab'), script, { mode: 0o755 });
  };

  it('without an entry of ours have none', async () => {
    crontab('0 2 * * * cd ~/neon-backup && npm run demo\n# 0 2 * * * npx neon-backup run\n');
    writeFileSync(join(home, 'Library/LaunchAgents/other.plist'), launchdPlist(job(['list'])));
    expect(await read()).toEqual([]);
  });

  it('have those that cron prints for the crontab, and what people write by hand', async () => {
    crontab(
      `${crontabEntry(job(RUN))}${crontabEntry(job(DRILL, SUNDAY))}@weekly npx neon-backup run --to x\n`,
    );
    const by = 'the crontab';
    expect(await read()).toEqual([
      { does: 'backup', everyDays: 1, by },
      { does: 'drill', everyDays: 7, by },
      { does: 'backup', everyDays: 7, by },
    ]);
  });

  it('have those that cron prints for launchd', async () => {
    crontab('');
    const folder = join(home, 'Library/LaunchAgents');
    writeFileSync(join(folder, 'neon-backup.plist'), launchdPlist(job(RUN, SUNDAY)));
    expect(await read()).toEqual([
      { does: 'backup', everyDays: 7, by: 'launchd, neon-backup.plist' },
    ]);
  });

  it('have those that cron prints for systemd, once they are enabled', async () => {
    crontab('');
    const folder = join(home, '.config/systemd/user');
    const { service, timer } = systemdUnits(job(RUN));
    writeFileSync(join(folder, 'neon-backup.service'), service);
    writeFileSync(join(folder, 'neon-backup.timer'), timer);
    expect(await read()).toEqual([]);
    const enabled = join(folder, 'timers.target.wants/neon-backup.timer');
    symlinkSync(join(folder, 'neon-backup.timer'), enabled);
    expect(await read()).toEqual([
      { does: 'backup', everyDays: 1, by: 'systemd, neon-backup.timer' },
    ]);
  });
});
