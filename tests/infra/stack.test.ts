import * as pulumi from '@pulumi/pulumi';
import { readSettings } from '../../lambda/settings';
import {
  CANARY,
  DATABASE_URL,
  declared,
  find,
  mockCloud,
  resolved,
  runProgram,
  SECRET,
} from './graph';

const ARN = 'arn:aws:mock:eu-central-1:111122223333';
let outputs: Record<string, unknown>;

beforeAll(async () => {
  await mockCloud();
  outputs = await runProgram();
});

const namesOf = (type: RegExp) =>
  declared
    .filter((one) => type.test(one.type))
    .map(({ name }) => name)
    .sort();

describe('what is declared, under names that never change', () => {
  it.each([
    [
      'what holds data',
      /s3\/bucket:|kms\/key:/,
      ['encryption-key', 'vault-access-log', 'vault-bucket'],
    ],
    [
      'functions',
      /lambda\/function:/,
      ['backup-function', 'drill-function', 'status-function', 'verify-function', 'watch-function'],
    ],
    [
      'schedules',
      /scheduler\/schedule:/,
      [
        'daily-schedule',
        'drill-schedule',
        'monthly-schedule',
        'quarterly-schedule',
        'watch-schedule',
        'weekly-schedule',
      ],
    ],
    [
      'roles',
      /iam\/role:/,
      [
        'backup-role',
        'drill-role',
        'restore-role',
        'schedules-role',
        'status-role',
        'verify-role',
        'watch-role',
      ],
    ],
    ['secrets', /secretsmanager\/secret:/, ['database-url-secret']],
    [
      'alarms',
      /metricAlarm:/,
      [
        'alarms-backup-errors',
        'alarms-backup-failed',
        'alarms-backup-near-limit',
        'alarms-dead-letters',
        'alarms-drill-overdue',
        'alarms-nobody-listens',
        'alarms-notice-failed',
        'alarms-overdue',
        'alarms-size-dropped',
        'alarms-storage-over-budget',
        'alarms-tags-contradict',
        'alarms-throttles',
        'alarms-unreadable',
        'alarms-unverifiable',
        'alarms-verification-failed',
        'alarms-verify-errors',
        'alarms-verify-near-limit',
        'alarms-watch-silent',
      ],
    ],
    [
      'messages',
      /^aws:(sns|sqs)/,
      [
        'dead-letters-policy',
        'dead-letters-queue',
        'notices-email',
        'notices-policy',
        'notices-topic',
      ],
    ],
    [
      'components',
      /^neon-backup:infra:/,
      [
        ...['alarms', 'backup', 'dashboard', 'database-url', 'dead-letters', 'drill', 'encryption'],
        ...[
          'functions',
          'notices',
          'restore',
          'schedules',
          'status',
          'tagging',
          'vault',
          'verification',
        ],
        ...['verify', 'watch'],
      ],
    ],
    ['nothing of GitHub, and no second region', /github|pulumi:providers/, []],
  ])('%s', (_, type, names) => {
    expect(namesOf(type)).toEqual(names);
  });
});

describe('the database URL', () => {
  it('goes into the secret, marked as one, under our own key', () => {
    const { inputs } = find('aws:secretsmanager/secretVersion:SecretVersion', 'database-url-value');
    const secret = find('aws:secretsmanager/secret:Secret', 'database-url-secret').inputs;

    expect(inputs.secretString).toEqual({ ...SECRET, value: DATABASE_URL });
    expect(secret.kmsKeyId).toBe(`${ARN}:encryption-key`);
  });

  it('goes nowhere else', () => {
    const holders = declared.filter(({ inputs }) => JSON.stringify(inputs).includes(CANARY));

    expect(holders.map(({ name }) => name)).toEqual(['database-url-value']);
  });
});

