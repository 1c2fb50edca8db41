import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type LifecycleRule, PutBucketLifecycleConfigurationCommand } from '@aws-sdk/client-s3';
import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { StackOutputs } from '../../contract/outputs';
import { SETTINGS_VARIABLE } from '../../contract/settings';
import { lifecycleRules } from '../../infra/vault/lifecycle';
import { type Account, given, REGION, unique } from './aws-account';
import { makeVault } from './aws-resources';

export const EMAIL = 'owner@example.com';
const SCHEDULES = {
  daily: 'cron(0 2 * * ? *)',
  weekly: 'cron(0 3 ? * SUN *)',
  drill: 'cron(0 5 ? * SUN *)',
  watch: 'rate(15 minutes)',
  quarterly: 'cron(0 9 1 1,4,7,10 ? *)',
};
const TIME_ZONE = 'Europe/Berlin';
const RETENTION = { daily: { keepDays: 30, keepMin: 7 } };
/** An archive that holds nothing: the functions are looked at, and never called. */
const EMPTY_ZIP = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]);

/** What a whole deployment is, seen from outside, with everything as it should be; its outputs. */
export async function makeStack(account: Account): Promise<StackOutputs> {
  const role = await makeRole(account);
  const topic = await makeListenedTopic(account);
  const scheduleGroup = await makeScheduleGroup(account);
  const queue = await new SQSClient(account.config()).send(
    new CreateQueueCommand({ QueueName: unique('dead-letters') }),
  );
  return {
    deployment: 'neon-backup-prod',
    region: REGION,
    store: await makeLivingVault(account),
    functions: await makeFunctions(account, role),
    scheduleGroup,
    schedules: await makeSchedules(account, role, scheduleGroup),
    alarms: await makeAlarms(account, topic),
    topic,
    email: EMAIL,
    emailPending: false,
    deadLetters: given(queue.QueueUrl),
    dashboard: 'https://console.example.com/dashboard',
    key: 'arn:aws:kms:eu-central-1:123456789012:key/1',
    restoreRole: 'arn:aws:iam::123456789012:role/restore',
    commands: {
      list: 'list',
      assumeRestoreRole: 'assume',
      restore: 'restore',
      backUpNow: 'aws lambda invoke --function-name backup',
      testAlarms: 'npx neon-backup alarms test',
      doctor: 'npx neon-backup doctor --stack',
    },
  };
}

async function makeRole(account: Account): Promise<string> {
  const Statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'any' } };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  const role = { RoleName: unique('role'), AssumeRolePolicyDocument };
  return given((await new IAMClient(account.config()).send(new CreateRoleCommand(role))).Role?.Arn);
}

async function makeListenedTopic(account: Account): Promise<string> {
  const sns = new SNSClient(account.config());
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: unique('topic') }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: EMAIL }));
  return given(TopicArn);
}

/** With the very rules that the stack declares. */
async function makeLivingVault(account: Account): Promise<string> {
  const Bucket = await makeVault(account);
  const Rules = capitalized(lifecycleRules({ undoDays: 14, coldAfterDays: 1 })) as LifecycleRule[];
  const LifecycleConfiguration = { Rules };
  await account
    .s3()
    .send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  return `s3://${Bucket}`;
}

/** Names as S3 writes them: Pulumi begins them with a small letter. */
function capitalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitalized);
  if (typeof value !== 'object' || value === null) return value;
  const renamed = Object.entries(value).map(([name, inner]) => [
    name === 'id' ? 'ID' : name.charAt(0).toUpperCase() + name.slice(1),
    capitalized(inner),
  ]);
  return Object.fromEntries(renamed);
}

async function makeFunctions(account: Account, Role: string): Promise<StackOutputs['functions']> {
  const lambda = new LambdaClient(account.config());
  const schedule = (name: 'daily' | 'weekly') => ({
    expression: SCHEDULES[name],
    timeZone: TIME_ZONE,
  });
  const schedules = { daily: schedule('daily'), weekly: schedule('weekly') };
  const settings = { deployment: 'neon-backup-prod', schedules, retention: RETENTION };
  const make = async (name: string): Promise<string> => {
    const FunctionName = unique(name);
    const Environment = { Variables: { [SETTINGS_VARIABLE]: JSON.stringify(settings) } };
    const made = { FunctionName, Role, Environment, Runtime: 'nodejs22.x' as const };
    const Code = { ZipFile: EMPTY_ZIP };
    await lambda.send(new CreateFunctionCommand({ ...made, Handler: 'index.handler', Code }));
    return FunctionName;
  };
  return {
    backup: await make('backup'),
    verify: await make('verify'),
    drill: await make('drill'),
    watch: await make('watch'),
    status: await make('status'),
  };
}

async function makeScheduleGroup(account: Account): Promise<string> {
  const Name = unique('schedules');
  await new SchedulerClient(account.config()).send(new CreateScheduleGroupCommand({ Name }));
  return Name;
}

async function makeSchedules(
  account: Account,
  RoleArn: string,
  GroupName: string,
): Promise<StackOutputs['schedules']> {
  const scheduler = new SchedulerClient(account.config());
  const made = Object.entries(SCHEDULES).map(async ([name, ScheduleExpression]) => {
    const Name = unique(name);
    const Target = { Arn: `arn:aws:lambda:${REGION}:123456789012:function:any`, RoleArn };
    await scheduler.send(
      new CreateScheduleCommand({
        ...{ GroupName, Name, ScheduleExpression, ScheduleExpressionTimezone: TIME_ZONE, Target },
        FlexibleTimeWindow: { Mode: 'OFF' },
      }),
    );
    return [name, Name];
  });
  return Object.fromEntries(await Promise.all(made));
}

async function makeAlarms(account: Account, topic: string): Promise<string[]> {
  const cloudwatch = new CloudWatchClient(account.config());
  // The first is told of what happens only, the second hears numbers all the time.
  const missing = { [unique('failed')]: 'ignore', [unique('overdue')]: 'breaching' };
  const metric = { Namespace: 'NeonBackup', MetricName: 'BackupFailed', Statistic: 'Sum' as const };
  const rule = { Period: 900, EvaluationPeriods: 1, Threshold: 1 };
  const ComparisonOperator = 'GreaterThanOrEqualToThreshold' as const;
  for (const [AlarmName, TreatMissingData] of Object.entries(missing))
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName, ...metric, ...rule, ComparisonOperator },
        ...{ AlarmActions: [topic], OKActions: [topic], TreatMissingData },
      }),
    );
  return Object.keys(missing);
}
