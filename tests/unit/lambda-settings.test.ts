import type { FunctionSettings } from '../../contract/settings';
import { readSettings } from '../../lambda/settings';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x';
const LEAST: FunctionSettings = {
  deployment: 'neon-backup-prod',
  store: 's3://vault',
  source: { kind: 'postgres', secret: SECRET },
};

function read(settings: unknown) {
  const text = typeof settings === 'string' ? settings : JSON.stringify(settings);
  return readSettings({ NEON_BACKUP_SETTINGS: text });
}

it('needs three things, and knows what is usual for the others', () => {
  expect(read(LEAST)).toMatchObject({
    ...LEAST,
    plain: false,
    criticalTables: [],
    shrinkLimit: 0.5,
    retention: { daily: { keepDays: 30, keepMin: 3 } },
    schedules: {},
    limits: { backup: 900, verify: 900 },
    drill: { when: 'separate', trustSource: false },
    notices: {},
  });
});

it('takes everything that the stack can say', () => {
  const all: Required<FunctionSettings> = {
    ...LEAST,
    database: 'circuitiq',
    plain: true,
    criticalTables: ['User', 'Diagram'],
    mayBeEmpty: ['Draft'],
    shrinkLimit: 0.2,
    retention: { daily: { keepDays: 14 }, weekly: { keepMin: 9 } },
    lockTimeoutSeconds: 5,
    stallTimeoutSeconds: 60,
    schedules: { daily: { expression: 'cron(0 2 * * ? *)', timeZone: 'Europe/Berlin' } },
    limits: { backup: 600, verify: 300 },
    drill: { when: 'always', maxBytes: 1e9, scratch: { kind: 'postgres', secret: SECRET } },
    notices: {
      topic: SECRET,
      webhook: SECRET,
      repository: 'https://example.com/neon-backup.git',
      assume: 'aws sts assume-role --role-arn ROLE',
    },
    coldAfterDays: 1,
    secretVersions: ['v1'],
  };

  expect(read(all)).toMatchObject({ ...all, retention: { daily: { keepDays: 14, keepMin: 3 } } });
});

it('takes a scratch on Neon, which names no database', () => {
  const scratch = { kind: 'neon', secret: SECRET, project: 'quiet-moon-1', branch: 'production' };

  expect(read({ ...LEAST, drill: { scratch } }).drill).toMatchObject({ scratch });
  const wrong = { ...LEAST, drill: { scratch: { ...scratch, database: 'app' } } };
  expect(() => read(wrong)).toThrow(/drill\.scratch/);
});

it.each([
  ['deployment', undefined],
  ['store', 'https://vault'],
  ['source', 'postgresql://app:password@host/app'],
  ['source.kind', { kind: 'oracle', secret: SECRET }],
  ['source.secret', { kind: 'postgres', secret: 'postgresql://app:password@host/app' }],
  ['plain', 'perhaps'],
  ['schedules.daily', { daily: 'cron(0 2 * * ? *)' }],
  ['limits.backup', { backup: 901 }],
  ['retention.daily.keepDays', { daily: { keepDays: 0 } }],
])('names the setting %s when it is %j, and not its value', (path, value) => {
  const wrong = () => read({ ...LEAST, [path.split('.')[0] as string]: value });

  expect(wrong).toThrow(expect.objectContaining({ reason: 'usage' }));
  expect(wrong).toThrow(`${path}: `);
  expect(wrong).not.toThrow(/password/);
});

it.each([
  [undefined, 'it is not set'],
  ['{', 'it is no JSON'],
  [{ ...LEAST, retension: {} }, 'retension'],
])('refuses %j', (settings, why) => {
  const wrong = () =>
    settings === undefined ? readSettings({}) : read(settings as FunctionSettings);

  expect(wrong).toThrow(why);
});