describe('what the functions are told', () => {
  const settings = () =>
    readSettings(
      find('aws:lambda/function:Function', 'backup-function').inputs.environment.variables,
    );

  it('is what they understand', () => {
    const timeZone = 'UTC';
    expect(settings()).toMatchObject({
      deployment: 'neon-backup-prod',
      store: 's3://vault-bucket',
      source: { kind: 'postgres', secret: `${ARN}:database-url-secret` },
      database: 'circuitiq',
      plain: true,
      criticalTables: ['User', 'Diagram', 'Analysis', 'Component'],
      shrinkLimit: 0.5,
      retention: {
        daily: { keepDays: 30, keepMin: 7 },
        weekly: { keepDays: 90, keepMin: 4 },
        'pre-deploy': { keepDays: 30, keepMin: 3 },
        manual: { keepDays: 30, keepMin: 3 },
      },
      schedules: {
        daily: { expression: 'cron(0 2 * * ? *)', timeZone },
        weekly: { expression: 'cron(0 3 ? * SUN *)', timeZone },
      },
      limits: { backup: 900, verify: 900 },
      drill: { when: 'separate' },
      notices: { topic: `${ARN}:notices-topic` },
      coldAfterDays: 1,
      secretVersions: ['database-url-value-version'],
    });
  });

  it('names the line that takes on the restore role', () => {
    expect(settings().notices.assume).toContain(
      `aws sts assume-role --role-arn ${ARN}:restore-role`,
    );
  });

  it('is the same for all of them', () => {
    const functions = declared.filter(({ type }) => type === 'aws:lambda/function:Function');
    const told = functions.map(({ inputs }) => JSON.stringify(inputs.environment));

    expect(new Set(told).size).toBe(1);
  });
});

describe('with everything that can be asked for', () => {
  const CANARIES = {
    'neon-backup:webhookUrl': `https://hooks.example.com/${CANARY}`,
    'neon-backup:drillScratchUrl': `postgresql://drill:${CANARY}@scratch.example.com/postgres`,
    'neon-backup:githubToken': `ghp_${CANARY}`,
  };

  beforeAll(async () => {
    await mockCloud();
    await runProgram({
      ...CANARIES,
      'neon-backup:replicaRegion': 'eu-west-1',
      'neon-backup:githubRepository': 'circuitiq/app',
      'neon-backup:reservedConcurrency': '2',
      'neon-backup:restorePrincipals': '["arn:aws:iam::111122223333:user/ops"]',
    });
  });

  it('keeps every secret marked as one', () => {
    const clear = declared.filter(({ inputs }) => holdsInClear(inputs));

    expect(clear.map(({ name }) => name)).toEqual([]);
  });

  it('stores the webhook and the scratch as secrets, and GitHub knows neither', () => {
    expect(namesOf(/secretsmanager\/secret:/)).toEqual([
      'database-url-secret',
      'drill-scratch-url-secret',
      'webhook-url-secret',
    ]);
    const github = declared.filter(({ type }) => type.startsWith('github:'));
    expect(github.map(({ name }) => name)).toContain('github-NEON_BACKUP_ROLE');
    expect(JSON.stringify(github)).not.toContain(CANARY);
  });

  it('lets only those whom the settings name take the restore role on', () => {
    const { assumeRolePolicy } = find('aws:iam/role:Role', 'restore-role').inputs;

    expect(JSON.parse(assumeRolePolicy).Statement[0].Principal).toEqual({
      AWS: ['arn:aws:iam::111122223333:user/ops'],
    });
  });

  it('makes a second vault that is as well kept as the first', () => {
    expect(namesOf(/s3\/bucket:/)).toEqual([
      'replica-vault-access-log',
      'replica-vault-bucket',
      'vault-access-log',
      'vault-bucket',
    ]);
  });
});

/** A canary anywhere but in the value of a secret. */
function holdsInClear(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(CANARY);
  if (typeof value !== 'object' || value === null) return false;
  const marked = Object.entries(SECRET).every(([key, mark]) => Reflect.get(value, key) === mark);
  return !marked && Object.values(value).some(holdsInClear);
}

describe('the outputs', () => {
  it('are what an operator needs, the commands first', async () => {
    const known = await resolved<object>(pulumi.output(outputs));

    expect(Object.keys(known)[0]).toBe('commands');
    expect(known).toMatchObject({
      commands: {
        list: 'npx neon-backup list --in s3://vault-bucket',
        restore: expect.stringMatching(/^npx neon-backup restore latest --in s3:\/\/vault-bucket/),
        backUpNow: expect.stringContaining('--function-name neon-backup-prod-backup'),
        testAlarms: 'npx neon-backup alarms test',
        doctor: 'npx neon-backup doctor --stack',
      },
      deployment: 'neon-backup-prod',
      region: 'eu-central-1',
      store: 's3://vault-bucket',
      functions: { backup: 'neon-backup-prod-backup', status: 'neon-backup-prod-status' },
      scheduleGroup: 'schedules-group',
      schedules: { daily: 'daily-schedule', quarterly: 'quarterly-schedule' },
      topic: `${ARN}:notices-topic`,
      email: 'ops@example.com',
      emailPending: true,
      restoreRole: `${ARN}:restore-role`,
    });
  });
});
