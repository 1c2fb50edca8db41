import {
  parseBackupEvent,
  parseDrillEvent,
  parseVerifyEvent,
  parseWatchEvent,
} from '../../lambda/event';
import { declared, find, mockCloud, runProgram } from './graph';

const ARN = 'arn:aws:mock:eu-central-1:111122223333';
const QUEUE = `${ARN}:dead-letters-queue`;
const DUE = '2026-11-23T02:00:00Z';

beforeAll(async () => {
  await mockCloud();
  await runProgram();
});

describe('the functions', () => {
  const inputsOf = (name: string) =>
    find('aws:lambda/function:Function', `${name}-function`).inputs;

  it.each(['backup', 'verify', 'drill'])(
    'that move data, as %s does, have the client tools and the limits of the settings',
    (name) => {
      expect(inputsOf(name)).toMatchObject({
        runtime: 'nodejs24.x',
        architectures: ['arm64'],
        handler: 'index.handler',
        layers: [`${ARN}:client-tools`],
        memorySize: 1769,
        timeout: 900,
        ephemeralStorage: { size: 512 },
        reservedConcurrentExecutions: -1,
        loggingConfig: { logFormat: 'JSON', logGroup: `${name}-log` },
      });
    },
  );

  it.each(['watch', 'status'])('that only look, as %s does, are small', (name) => {
    expect(inputsOf(name)).toMatchObject({ layers: [], memorySize: 512, timeout: 120 });
  });

  it.each(['backup', 'verify', 'drill', 'watch', 'status'])(
    'are not called again by Lambda: what %s failed at is kept, and heard of',
    (name) => {
      const type = 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig';
      expect(find(type, `${name}-calls`).inputs).toEqual({
        functionName: `neon-backup-prod-${name}`,
        maximumRetryAttempts: 0,
        maximumEventAgeInSeconds: 3600,
        destinationConfig: { onFailure: { destination: QUEUE } },
      });
    },
  );

  it('keep their logs for a year, under our own key', () => {
    const logs = declared.filter(({ type }) => type === 'aws:cloudwatch/logGroup:LogGroup');

    expect(logs.map(({ inputs }) => inputs)).toEqual(
      Array(5).fill({ retentionInDays: 365, kmsKeyId: `${ARN}:encryption-key` }),
    );
  });
});

describe('the schedules', () => {
  const inputsOf = (name: string) =>
    find('aws:scheduler/schedule:Schedule', `${name}-schedule`).inputs;
  const eventOf = (name: string) =>
    JSON.parse(inputsOf(name).target.input.replace('<aws.scheduler.scheduled-time>', DUE));

  it.each([
    ['daily', 'cron(0 2 * * ? *)', 'backup'],
    ['weekly', 'cron(0 3 ? * SUN *)', 'backup'],
    ['drill', 'cron(0 5 ? * SUN *)', 'drill'],
    ['watch', 'rate(15 minutes)', 'watch'],
    ['monthly', 'cron(0 8 1 * ? *)', 'watch'],
    ['quarterly', 'cron(0 9 1 1,4,7,10 ? *)', 'watch'],
  ])('call at %s %s the function %s, and keep what can not be told', (name, expression, called) => {
    expect(inputsOf(name)).toMatchObject({
      groupName: 'schedules-group',
      state: 'ENABLED',
      scheduleExpression: expression,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: `${ARN}:${called}-function`,
        roleArn: `${ARN}:schedules-role`,
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 3 },
        deadLetterConfig: { arn: QUEUE },
      },
    });
  });

  it('send what the functions understand', () => {
    expect(parseBackupEvent(eventOf('daily'))).toEqual({ kind: 'daily', scheduledAt: DUE });
    expect(parseBackupEvent(eventOf('weekly'))).toEqual({ kind: 'weekly', scheduledAt: DUE });
    expect(parseDrillEvent(eventOf('drill'))).toEqual({ scheduledAt: DUE });
    expect(parseWatchEvent(eventOf('watch'))).toEqual({ scheduledAt: DUE });
    expect(parseWatchEvent(eventOf('monthly'))).toMatchObject({ upkeep: 'monthly' });
    expect(parseWatchEvent(eventOf('quarterly'))).toMatchObject({ upkeep: 'quarterly' });
  });

  it('may call these functions, for this group of schedules alone', () => {
    const { assumeRolePolicy } = find('aws:iam/role:Role', 'schedules-role').inputs;
    const { policy } = find('aws:iam/rolePolicy:RolePolicy', 'schedules-policy').inputs;

    expect(JSON.parse(assumeRolePolicy).Statement[0].Condition).toEqual({
      StringEquals: {
        'aws:SourceAccount': '111122223333',
        'aws:SourceArn': `${ARN}:schedules-group`,
      },
    });
    expect(JSON.parse(policy).Statement[0].Resource).toEqual(
      ['backup', 'drill', 'watch'].map((name) => `${ARN}:${name}-function`),
    );
  });
});

describe('a finished manifest', () => {
  it('starts the verification, in this vault alone', () => {
    const { eventPattern } = find('aws:cloudwatch/eventRule:EventRule', 'verification-rule').inputs;

    expect(JSON.parse(eventPattern)).toEqual({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: {
        bucket: { name: ['vault-bucket'] },
        object: { key: [{ suffix: '/manifest.json' }] },
      },
    });
    expect(
      find('aws:cloudwatch/eventTarget:EventTarget', 'verification-target').inputs,
    ).toMatchObject({ arn: `${ARN}:verify-function`, deadLetterConfig: { arn: QUEUE } });
    expect(find('aws:lambda/permission:Permission', 'verification-permission').inputs).toEqual({
      function: 'neon-backup-prod-verify',
      action: 'lambda:InvokeFunction',
      principal: 'events.amazonaws.com',
      sourceArn: `${ARN}:verification-rule`,
    });
  });

  it('that is tagged calls the watch, which reads every tag then', () => {
    const { eventPattern } = find('aws:cloudwatch/eventRule:EventRule', 'tagging-rule').inputs;
    const target = find('aws:cloudwatch/eventTarget:EventTarget', 'tagging-target').inputs;

    expect(JSON.parse(eventPattern)['detail-type']).toEqual(['Object Tags Added']);
    expect(target.arn).toBe(`${ARN}:watch-function`);
    expect(parseWatchEvent(JSON.parse(target.input))).toEqual({});
  });

  it('is what the function takes the event for', () => {
    const key = 'app/daily/20261123T020000Z-k3f9/manifest.json';
    const detail = { bucket: { name: 'vault-bucket' }, object: { key } };
    const event = { source: 'aws.s3', 'detail-type': 'Object Created', detail };

    expect(parseVerifyEvent(event, 's3://vault-bucket').id).toBe('20261123T020000Z-k3f9');
  });
});

describe('messages', () => {
  it('go to the address, encrypted with a key that alarms may use', () => {
    expect(find('aws:sns/topic:Topic', 'notices-topic').inputs).toMatchObject({
      kmsMasterKeyId: `${ARN}:encryption-key`,
    });
    expect(find('aws:sns/topicSubscription:TopicSubscription', 'notices-email').inputs).toEqual({
      topic: `${ARN}:notices-topic`,
      protocol: 'email',
      endpoint: 'ops@example.com',
    });
  });

  it('that reach no function are kept for two weeks', () => {
    expect(find('aws:sqs/queue:Queue', 'dead-letters-queue').inputs).toMatchObject({
      kmsMasterKeyId: `${ARN}:encryption-key`,
      messageRetentionSeconds: 14 * 86_400,
    });
  });
});
