import { declaredAlarms } from './evaluator/alarms';
import { cloud, Deployment, QUARTER } from './evaluator/deployment';
import {
  DAY,
  type Event,
  every,
  HOUR,
  happen,
  MINUTE,
  made,
  type Raised,
  raisedIn,
  watching,
} from './evaluator/timeline';
import { CANARY, mockCloud, runProgram } from './graph';

// Its tests are elsewhere: a folder keeps the same promises, but for tags.
jest.mock('../../core/stores/s3', () => {
  const { FolderStore } = jest.requireActual('../../core/stores/folder');
  class S3Store extends FolderStore {
    retiredAs = async () => cloud.tag;
  }
  return { S3Store };
});
jest.mock('@aws-sdk/client-sns', () => {
  class Command {}
  class SNSClient {
    async send() {
      if (!cloud.topic) throw new Error('the topic does not answer');
      return { Attributes: { SubscriptionsConfirmed: String(cloud.listeners) } };
    }
  }
  return { SNSClient, PublishCommand: Command, GetTopicAttributesCommand: Command };
});

jest.mock('../../core/doctor/neon', () => ({ askProject: async () => cloud.project }));
jest.mock('../../lambda/secrets', () => ({
  withSecret: (_: string, work: (secret: string) => unknown) => work('napi_nobody'),
}));

/** How many periods more CloudWatch retrieves is not documented: what is promised holds for few and many. */
const EXTRA = [1, 4];

const SUNDAY = Date.parse('2026-11-22T03:00:00Z');
/** Tuesday evening: the next daily backup is due at 02:00, the next weekly one on Sunday. */
const TUESDAY = Date.parse('2026-11-24T20:00:00Z');
const SATURDAY = Date.parse('2026-11-28T20:00:00Z');
/** From the evening to the daily and the weekly backup. */
const [DAILY, WEEKLY] = [6 * HOUR, 7 * HOUR];
/** What the functions may take until a backup is VERIFIED. */
const LIMITS = 30 * MINUTE;

let life: Deployment;
const seen = new Set<string>();

beforeAll(async () => {
  await mockCloud();
  // Neon as the source declares every alarm of the others too.
  await runProgram({
    'neon-backup:databaseUrl': undefined,
    'neon-backup:neonApiKey': `napi_${CANARY}`,
    'neon-backup:neonProjectId': 'calm-sea-12345678',
  });
});
afterEach(() => life.close());

/** A deployment that has been well for a month. */
async function settled(start: number, drilled = start - 3 * DAY): Promise<string> {
  life = new Deployment(start);
  await life.vault.watchedSince(start - 30 * DAY);
  const drilledAt = new Date(drilled).toISOString();
  await life.vault.store('weekly', SUNDAY - 14 * DAY, {
    state: 'VERIFIED',
    proof: 'restored',
    drilledAt,
  });
  for (const ago of [7, 0])
    await life.vault.store('weekly', SUNDAY - ago * DAY, { state: 'VERIFIED' });
  const days = every(DAY, start - 7 * DAY - 18 * HOUR, start - 18 * HOUR);
  const folders: string[] = [];
  for (const day of days) folders.push(await life.vault.store('daily', day, { state: 'VERIFIED' }));
  return folders[2] as string;
}

/** The alarms that are raised in those hours; the same, however many periods are retrieved. */
function raised(start: number, hours: number): Map<string, Raised> {
  const [few, many] = EXTRA.map((extra) => raisedIn(life, start, start + hours * HOUR, extra));
  const names = (all = new Map<string, Raised>()) => [...all.keys()].sort();
  expect(names(few)).toEqual(names(many));
  for (const name of few?.keys() ?? []) seen.add(name);
  const later = [...(many ?? [])].map(([name, { at, until }]) => [
    name,
    { at: Math.max(at, few?.get(name)?.at ?? 0), until },
  ]);
  return new Map(later as [string, Raised][]);
}

const namesOf = (alarms: Map<string, Raised>) => [...alarms.keys()].sort();
const stillRaised = (alarms: Map<string, Raised>) =>
  [...alarms].filter(([, { until }]) => until === undefined).map(([name]) => name);

