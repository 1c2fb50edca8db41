import { BackupError } from '../../core/errors';
import { takeBackup } from '../../core/take/take';
import { emittedIn, printedBy } from '../infra/emf';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:database-url';
const PASSWORD = 'canary-7f31-password';

jest.mock('../../core/take/take', () => ({ takeBackup: jest.fn() }));
jest.mock('@aws-lambda-powertools/parameters/secrets', () => ({
  getSecret: jest.fn(async () => `postgresql://app:${PASSWORD}@db.example.com/app`),
}));

const take = takeBackup as unknown as jest.Mock;
const { getSecret } = jest.requireMock('@aws-lambda-powertools/parameters/secrets');

Object.assign(process.env, {
  AWS_REGION: 'eu-central-1',
  DEPLOYMENT: 'neon-backup-prod',
  BACKUP_STORE: 's3://vault/here',
  DATABASE_URL_SECRET: SECRET,
  DATABASE_NAME: 'circuitiq',
  PLAIN_SQL: 'true',
});

const MANIFEST = {
  id: '20261123T020000Z-k3f9',
  database: 'circuitiq',
  files: [{ bytes: 40 }, { bytes: 2 }],
};

let lines: string[];

async function run(event: unknown, remaining = 900_000): Promise<unknown> {
  const { handler } = require('../../lambda/backup');
  let result: unknown;
  lines = await printedBy(async () => {
    result = await handler(event, { getRemainingTimeInMillis: () => remaining }).catch(
      (error: unknown) => error,
    );
  });
  return result;
}

function metrics() {
  return Object.fromEntries(emittedIn(lines).map(({ metricName, value }) => [metricName, value]));
}

beforeEach(() => {
  take.mockReset().mockResolvedValue(MANIFEST);
  getSecret.mockClear();
});

it('takes one backup, as the stack and the event say, and answers with its id', async () => {
  const result = await run({ kind: 'daily', scheduledAt: '2026-11-23T02:00:00Z' });

  expect(result).toEqual({ id: MANIFEST.id });
  expect(take).toHaveBeenCalledTimes(1);
  expect(take).toHaveBeenCalledWith(
    expect.objectContaining({
      source: expect.objectContaining({ host: 'db.example.com', password: PASSWORD }),
      store: expect.objectContaining({ url: 's3://vault/here' }),
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
  });
  expect(emittedIn(lines)[0]?.dimensions).toEqual({ service: 'neon-backup-prod', kind: 'weekly' });
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

it('reads the secret for every run, and never prints it', async () => {
  await run({ kind: 'daily' });
  const first = lines;
  await run({ kind: 'daily' });

  expect(getSecret.mock.calls).toEqual([
    [SECRET, { forceFetch: true }],
    [SECRET, { forceFetch: true }],
  ]);
  expect([...first, ...lines].join()).not.toContain(PASSWORD);
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
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  );

  await expect(run({ kind: 'daily' }, 30_050)).resolves.toMatchObject({ reason: 'cancelled' });

  expect(metrics()).toMatchObject({ BackupFailed: 1 });
});
