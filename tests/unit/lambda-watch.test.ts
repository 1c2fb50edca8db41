import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionSettings, NeonSetting } from '../../contract/settings';
import type { Neon } from '../../core/neon/api';
import { FolderStore } from '../../core/stores/folder';
import { emittedIn, printedBy } from '../infra/emf';
import { putStored } from '../support/stored';

jest.mock('@aws-sdk/client-sns', () => {
  class Command {
    input: unknown;
    constructor(input: unknown) {
      this.input = input;
    }
  }
  return {
    SNSClient: class {
      send = asked;
    },
    PublishCommand: Command,
    GetTopicAttributesCommand: Command,
  };
});
// Its tests are elsewhere; a folder keeps the same promises.
jest.mock('../../core/stores/s3', () => ({
  S3Store: jest.requireActual('../../core/stores/folder').FolderStore,
}));

jest.mock('@aws-lambda-powertools/parameters/secrets', () => ({
  getSecret: async () => 'napi_canary_key',
}));
// What it finds is tested elsewhere, of what behaves as Neon does.
jest.mock('../../core/doctor/neon', () => ({ askProject: askedOfNeon }));

const asked = jest.fn();
const askedOfNeon = jest.fn();
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:backups';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x';
const SETTINGS: FunctionSettings = {
  deployment: 'neon-backup-prod',
  store: 's3://vault/here',
  source: { kind: 'postgres', secret: SECRET },
  schedules: { daily: { expression: 'cron(0 2 * * ? *)', timeZone: 'UTC' } },
};
/** As SNS answers; its numbers are texts. */
const ATTRIBUTES = { SubscriptionsConfirmed: '2', SubscriptionsPending: '1' };

const home = process.cwd();
let folder: string;

