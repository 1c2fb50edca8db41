import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import type { StackOutputs } from '../../contract/outputs';
import { accountForTests, given } from '../support/aws-account';
import { buildCli, runCli } from '../support/faults/cli';
import { EMAIL, makeStack } from '../support/stack';
import { type Subscription, startTopicDouble } from '../support/topic-double';

/*
 * The emulator keeps the state of an alarm and tells nobody of it. So what is proven here is the call and
 * the words; that CloudWatch then tells the topic, and SNS the people, is AWS's own promise.
 */

const account = accountForTests();
const folder = mkdtempSync(join(tmpdir(), 'neon-backup-alarms-'));
const file = join(folder, 'outputs.json');

let stack: StackOutputs;
let happened: string;
let always: string;

beforeAll(() => buildCli());
beforeEach(async () => {
  stack = await makeStack(account());
  [happened, always] = stack.alarms as [string, string];
  writeFileSync(file, JSON.stringify(stack));
});
afterAll(() => rmSync(folder, { recursive: true }));

const test = (args: string[] = [], env: Record<string, string> = {}) =>
  runCli(['alarms', 'test', ...args], { NEON_BACKUP_OUTPUTS: file, ...env });

const cloudwatch = () => new CloudWatchClient(account().config());

/** The state of each alarm, and why. */
async function states(): Promise<Record<string, string>> {
  const { MetricAlarms = [] } = await cloudwatch().send(
    new DescribeAlarmsCommand({ AlarmNames: [...stack.alarms] }),
  );
  const named = MetricAlarms.map(({ AlarmName, StateValue, StateReason }) => [
    given(AlarmName),
    StateValue === 'ALARM' ? `${StateValue}: ${StateReason}` : StateValue,
  ]);
  return Object.fromEntries(named);
}

const raise = (AlarmName: string) =>
  cloudwatch().send(
    new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'in earnest' }),
  );

it('raises the alarm that falls back by itself, and says what should arrive, where and when', async () => {
  const { status, stdout, stderr } = await test();

  expect([status, stderr]).toEqual([0, '']);
  const raised = expect.stringMatching(/^ALARM: A test .*Nothing is wrong\.$/);
  expect(await states()).toEqual({
    [happened]: expect.not.stringMatching('ALARM'),
    [always]: raised,
  });
  expect(stdout).toContain(`raised: ${always}\nWithin five minutes ${EMAIL} should get a message.`);
  expect(stdout).toContain(`ALARM: "${always}"`);
  expect(stdout).toContain(`OK: "${always}"`);
  expect(stdout).toMatch(/If nothing comes: look among spam.*doctor --stack/);
  expect(stdout).not.toContain('set-alarm-state');
});

it('raises the one that is named, and says how to put back what stays raised', async () => {
  const { status, stdout } = await test(['--alarm', happened]);
  expect(status).toBe(0);
  expect(await states()).toMatchObject({ [happened]: expect.stringMatching(/^ALARM: A test/) });
  expect(stdout).toContain(
    `set-alarm-state --region eu-central-1 --alarm-name ${happened} --state-value OK`,
  );
});

it('says the same as one JSON document', async () => {
  const { stdout } = await test(['--json']);
  expect(JSON.parse(stdout)).toEqual({
    alarm: always,
    region: 'eu-central-1',
    reason: expect.stringMatching(/^A test/),
    listeners: [{ protocol: 'email', endpoint: EMAIL, confirmed: true }],
    tellsOk: true,
    stays: false,
  });
});

it('refuses an alarm that is raised in earnest: CloudWatch tells of changes only', async () => {
  await raise(always);
  const { status, stderr } = await test(['--alarm', always]);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /is raised already, and would send nothing new\. Nothing was sent\.\n.*doctor/,
  );
  expect(await states()).toMatchObject({ [always]: 'ALARM: in earnest' });
});

it('takes another one by itself where one is raised in earnest', async () => {
  await raise(always);
  expect((await test()).stdout).toMatch(`raised: ${happened}\n`);
  expect(await states()).toMatchObject({ [always]: 'ALARM: in earnest' });
});

it('knows no alarm that is not of the stack, and names those that are', async () => {
  const { status, stderr } = await test(['--alarm', 'other']);
  expect(status).toBe(1);
  expect(stderr).toContain(`The stack has no alarm other.\nIt has: ${happened}, ${always}.`);
});

describe('before anybody has confirmed', () => {
  const PENDING = { protocol: 'email', endpoint: EMAIL, arn: 'PendingConfirmation' };
  const SMS = { protocol: 'sms', endpoint: '+491234567', arn: 'arn:aws:sns:eu-central-1:1:t:2' };
  const BOUNCED = { ...PENDING, endpoint: 'gone@example.com', arn: 'Deleted' };

  async function heardBy<T>(
    subscriptions: Subscription[],
    work: (env: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const double = await startTopicDouble(subscriptions);
    try {
      return await work({ AWS_ENDPOINT_URL_SNS: double.endpoint });
    } finally {
      double.stop();
    }
  }

  it.each([
    ['nobody listens', []],
    ['the e-mail is not confirmed', [PENDING]],
  ])('where %s, it refuses to send what nobody would hear', async (_, subscriptions) => {
    const { status, stderr } = await heardBy(subscriptions, (env) => test([], env));
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /Nobody would hear it: no subscription is confirmed\.\nowner@example\.com/,
    );
    expect(Object.values(await states()).join()).not.toContain('ALARM');
  });

  it('where somebody else has, it sends, and says who gets nothing', async () => {
    const { status, stdout } = await heardBy([PENDING, SMS], (env) => test([], env));
    expect(status).toBe(0);
    expect(stdout).toContain('Within five minutes +491234567 (sms) should get a message.');
    expect(stdout).toContain(`warn: ${EMAIL} has not confirmed, and gets nothing`);
  });

  it('is a failure of the doctor’s, with the line that asks for a new message', async () => {
    const asked = (env: Record<string, string>) =>
      runCli(['doctor', '--stack', '--json'], { NEON_BACKUP_OUTPUTS: file, ...env });
    const { status, stdout } = await heardBy([PENDING, BOUNCED], asked);
    expect(status).toBe(1);
    const findings: { subject: string; level: string; detail: string; cure?: string }[] =
      JSON.parse(stdout);
    const heard = findings.filter(({ subject }) => subject === 'listeners');
    expect(heard.map(({ level, detail }) => `${level} ${detail}`)).toEqual([
      `fail ${EMAIL} has not confirmed, and hears nothing`,
      'fail gone@example.com has not confirmed, and hears nothing',
      'fail nobody hears the alarms',
    ]);
    expect(heard[0]?.cure).toContain(
      `aws sns subscribe --region eu-central-1 --topic-arn ${stack.topic} --protocol email --notification-endpoint ${EMAIL}`,
    );
  });
});
