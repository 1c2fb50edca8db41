import { parseBackupEvent } from '../../lambda/event';
import { emit } from '../../lambda/metrics';
import { readSettings } from '../../lambda/settings';
import { emittedIn, printedBy } from './emf';
import { CANARY, DATABASE_URL, declared, find, mockCloud, resolved, runProgram } from './graph';

/** How Pulumi's wire format marks a secret. */
const SECRET = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270' };

let outputs: Record<string, unknown>;

beforeAll(async () => {
  await mockCloud();
  outputs = await runProgram();
});

it('declares exactly these resources, under names that never change', () => {
  expect(declared.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
    'aws:cloudwatch/logGroup:LogGroup backup-log',
    'aws:cloudwatch/metricAlarm:MetricAlarm alarms-heartbeat',
    'aws:iam/role:Role backup-role',
    'aws:iam/role:Role daily-role',
    'aws:iam/rolePolicy:RolePolicy backup-policy',
    'aws:iam/rolePolicy:RolePolicy daily-policy',
    'aws:lambda/function:Function backup-function',
    'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig backup-calls',
    'aws:lambda/layerVersion:LayerVersion client-tools',
    'aws:s3/bucket:Bucket vault-bucket',
    'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration vault-lifecycle',
    'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock vault-privacy',
    'aws:s3/bucketVersioning:BucketVersioning vault-versioning',
    'aws:scheduler/schedule:Schedule daily-schedule',
    'aws:secretsmanager/secret:Secret database-url-secret',
    'aws:secretsmanager/secretVersion:SecretVersion database-url-value',
    'aws:sns/topic:Topic alarms-topic',
    'aws:sns/topicSubscription:TopicSubscription alarms-email',
    'neon-backup:infra:Alarms alarms',
    'neon-backup:infra:BackupFunction backup',
    'neon-backup:infra:Schedule daily',
    'neon-backup:infra:StoredSecret database-url',
    'neon-backup:infra:Vault vault',
  ]);
});

describe('the database URL', () => {
  it('goes into the secret, marked as one', () => {
    const { inputs } = find('aws:secretsmanager/secretVersion:SecretVersion', 'database-url-value');

    expect(inputs.secretString).toEqual({ ...SECRET, value: DATABASE_URL });
  });

  it('goes nowhere else', () => {
    const holders = declared.filter(({ inputs }) => JSON.stringify(inputs).includes(CANARY));

    expect(holders.map(({ name }) => name)).toEqual(['database-url-value']);
  });
});

describe('the backup function', () => {
  const inputs = () => find('aws:lambda/function:Function', 'backup-function').inputs;

  it('runs on Node 24 on arm64 with the client tools, within the limits of the settings', () => {
    expect(inputs()).toMatchObject({
      runtime: 'nodejs24.x',
      architectures: ['arm64'],
      handler: 'index.handler',
      layers: ['arn:aws:mock:eu-central-1:111122223333:client-tools'],
      memorySize: 1769,
      timeout: 900,
      loggingConfig: { logFormat: 'JSON', logGroup: 'backup-log' },
    });
  });

  it('is told what it has to know, and understands it', () => {
    expect(readSettings(inputs().environment.variables)).toMatchObject({
      deployment: 'neon-backup-prod',
      store: 's3://vault-bucket',
      source: {
        kind: 'postgres',
        secret: 'arn:aws:mock:eu-central-1:111122223333:database-url-secret',
      },
      database: 'circuitiq',
      plain: true,
      schedules: { daily: { expression: 'cron(0 2 * * ? *)', timeZone: 'UTC' } },
      limits: { backup: 900 },
      notices: { topic: 'arn:aws:mock:eu-central-1:111122223333:alarms-topic' },
    });
  });

  it('may do what its code calls, and nothing else', () => {
    const { policy } = find('aws:iam/rolePolicy:RolePolicy', 'backup-policy').inputs;
    const vault = 'arn:aws:mock:eu-central-1:111122223333:vault-bucket';

    expect(JSON.parse(policy).Statement).toEqual([
      {
        Sid: 'WriteLog',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: 'arn:aws:mock:eu-central-1:111122223333:backup-log:*',
      },
      {
        Sid: 'ListBackups',
        Effect: 'Allow',
        Action: ['s3:ListBucket', 's3:ListBucketMultipartUploads'],
        Resource: vault,
      },
      {
        Sid: 'WriteBackups',
        Effect: 'Allow',
        Action: [
          's3:GetObject',
          's3:ListMultipartUploadParts',
          's3:PutObject',
          's3:AbortMultipartUpload',
        ],
        Resource: `${vault}/*`,
      },
      {
        Sid: 'ReadSecret',
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue'],
        Resource: 'arn:aws:mock:eu-central-1:111122223333:database-url-secret',
      },
      {
        Sid: 'SendNotices',
        Effect: 'Allow',
        Action: ['sns:Publish'],
        Resource: 'arn:aws:mock:eu-central-1:111122223333:alarms-topic',
      },
    ]);
  });

  it('can be taken on by Lambda alone', () => {
    const { assumeRolePolicy } = find('aws:iam/role:Role', 'backup-role').inputs;

    expect(JSON.parse(assumeRolePolicy).Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    ]);
  });

  it('is not run a second time when a call of it failed', () => {
    const type = 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig';

    expect(find(type, 'backup-calls').inputs).toEqual({
      functionName: 'backup-function',
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 3600,
    });
  });

  it('keeps its log for a year', () => {
    expect(find('aws:cloudwatch/logGroup:LogGroup', 'backup-log').inputs).toEqual({
      retentionInDays: 365,
    });
  });
});