it('a new deployment in which nothing is ever VERIFIED is quiet for three hours, and then is not', async () => {
  life = new Deployment(TUESDAY);
  await happen(...watching(life, TUESDAY, TUESDAY + 8 * HOUR));

  const alarms = raised(TUESDAY, 8);

  expect(namesOf(alarms)).toEqual(['overdue']);
  for (const { at } of alarms.values()) {
    expect(at).toBeGreaterThan(TUESDAY + 3 * HOUR);
    expect(at).toBeLessThanOrEqual(TUESDAY + 5 * HOUR);
  }
});

it('a new deployment that is well stays quiet through its first week', async () => {
  life = new Deployment(TUESDAY);
  const [sunday, end] = [TUESDAY + 4 * DAY, TUESDAY + 8 * DAY];
  let weekly = '';
  await happen(
    ...watching(life, TUESDAY, end),
    [TUESDAY + 20 * MINUTE, (now) => life.verdict('manual', now)],
    ...every(DAY, TUESDAY + DAILY, end).flatMap((due) => made(life, 'daily', due)),
    [sunday + WEEKLY, (now) => life.backup('weekly', now)],
    [
      sunday + WEEKLY + 5 * MINUTE,
      async (now) => {
        weekly = await life.verdict('weekly', now);
      },
    ],
    [sunday + WEEKLY + 2 * HOUR, (now) => life.drill(weekly, now)],
  );

  expect(namesOf(raised(TUESDAY, 8 * 24))).toEqual([]);
});

it('a daily backup that is missed is heard of within two hours, and so is its recovery', async () => {
  await settled(TUESDAY);
  const due = TUESDAY + DAILY;
  await happen(
    ...watching(life, TUESDAY, TUESDAY + 14 * HOUR),
    ...made(life, 'daily', due + 6 * HOUR),
  );

  const alarms = raised(TUESDAY, 14);

  expect(namesOf(alarms)).toEqual(['overdue']);
  expect(alarms.get('overdue')?.at).toBeGreaterThan(due + LIMITS);
  expect(alarms.get('overdue')?.at).toBeLessThanOrEqual(due + LIMITS + 2 * HOUR);
  expect(stillRaised(alarms)).toEqual([]);
});

it.each([
  ['everything is dead', () => []],
  ['the watch alone is dead', () => made(life, 'daily', TUESDAY + DAILY)],
])('silence is heard of within two hours: %s', async (_, others) => {
  await settled(TUESDAY);
  const dead = TUESDAY + 3 * HOUR;
  await happen(...watching(life, TUESDAY, dead - MINUTE), ...others());

  const alarms = raised(TUESDAY, 12);

  expect(namesOf(alarms)).toEqual(['overdue', 'watch-silent']);
  for (const { at } of alarms.values()) {
    expect(at).toBeGreaterThan(dead);
    expect(at).toBeLessThanOrEqual(dead + 2 * HOUR);
  }
});

const NO_KEY = { level: 'fail', subject: 'auth', detail: 'the key is no longer good' } as const;

/** One night after which all is well again, and the alarms that it raises. */
interface Night {
  /** In the place of the daily backup. */
  readonly daily?: (due: number) => Event[];
  readonly events?: (evening: number) => Event[];
  readonly raised: readonly string[];
}

const again = (due: number): Event[] => made(life, 'daily', due + 4 * HOUR);

