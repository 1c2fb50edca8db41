import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmInput,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteBucketLifecycleCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
  type UpdateScheduleInput,
} from '@aws-sdk/client-scheduler';
import {
  ListSubscriptionsByTopicCommand,
  SNSClient,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Answer } from '../../cli/checklist/answers';
import { examineStack } from '../../cli/stack/examine';
import { stampOf } from '../../contract/keys';
import type { StackOutputs } from '../../contract/outputs';
import type { Finding } from '../../core/doctor/finding';
import { S3Store } from '../../core/stores/s3';
import { parseS3Url } from '../../core/stores/s3-client';
import { accountForTests, given, unique } from '../support/aws-account';
import { makeVault } from '../support/aws-resources';
import { buildCli, runCli } from '../support/faults/cli';
import { EMAIL, makeStack } from '../support/stack';
import { putStored } from '../support/stored';

const CANARY = 'canary-4c0e-secret';
const account = accountForTests();
const folder = mkdtempSync(join(tmpdir(), 'neon-backup-stack-'));
const NOW = new Date();
const ID = `${stampOf(new Date(NOW.getTime() - 3_600_000))}-good`;

let stack: StackOutputs;

beforeAll(() => buildCli());
beforeEach(async () => {
  stack = await makeStack(account());
  await putStored(new S3Store(stack.store), {
    ...{ id: ID, state: 'VERIFIED', proof: 'restored' },
    drilledAt: NOW.toISOString(),
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is not as it should be. */
async function wrong(changed: Partial<StackOutputs> = {}): Promise<Finding[]> {
  const findings = await examineStack({ ...stack, ...changed }, NOW);
  return findings.filter(({ level }) => level !== 'ok');
}

const fails = (subject: string, detail: RegExp, cure: RegExp) => [
  {
    ...{ level: 'fail', subject, detail: expect.stringMatching(detail) },
    cure: expect.stringMatching(cure),
  },
];

it('finds nothing wrong with what is as it was declared, and says what it looked at', async () => {
  const findings = await examineStack(stack, NOW);

  expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
  const words = findings.map(({ subject, detail }) => `${subject} ${detail}`);
  expect(words).toEqual([
    expect.stringMatching(/^account 123456789012 in eu-central-1, as arn:aws:iam/),
    expect.stringMatching(`^store 1 backups; .* ${ID}, 0.0 days old$`),
    'vault every version is kept',
    'vault each new version is locked for 1 days (governance)',
    'vault only what is given up ever expires',
    'functions 5 are there, up to date, and may run',
    'schedules daily: cron(0 2 * * ? *) (Europe/Berlin)',
    'schedules weekly: cron(0 3 ? * SUN *) (Europe/Berlin)',
    'schedules drill: cron(0 5 ? * SUN *) (Europe/Berlin)',
    'schedules watch: rate(15 minutes) (Europe/Berlin)',
    'schedules quarterly: cron(0 9 1 1,4,7,10 ? *) (Europe/Berlin)',
    'alarms 2 are there, and tell the topic',
    `listeners the alarms reach ${EMAIL}`,
    'letters no dead letter waits',
  ]);
});

describe('a schedule', () => {
  const change = async (name: string, changed: Partial<UpdateScheduleInput>) => {
    const GroupName = stack.scheduleGroup;
    const scheduler = new SchedulerClient(account().config());
    const now = await scheduler.send(new GetScheduleCommand({ Name: name, GroupName }));
    await scheduler.send(
      new UpdateScheduleCommand({
        ...(now as UpdateScheduleInput),
        ...changed,
        Name: name,
        GroupName,
      }),
    );
  };

  it('that is switched off', async () => {
    await change(given(stack.schedules.weekly), { State: 'DISABLED' });
    expect(await wrong()).toEqual(fails('schedules', /^weekly: .* is switched off/, /pulumi up/));
  });

  it('that is gone', async () => {
    const Name = given(stack.schedules.drill);
    await new SchedulerClient(account().config()).send(
      new DeleteScheduleCommand({ Name, GroupName: stack.scheduleGroup }),
    );
    expect(await wrong()).toEqual(fails('schedules', /^drill: .* is gone/, /pulumi up/));
  });

  it('of another time zone than the watch judges by', async () => {
    await change(given(stack.schedules.daily), { ScheduleExpressionTimezone: 'UTC' });
    expect(await wrong()).toEqual(
      fails('schedules', /^daily: .*\(UTC\), and the functions were told .*Berlin/, /pulumi up/),
    );
  });

  it('of another hour than the watch judges by', async () => {
    await change(given(stack.schedules.daily), { ScheduleExpression: 'cron(0 4 * * ? *)' });
    expect(await wrong()).toEqual(fails('schedules', /told cron\(0 2/, /pulumi up/));
  });

  it('that nobody has declared', async () => {
    expect(await wrong({ schedules: {} })).toEqual(
      fails('schedules', /there is none/, /pulumi up/),
    );
  });
});

describe('an alarm', () => {
  const cloudwatch = () => new CloudWatchClient(account().config());
  const first = () => given(stack.alarms[0]);

  it('that is gone', async () => {
    await cloudwatch().send(new DeleteAlarmsCommand({ AlarmNames: [first()] }));
    expect(await wrong()).toEqual(fails('alarms', / is gone$/, /pulumi up/));
  });

  const put = (changed: Partial<PutMetricAlarmInput>) =>
    cloudwatch().send(
      new PutMetricAlarmCommand({
        ...{ AlarmName: first(), Namespace: 'NeonBackup', MetricName: 'BackupFailed' },
        ...{ Period: 900, EvaluationPeriods: 1, Threshold: 1, Statistic: 'Sum' },
        ...{ ComparisonOperator: 'GreaterThanThreshold', AlarmActions: [stack.topic] },
        ...changed,
      }),
    );

  it('that is silenced', async () => {
    await put({ ActionsEnabled: false });
    const cure = new RegExp(`enable-alarm-actions --region eu-central-1 --alarm-names ${first()}`);
    expect(await wrong()).toEqual(fails('alarms', /is silenced/, cure));
  });

  it('that tells somebody else', async () => {
    await put({ AlarmActions: [`${stack.topic}-other`] });
    expect(await wrong()).toEqual(fails('alarms', /does not tell the topic/, /pulumi up/));
  });

  it('that is raised now, with its reason', async () => {
    const state = {
      AlarmName: first(),
      StateValue: 'ALARM',
      StateReason: 'two days late',
    } as const;
    await cloudwatch().send(new SetAlarmStateCommand(state));
    expect(await wrong()).toEqual(fails('alarms', /is raised now: two days late$/, /./));
  });
});

it('finds out that a function is gone', async () => {
  const FunctionName = stack.functions.drill;
  await new LambdaClient(account().config()).send(new DeleteFunctionCommand({ FunctionName }));
  expect(await wrong()).toEqual(fails('functions', /^Could not look at function/, /pulumi up/));
});

describe('the vault', () => {
  const Bucket = () => parseS3Url(stack.store).bucket;
  const TAGGED = [{ Key: 'superseded', Value: 'true' }];

  it('that keeps no versions any more', async () => {
    const VersioningConfiguration = { Status: 'Suspended' } as const;
    const store = `s3://${await makeVault(account(), { locked: false })}`;
    await account()
      .s3()
      .send(
        new PutBucketVersioningCommand({
          Bucket: parseS3Url(store).bucket,
          VersioningConfiguration,
        }),
      );
    const details = (await wrong({ store })).map(({ level, detail }) => `${level} ${detail}`);
    expect(details).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^fail versions are not kept/),
        expect.stringMatching(/^fail new versions are not locked/),
      ]),
    );
  });

  it('whose lifecycle deletes what nobody has given up', async () => {
    const Rules = [
      { ID: 'all', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 90 } } as const,
    ];
    const LifecycleConfiguration = { Rules };
    await account()
      .s3()
      .send(
        new PutBucketLifecycleConfigurationCommand({ Bucket: Bucket(), LifecycleConfiguration }),
      );
    expect((await wrong()).map(({ level, detail }) => `${level} ${detail}`)).toEqual([
      'fail the lifecycle rule all deletes what nobody has given up',
      'warn what is tagged superseded is never deleted',
      'warn what is tagged abandoned is never deleted',
      'warn uploads that never ended are kept, and paid for',
    ]);
  });

  it('without a lifecycle, which costs money and nothing else', async () => {
    await account()
      .s3()
      .send(new DeleteBucketLifecycleCommand({ Bucket: Bucket() }));
    expect((await wrong()).map(({ level }) => level)).toEqual(['warn', 'warn', 'warn']);
  });

  it('knows a rule for tagged data, also with a prefix, by its tag', async () => {
    const Filter = { And: { Prefix: 'app/', Tags: TAGGED } };
    const rule = { ID: 'some', Status: 'Enabled', Filter, Expiration: { Days: 1 } } as const;
    const LifecycleConfiguration = { Rules: [rule] };
    await account()
      .s3()
      .send(
        new PutBucketLifecycleConfigurationCommand({ Bucket: Bucket(), LifecycleConfiguration }),
      );
    expect((await wrong()).map(({ detail }) => detail)).toEqual([
      'what is tagged abandoned is never deleted',
      'uploads that never ended are kept, and paid for',
    ]);
  });

  it('that is not there', async () => {
    const store = `s3://${unique('not-there')}`;
    const subjects = (await wrong({ store })).map(({ level, subject }) => `${level} ${subject}`);
    expect(subjects).toEqual(['fail store', 'fail vault']);
  });
});