describe('the daily schedule', () => {
  const inputs = () => find('aws:scheduler/schedule:Schedule', 'daily-schedule').inputs;

  it('starts the backup function at two in the morning, UTC', () => {
    expect(inputs()).toMatchObject({
      scheduleExpression: 'cron(0 2 * * ? *)',
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: 'arn:aws:mock:eu-central-1:111122223333:backup-function',
        roleArn: 'arn:aws:mock:eu-central-1:111122223333:daily-role',
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 3 },
      },
    });
  });

  it('sends an event that the function understands', () => {
    const due = '2026-11-23T02:00:00Z';
    const sent = inputs().target.input.replace('<aws.scheduler.scheduled-time>', due);

    expect(parseBackupEvent(JSON.parse(sent))).toEqual({ kind: 'daily', scheduledAt: due });
  });

  it('may call that one function, on behalf of this account alone', () => {
    const { assumeRolePolicy } = find('aws:iam/role:Role', 'daily-role').inputs;
    const { policy } = find('aws:iam/rolePolicy:RolePolicy', 'daily-policy').inputs;

    expect(JSON.parse(assumeRolePolicy).Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
      },
    ]);
    expect(JSON.parse(policy).Statement).toEqual([
      {
        Sid: 'CallFunction',
        Effect: 'Allow',
        Action: ['lambda:InvokeFunction'],
        Resource: 'arn:aws:mock:eu-central-1:111122223333:backup-function',
      },
    ]);
  });
});

describe('the heartbeat alarm', () => {
  const inputs = () => find('aws:cloudwatch/metricAlarm:MetricAlarm', 'alarms-heartbeat').inputs;

  it('watches the very series that a daily backup of this deployment writes', async () => {
    const { variables } = find('aws:lambda/function:Function', 'backup-function').inputs
      .environment;
    const service = readSettings(variables).deployment;
    const lines = await printedBy(() => emit({ service, kind: 'daily' }, { completed: 1 }));

    const { namespace, metricName, unit, dimensions } = inputs();

    expect(emittedIn(lines)).toEqual([{ namespace, metricName, unit, dimensions, value: 1 }]);
  });

  it('is raised by silence, and says so to the topic', () => {
    expect(inputs()).toMatchObject({
      statistic: 'Sum',
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      period: 3600,
      evaluationPeriods: 26,
      datapointsToAlarm: 26,
      treatMissingData: 'breaching',
      alarmActions: ['arn:aws:mock:eu-central-1:111122223333:alarms-topic'],
      okActions: ['arn:aws:mock:eu-central-1:111122223333:alarms-topic'],
    });
    expect(find('aws:sns/topicSubscription:TopicSubscription', 'alarms-email').inputs).toEqual({
      topic: 'arn:aws:mock:eu-central-1:111122223333:alarms-topic',
      protocol: 'email',
      endpoint: 'ops@example.com',
    });
  });
});

describe('the outputs', () => {
  it('are what an operator needs', async () => {
    const entries = Object.entries(outputs as Record<string, Parameters<typeof resolved>[0]>);
    const values = await Promise.all(entries.map(async ([key, out]) => [key, await resolved(out)]));

    expect(Object.fromEntries(values)).toEqual({
      store: 's3://vault-bucket',
      backupFunction: 'backup-function',
      dailySchedule: 'daily-schedule',
      heartbeatAlarm: 'alarms-heartbeat',
      testAlarm:
        'aws cloudwatch set-alarm-state --alarm-name alarms-heartbeat --state-value ALARM --state-reason test',
    });
  });
});