const NIGHTS: Record<string, Night> = {
  'nothing happens': { raised: [] },

  'a run ends without a backup': {
    daily: (due) => [[due, (now) => life.backup('daily', now, { failed: true })], ...again(due)],
    raised: ['backup-errors', 'backup-failed', 'overdue'],
  },
  'a backup is FAILED': {
    daily: (due) => [
      [due, (now) => life.verdict('daily', now, { state: 'FAILED' })],
      ...again(due),
    ],
    raised: ['overdue', 'verification-failed'],
  },
  'no verdict is reached': {
    daily: (due) => [[due, (now) => life.noVerdict('verify', now)], ...again(due)],
    raised: ['overdue', 'verification-failed', 'verify-errors'],
  },
  'a backup is UNVERIFIABLE': {
    daily: (due) => [
      [due, (now) => life.verdict('daily', now, { state: 'UNVERIFIABLE' })],
      ...again(due),
    ],
    raised: ['overdue', 'unverifiable'],
  },
  'a backup is less than half as large': {
    daily: (due) => [[due, (now) => life.verdict('daily', now, { bytes: 3 })], ...again(due)],
    raised: ['size-dropped'],
  },
  'a backup is done just before its limit': {
    daily: (due) => [
      [due, (now) => life.backup('daily', now, { timeLeft: 90 })],
      [due + MINUTE, (now) => life.verdict('daily', now)],
      ...again(due),
    ],
    raised: ['backup-near-limit'],
  },
  'a verification is done just before its limit': {
    daily: (due) => [[due, (now) => life.verdict('daily', now, { timeLeft: 90 })], ...again(due)],
    raised: ['verify-near-limit'],
  },
  'the backup function is not let run': {
    daily: (due) => [
      [due, (now) => life.aws('backup', 'Throttles', now, 1)],
      ...made(life, 'daily', due + MINUTE),
    ],
    raised: ['throttles'],
  },
  'the verify function is not let run': {
    events: (evening) => [[evening, (now) => life.aws('verify', 'Throttles', now, 1)]],
    raised: ['throttles'],
  },
  'a drill reaches no verdict': {
    events: (evening) => [[evening, (now) => life.noVerdict('drill', now)]],
    raised: ['verification-failed'],
  },
  'an event reaches no function': {
    events: (evening) =>
      every(5 * MINUTE, evening, evening + 8 * HOUR).map((at) => [
        at,
        (now) => life.waiting(now, now > evening + HOUR && now < evening + 3 * HOUR ? 1 : 0),
      ]),
    raised: ['dead-letters'],
  },
  'the topic does not answer the watch for two hours': {
    events: (evening) => [
      [evening + HOUR + MINUTE, () => Object.assign(cloud, { topic: false })],
      [evening + 3 * HOUR + MINUTE, () => Object.assign(cloud, { topic: true })],
    ],
    raised: ['watch-silent'],
  },
  'the monthly message can not be sent': {
    events: (evening) => [
      [evening + 61 * MINUTE, () => Object.assign(cloud, { topic: false })],
      [evening + 62 * MINUTE, (now) => life.watch(now, { upkeep: 'monthly' })],
      [evening + 63 * MINUTE, () => Object.assign(cloud, { topic: true })],
    ],
    raised: ['notice-failed'],
  },
  'the only subscription is gone for two hours': {
    events: (evening) => [
      [evening + HOUR + MINUTE, () => Object.assign(cloud, { listeners: 0 })],
      [evening + 3 * HOUR + MINUTE, () => Object.assign(cloud, { listeners: 1 })],
    ],
    raised: ['nobody-listens'],
  },
  'backups that are to stay are tagged to go for two hours': {
    events: (evening) => [
      [evening + HOUR + MINUTE, (now) => life.tagged(now)],
      [evening + 3 * HOUR + MINUTE, () => Object.assign(cloud, { tag: undefined })],
    ],
    raised: ['tags-contradict'],
  },
  "Neon's plan is nearly full for a day": {
    events: (evening) => [
      [evening + HOUR, (now) => life.snapshot(now, 1)],
      [evening + 13 * HOUR, (now) => life.snapshot(now, 5)],
    ],
    raised: ['branches-near-limit'],
  },
};

it.each(Object.entries(NIGHTS))(
  'a night in which %s',
  async (_, { daily, events, raised: names }) => {
    await settled(TUESDAY);
    const due = TUESDAY + DAILY;
    await happen(
      ...watching(life, TUESDAY, TUESDAY + 18 * HOUR),
      ...(daily?.(due) ?? made(life, 'daily', due)),
      ...(events?.(TUESDAY) ?? []),
    );

    const alarms = raised(TUESDAY, 18);

    expect(namesOf(alarms)).toEqual(names);
    expect(stillRaised(alarms)).toEqual([]);
  },
);

