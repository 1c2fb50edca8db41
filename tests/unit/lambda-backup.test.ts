import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionSettings } from '../../contract/settings';
import { BackupError } from '../../core/errors';
import { takeBackup } from '../../core/take/take';
import { emittedIn, printedBy } from '../infra/emf';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:database-url';
const PASSWORD = 'canary-7f31-password';
const CHANGED = 'canary-2b90-password';

jest.mock('../../core/take/take', () => ({ takeBackup: jest.fn() }));
jest.mock('@aws-lambda-powertools/parameters/secrets', () => ({ getSecret: jest.fn() }));
jest.mock('@aws-sdk/client-sns', () => ({
  SNSClient: class {
    send = published;
  },
  PublishCommand: class {
    input: unknown;
    constructor(input: unknown) {
      this.input = input;
    }
  },
}));
// Its tests are elsewhere; a folder keeps the same promises.
jest.mock('../../core/stores/s3', () => ({
  S3Store: jest.requireActual('../../core/stores/folder').FolderStore,
}));

const take = takeBackup as unknown as jest.Mock;
const published = jest.fn();
const { getSecret } = jest.requireMock('@aws-lambda-powertools/parameters/secrets');

const SETTINGS: FunctionSettings = {
  deployment: 'neon-backup-prod',
  store: 's3://vault/here',
  source: { kind: 'postgres', secret: SECRET },
  database: 'circuitiq',
  plain: true,
  notices: { topic: 'arn:aws:sns:eu-central-1:111122223333:backups' },
};
Object.assign(process.env, {
  AWS_REGION: 'eu-central-1',
  NEON_BACKUP_SETTINGS: JSON.stringify(SETTINGS),
});

const MANIFEST = {
  id: '20261123T020000Z-k3f9',
  database: 'circuitiq',
  files: [{ bytes: 40 }, { bytes: 2 }],
};
const DUE = '2026-11-23T02:00:00Z';

const home = process.cwd();
let folder: string;
let lines: string[];

async function run(event: unknown, remaining = 900_000, awsRequestId = 'a-call'): Promise<unknown> {
  const { handler } = require('../../lambda/backup');
  let result: unknown;
  lines = await printedBy(async () => {
    const call = { awsRequestId, getRemainingTimeInMillis: () => remaining };
    result = await handler(event, call).catch((error: unknown) => error);
  });
  return result;
}

function metrics() {
  return Object.fromEntries(emittedIn(lines).map(({ metricName, value }) => [metricName, value]));
}