it('finds dead letters, and counts them', async () => {
  const sqs = new SQSClient(account().config());
  for (const MessageBody of ['one', 'two'])
    await sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetters, MessageBody }));
  expect(await wrong()).toEqual(fails('letters', /^2 dead letters wait/, /receive-message/));
});

it('finds out that the one who was to hear has left', async () => {
  const sns = new SNSClient(account().config());
  const asked = new ListSubscriptionsByTopicCommand({ TopicArn: stack.topic });
  const SubscriptionArn = (await sns.send(asked)).Subscriptions?.[0]?.SubscriptionArn;
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  expect((await wrong()).map(({ level, detail }) => `${level} ${detail}`)).toEqual([
    `fail ${EMAIL} does not listen any more`,
    'fail nobody hears the alarms',
  ]);
});

it('says in whose account one is signed in, where it is not the stack’s, and no more', async () => {
  const topic = stack.topic.replace('123456789012', '999999999999');
  const findings = await examineStack({ ...stack, topic }, NOW);
  expect(findings).toEqual(
    fails('account', /in account 999999999999, and you are arn:/, /Sign in/),
  );
});

describe('doctor --stack', () => {
  const file = join(folder, 'outputs.json');
  beforeEach(() => writeFileSync(file, JSON.stringify(stack)));

  it('reads the outputs from a file, prints every finding, and exits 0', async () => {
    const { status, stdout, stderr } = await runCli(['doctor', '--stack', '--json'], {
      NEON_BACKUP_OUTPUTS: file,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(await examineStack(stack, new Date()));
  });

  it('asks Pulumi for the outputs of the stack that is named, and exits 1 on a failure', async () => {
    await new CloudWatchClient(account().config()).send(
      new DeleteAlarmsCommand({ AlarmNames: [...stack.alarms] }),
    );
    const bin = mkdtempSync(join(folder, 'bin-'));
    const script = `#!/bin/sh\n[ "$*" = "--non-interactive stack output --json --stack prod" ] && cat '${file}'\n`;
    writeFileSync(join(bin, 'pulumi'), script, { mode: 0o755 });
    const { status, stdout } = await runCli(['doctor', '--stack', 'prod'], {
      PATH: `${bin}:${process.env.PATH}`,
      NEON_BACKUP_OUTPUTS: '/dev/null',
    });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^fail {2}alarms {6}failed-\w+ is gone\n {18}npx pulumi up/m);
  });

  it.each([
    ['{}', /^error: The stack is not deployed, .* deployment, region, store\.\nDeploy it/],
    ['no JSON', /^error: The stack is not deployed, or by another release\.\nDeploy it/],
  ])('says of the outputs %s that nothing is deployed', async (text, sentence) => {
    writeFileSync(file, text);
    const { status, stderr } = await runCli(['doctor', '--stack'], { NEON_BACKUP_OUTPUTS: file });
    expect(status).toBe(2);
    expect(stderr).toMatch(sentence);
  });

  it('quotes Pulumi where it refuses, and says what to do', async () => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    const script = '#!/bin/sh\necho "error: no stack selected" >&2\nexit 255\n';
    writeFileSync(join(bin, 'pulumi'), script, { mode: 0o755 });
    const { status, stderr } = await runCli(['doctor', '--stack'], {
      PATH: `${bin}:${process.env.PATH}`,
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/does not tell .*\n {2}\| error: no stack selected\nSign in/);
  });

  it('goes with no source or store: it is about what is deployed', async () => {
    const { status, stderr } = await runCli(['doctor', '--stack', '--in', './backups']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/'--stack \[name\]' cannot be used with option '--in <store>'/);
  });

  it('says that AWS does not know the keys, once, and does not show them', async () => {
    await account().enforce();
    const { status, stdout, stderr } = await runCli(['doctor', '--stack', '--json'], {
      ...{ NEON_BACKUP_OUTPUTS: file, AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN000000000' },
      AWS_SECRET_ACCESS_KEY: CANARY,
    });
    expect([status, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toEqual(
      fails('account', /^Could not ask AWS who we are/, /Check AWS_PROFILE/),
    );
    expect(stdout).not.toContain(CANARY);
  });
});

describe('checklist --stack', () => {
  const file = join(folder, 'checklist.json');

  it('answers from what is deployed', async () => {
    writeFileSync(file, JSON.stringify(stack));
    const { status, stdout, stderr } = await runCli(['checklist', '--stack', '--json'], {
      NEON_BACKUP_OUTPUTS: file,
    });
    expect([status, stderr]).toEqual([0, '']);
    const answers: Answer[] = JSON.parse(stdout);
    const evidence = Object.fromEntries(
      answers.map(({ box, state, evidence }) => [box, `${state}: ${evidence}`]),
    );
    const { daily, weekly, drill, watch, quarterly } = stack.schedules;
    expect(evidence).toMatchObject({
      'Document connection strings securely': expect.stringMatching(/^done: .*Secrets Manager/),
      'Test manual backup locally': expect.stringMatching(/^not: /),
      'Set up cron job OR GitHub Action': `done: the schedule ${daily}, the schedule ${weekly}`,
      'Verify backup runs successfully': expect.stringContaining(`done: ${ID}`),
      'Set calendar reminder to test quarterly': `done: a drill by the schedule ${drill}, a reminder by the schedule ${quarterly}`,
      'Monitor backup storage usage': expect.stringContaining(
        `; the schedule ${watch} looks at it`,
      ),
      'Review backup retention policy': expect.stringContaining('daily 30 days and at least 7'),
    });
    const mend = answers.find(({ box }) => box.startsWith('Test manual'))?.mend;
    expect(mend).toBe(stack.commands.backUpNow);
  });
});