it('a weekly backup that is missed is heard of within two hours', async () => {
  await settled(SATURDAY);
  const due = SATURDAY + WEEKLY;
  await happen(
    ...watching(life, SATURDAY, SATURDAY + 12 * HOUR),
    ...made(life, 'daily', SATURDAY + DAILY),
  );

  const alarms = raised(SATURDAY, 12);

  expect(namesOf(alarms)).toEqual(['overdue']);
  expect(alarms.get('overdue')?.at).toBeLessThanOrEqual(due + LIMITS + 2 * HOUR);
});

it('a weekly backup that is less than half as large is heard of', async () => {
  await settled(SATURDAY);
  await happen(
    ...watching(life, SATURDAY, SATURDAY + 12 * HOUR),
    ...made(life, 'daily', SATURDAY + DAILY),
    [SATURDAY + WEEKLY, (now) => life.verdict('weekly', now, { bytes: 3 })],
  );

  expect(namesOf(raised(SATURDAY, 12))).toEqual(['size-dropped']);
});

/** Every backup is read four times a day, and Neon asked. */
const BETWEEN_WHOLE_LOOKS = 6 * HOUR;

it('a key of Neon that stops working is heard of within six hours, and so is its recovery', async () => {
  await settled(TUESDAY);
  const [lost, mended] = [TUESDAY + 5 * HOUR, TUESDAY + 11 * HOUR];
  await happen(
    ...watching(life, TUESDAY, TUESDAY + 18 * HOUR),
    ...made(life, 'daily', TUESDAY + DAILY),
    [lost, () => Object.assign(cloud, { project: [NO_KEY] })],
    [mended, () => Object.assign(cloud, { project: [] })],
  );

  const alarms = raised(TUESDAY, 18);

  expect(namesOf(alarms)).toEqual(['neon-problems']);
  expect(alarms.get('neon-problems')?.at).toBeGreaterThan(lost);
  expect(alarms.get('neon-problems')?.at).toBeLessThanOrEqual(lost + BETWEEN_WHOLE_LOOKS + QUARTER);
  expect(alarms.get('neon-problems')?.until).toBeGreaterThan(mended);
});

it('a drill is overdue after eight days, until there is one', async () => {
  const drilled = TUESDAY + 4 * HOUR + QUARTER - 8 * DAY;
  await settled(TUESDAY, drilled);
  let made = '';
  await happen(
    ...watching(life, TUESDAY, TUESDAY + 18 * HOUR),
    [
      TUESDAY + DAILY,
      async (now) => {
        made = await life.verdict('daily', now);
      },
    ],
    [TUESDAY + 12 * HOUR, (now) => life.drill(made, now)],
  );

  const alarms = raised(TUESDAY, 18);

  expect(namesOf(alarms)).toEqual(['drill-overdue']);
  expect(alarms.get('drill-overdue')?.at).toBeLessThanOrEqual(
    drilled + 8 * DAY + BETWEEN_WHOLE_LOOKS,
  );
  expect(stillRaised(alarms)).toEqual([]);
});

it.each([
  [
    'holds more than its budget',
    'storage-over-budget',
    (folder: string) => life.vault.grow(folder, 101e9),
  ],
  ['has a backup that can not be read', 'unreadable', (folder: string) => life.vault.spoil(folder)],
])('a vault that %s is heard of', async (_, name, change) => {
  const folder = await settled(TUESDAY);
  await happen(
    ...watching(life, TUESDAY, TUESDAY + 12 * HOUR),
    ...made(life, 'daily', TUESDAY + DAILY),
    [TUESDAY + HOUR, () => change(folder)],
  );

  expect(namesOf(raised(TUESDAY, 12))).toEqual([name]);
});

it('every alarm that is declared was raised by what it is for', () => {
  expect([...seen].sort()).toEqual(
    declaredAlarms()
      .map(({ name }) => name)
      .sort(),
  );
});