/** The `s3://` of the settings is a folder's name here. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'neon-backup-lambda-'));
  process.chdir(folder);
});

beforeEach(() => {
  rmSync(join(folder, 's3:'), { recursive: true, force: true });
  take.mockReset().mockResolvedValue(MANIFEST);
  getSecret.mockReset().mockResolvedValue(`postgresql://app:${PASSWORD}@db.example.com/app`);
  published.mockReset();
});

afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

it('takes one backup, as the stack and the event say, and answers with its id', async () => {
  const result = await run({ kind: 'daily', scheduledAt: DUE });

  expect(result).toEqual({ id: MANIFEST.id });
  expect(take).toHaveBeenCalledTimes(1);
  expect(take).toHaveBeenCalledWith(
    expect.objectContaining({
      source: expect.objectContaining({ host: 'db.example.com', password: PASSWORD }),
      store: expect.objectContaining({ url: expect.stringMatching(/vault\/here$/) }),
      kind: 'daily',
      database: 'circuitiq',
      plain: true,
    }),
  );
});

it('counts a backup that was made, its bytes and its time', async () => {
  await run({ kind: 'weekly' });

  expect(metrics()).toEqual({
    BackupCompleted: 1,
    BackupFailed: 0,
    BackupBytes: 42,
    BackupDuration: expect.any(Number),
    BackupTimeLeft: 900,
  });
  expect(emittedIn(lines)[0]?.dimensions).toEqual({ service: 'neon-backup-prod', kind: 'weekly' });
  const ofAll = emittedIn(lines).filter(({ dimensions }) => dimensions.kind === 'all');
  expect(ofAll.map(({ metricName }) => metricName)).toEqual(['BackupFailed', 'BackupTimeLeft']);
});

it('counts a backup that failed, says why, and fails', async () => {
  const failure = new BackupError('auth', 'The server refused the password.', { cure: 'Mend it.' });
  take.mockRejectedValue(failure);

  await expect(run({ kind: 'daily' })).resolves.toBe(failure);

  expect(metrics()).toEqual({
    BackupCompleted: 0,
    BackupFailed: 1,
    BackupDuration: expect.any(Number),
  });
  const logged = lines.map((line) => JSON.parse(line)).find(({ level }) => level === 'ERROR');
  expect(logged).toMatchObject({ reason: 'auth', detail: failure.message, cure: 'Mend it.' });
});

it('tells people what failed, and never a secret', async () => {
  take.mockRejectedValue(new BackupError('hung', 'Nothing moved.', { cure: 'Check the server.' }));

  await run({ kind: 'daily', scheduledAt: DUE });

  const [{ input }] = published.mock.calls.map(([command]) => command);
  expect(input).toMatchObject({
    TopicArn: SETTINGS.notices?.topic,
    Subject: 'neon-backup: the daily backup of circuitiq failed',
    Message: expect.stringMatching(/Nothing moved\..*NOTHING.*Check the server\./s),
  });
  expect([...lines, JSON.stringify(input)].join()).not.toContain(PASSWORD);
});

it('counts a message that could not be sent, and fails with what had failed before', async () => {
  const failure = new BackupError('hung', 'Nothing moved.');
  take.mockRejectedValue(failure);
  published.mockRejectedValue(new Error('the topic is gone'));

  await expect(run({ kind: 'daily' })).resolves.toBe(failure);

  expect(metrics()).toMatchObject({ BackupFailed: 1, NoticeFailed: 1 });
});

it('reads the secret once in its life', async () => {
  await run({ kind: 'daily' }, undefined, 'first');
  await run({ kind: 'daily' }, undefined, 'second');

  expect(getSecret.mock.calls).toEqual([
    [SECRET, { maxAge: 86_400, forceFetch: false }],
    [SECRET, { maxAge: 86_400, forceFetch: false }],
  ]);
  expect(lines.join()).not.toContain(PASSWORD);
});

it('reads it anew where the server refuses the password that it knows', async () => {
  take.mockRejectedValueOnce(new BackupError('auth', 'The server refused the password.'));
  getSecret.mockImplementation(async (_arn: string, { forceFetch }: { forceFetch: boolean }) => {
    const password = forceFetch ? CHANGED : PASSWORD;
    return `postgresql://app:${password}@db.example.com/app`;
  });

  await expect(run({ kind: 'daily' })).resolves.toEqual({ id: MANIFEST.id });

  expect(take.mock.calls.map(([{ source }]) => source.password)).toEqual([PASSWORD, CHANGED]);
});

it('does the work of a scheduled time once, and answers with its id again', async () => {
  const results = [];
  for (const call of ['first', 'second'])
    results.push(await run({ kind: 'daily', scheduledAt: DUE }, undefined, call));

  expect(results).toEqual([{ id: MANIFEST.id }, { id: MANIFEST.id }]);
  expect(take).toHaveBeenCalledTimes(1);
  expect(metrics()).toEqual({});
});

it('does it anew after a failure, and also for the next scheduled time', async () => {
  take.mockRejectedValueOnce(new BackupError('hung', 'Nothing moved.'));
  for (const scheduledAt of [DUE, DUE, '2026-11-24T02:00:00Z'])
    await run({ kind: 'daily', scheduledAt });

  expect(take).toHaveBeenCalledTimes(3);
});

it.each([
  [{ kind: 'hourly' }, 'kind: '],
  [{}, 'kind: '],
  [{ kind: 'daily', scheduledAt: 'now' }, 'scheduledAt: '],
  [{ kind: 'daily', force: true }, 'force'],
  ['daily', 'object'],
  [null, 'object'],
])('refuses the event %j, touches nothing and counts a failure', async (event, why) => {
  await expect(run(event)).resolves.toMatchObject({
    reason: 'usage',
    message: expect.stringContaining(why),
  });

  expect(take).not.toHaveBeenCalled();
  expect(getSecret).not.toHaveBeenCalled();
  expect(emittedIn(lines)[0]?.dimensions.kind).toBe('unknown');
  expect(metrics()).toMatchObject({ BackupFailed: 1 });
});

it('refuses a secret that holds no text', async () => {
  getSecret.mockResolvedValueOnce(undefined);

  await expect(run({ kind: 'daily' })).resolves.toMatchObject({ reason: 'usage' });

  expect(take).not.toHaveBeenCalled();
});

it('stops the run while there is still time to clean up', async () => {
  take.mockImplementation(
    ({ signal }: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        const stop = () => reject(signal.reason);
        signal.aborted ? stop() : signal.addEventListener('abort', stop);
      }),
  );

  await expect(run({ kind: 'daily' }, 30_050)).resolves.toMatchObject({ reason: 'cancelled' });

  expect(metrics()).toMatchObject({ BackupFailed: 1 });
});