/** The `s3://` of the settings is a folder's name here. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neon-backup-watch-'));
  process.chdir(folder);
  asked.mockReset().mockResolvedValue({ Attributes: ATTRIBUTES });
});

afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

async function watch(
  event: unknown,
  notices: FunctionSettings['notices'] = { topic: TOPIC },
  more: Partial<FunctionSettings> = {},
) {
  process.env.NEON_BACKUP_SETTINGS = JSON.stringify({ ...SETTINGS, notices, ...more });
  let error: unknown;
  const lines = await printedBy(async () => {
    await jest.isolateModulesAsync(async () => {
      await require('../../lambda/watch')
        .handler(event)
        .catch((thrown: unknown) => {
          error = thrown;
        });
    });
  });
  const metrics = emittedIn(lines.filter((line) => line.startsWith('{'))).map(
    ({ metricName, value }) => [metricName, value],
  );
  return { error, metrics: Object.fromEntries(metrics) as Record<string, number>, lines };
}

it.each([
  [{ topic: TOPIC }, 2],
  [{ topic: TOPIC, webhook: SECRET }, 1],
  [{ webhook: SECRET }, 0],
  [{}, 0],
])('counts the people who hear of anything: of %j %d', async (notices, listeners) => {
  const { metrics } = await watch({}, notices);

  expect(metrics.Listeners).toBe(listeners);
});

it('publishes what it saw also where nobody can say who hears it, and fails', async () => {
  asked.mockRejectedValue(new Error('the topic is gone'));

  const { error, metrics } = await watch({});

  expect(error).toMatchObject({ message: 'the topic is gone' });
  expect(metrics).toMatchObject({ BackupOverdue: 0, WatchCompleted: 0, WatchFailed: 1 });
  expect(metrics).not.toHaveProperty('Listeners');
});

it('says in every hour what silence must not be taken for, and all that there is four times a day', async () => {
  const always = ['BackupOverdue', 'Listeners', 'WatchCompleted'];
  const namesAt = async (scheduledAt: string) =>
    Object.keys((await watch({ scheduledAt })).metrics).sort();

  expect(await namesAt('2026-11-23T02:00:00Z')).toEqual(always);
  expect(await namesAt('2026-11-23T06:00:00Z')).toEqual(
    [...always, 'DrillAge', 'StoredBytes', 'TagContradictions'].sort(),
  );
});

it.each([
  ['2026-11-23T00:00:00Z', true],
  ['2026-11-23T06:14:59Z', true],
  ['2026-11-23T06:15:00Z', false],
  ['2026-11-23T07:00:00Z', false],
  [undefined, true],
])('of the runs of a day, that of %s reads the tags: %s', async (scheduledAt, read) => {
  const { metrics } = await watch({ ...(scheduledAt && { scheduledAt }) });

  expect('TagContradictions' in metrics).toBe(read);
});

it('says what the newest backup was like while it is new, and no more of it later', async () => {
  const store = new FolderStore('s3://vault/here');
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  const put = (minutes: number, id: string) =>
    putStored(store, { id, state: 'VERIFIED', time: ago(minutes).toISOString(), seconds: 60 });
  const ofOne = ['BackupSizeTrend', 'BackupDurationTrend', 'BackupTimeToLimit', 'ServerMajor'];

  await put(60, '20261122T020000Z-aaaa');
  const later = await watch({});
  await put(5, '20261123T020000Z-bbbb');
  const soon = await watch({});

  for (const name of ofOne) expect(later.metrics).not.toHaveProperty(name);
  for (const name of ofOne) expect(soon.metrics).toHaveProperty(name);
  expect(soon.metrics).toMatchObject({ BackupTimeToLimit: 840, BackupSizeTrend: 100 });
});

describe('a source at Neon', () => {
  const source: NeonSetting = {
    kind: 'neon',
    secret: SECRET,
    project: 'calm-sea-12345678',
    branch: 'main',
    historyWindow: 7 * 86_400,
    withoutBranch: 'direct',
  };
  const scratch = { kind: 'neon', secret: SECRET, project: source.project } as const;
  const look = () => watch({}, { topic: TOPIC }, { source, drill: { scratch } });

  beforeEach(() => askedOfNeon.mockReset().mockResolvedValue([]));

  it('is asked for what backups and drills need of it, and for the history that is wished for', async () => {
    const { metrics } = await look();

    expect(metrics.NeonProblems).toBe(0);
    expect(askedOfNeon.mock.calls[0]?.[1]).toMatchObject({
      ...{ branch: 'main', historyWindow: 7 * 86_400, withoutBranch: 'direct', drills: true },
    });
  });

  it('is looked at after all that the vault shows was said, and takes nothing of that back', async () => {
    askedOfNeon.mockRejectedValue(new TypeError('nobody foresaw this'));

    const { error, metrics, lines } = await look();
    const said = (name: string) => lines.findIndex((line) => line.includes(`"${name}":`));

    expect(error).toMatchObject({ message: 'nobody foresaw this' });
    expect(metrics).toMatchObject({ BackupOverdue: 0, TagContradictions: 0, WatchFailed: 1 });
    expect(lines.join()).toMatch(/"WatchCompleted":1/);
    expect(said('Listeners')).toBeLessThan(said('WatchFailed'));
    expect(metrics).not.toHaveProperty('NeonProblems');
  });

  it('has a minute to answer, and is no problem where it does not', async () => {
    jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'setImmediate', 'queueMicrotask'] });
    askedOfNeon.mockImplementation(({ manners: { signal } }: Neon) => {
      const ended = once(signal as AbortSignal, 'abort').then(() => signal?.throwIfAborted());
      jest.advanceTimersByTime(60_000);
      return ended;
    });

    const { error, metrics, lines } = await look().finally(() => jest.useRealTimers());

    expect(error).toBeUndefined();
    expect(metrics).toMatchObject({ WatchCompleted: 1 });
    expect(metrics).not.toHaveProperty('NeonProblems');
    expect(lines.join()).toMatch(/"WARN".*did not answer within a minute/);
  });
});

it('asks nothing of Neon where the source is none of its', async () => {
  askedOfNeon.mockReset();

  const { metrics } = await watch({});

  expect(askedOfNeon).not.toHaveBeenCalled();
  expect(metrics).not.toHaveProperty('NeonProblems');
});

it.each([{ upkeep: 'yearly' }, { id: 'x' }, 'monthly', null])(
  'refuses the event %j, and counts that',
  async (event) => {
    const { error, metrics } = await watch(event);

    expect(error).toMatchObject({ reason: 'usage' });
    expect(metrics).toEqual({ WatchCompleted: 0, WatchFailed: 1 });
  },
);
