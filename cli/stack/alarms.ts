import {
  CloudWatchClient,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import type { StackOutputs } from '../../contract/outputs';
import { examine, type Finding, fail, ok } from '../../core/doctor/finding';
import { answered, clientOptions } from './aws';

/** An alarm as CloudWatch has it. */
export interface DeployedAlarm {
  readonly name: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  /** Why it is in that state. */
  readonly reason: string;
  /** Whether it may tell anybody. */
  readonly speaks: boolean;
  /** ARNs of whom it tells in state ALARM, and in state OK. */
  readonly tells: readonly string[];
  readonly tellsOk: readonly string[];
  /** Without a new number it stays as it is. */
  readonly stays: boolean;
}

/** CloudWatch takes no more names at once. */
const AT_ONCE = 100;

/**
 * Those of the stack's alarms that are there.
 * @throws BackupError
 */
export function readAlarms(outputs: StackOutputs): Promise<DeployedAlarm[]> {
  return answered('look at the alarms', listAlarms(outputs));
}

async function listAlarms(outputs: StackOutputs): Promise<DeployedAlarm[]> {
  const client = new CloudWatchClient(clientOptions(outputs));
  const found: DeployedAlarm[] = [];
  for (let at = 0; at < outputs.alarms.length; at += AT_ONCE) {
    const AlarmNames = outputs.alarms.slice(at, at + AT_ONCE);
    for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, { AlarmNames }))
      found.push(...MetricAlarms.map(plain));
  }
  return found;
}

function plain(alarm: MetricAlarm): DeployedAlarm {
  return {
    name: alarm.AlarmName ?? '',
    state: alarm.StateValue ?? 'INSUFFICIENT_DATA',
    reason: alarm.StateReason ?? '',
    speaks: alarm.ActionsEnabled ?? true,
    tells: alarm.AlarmActions ?? [],
    tellsOk: alarm.OKActions ?? [],
    stays: alarm.TreatMissingData === 'ignore',
  };
}

/** Whether every alarm is there and reaches the topic, and what is wrong right now. */
export function examineAlarms(outputs: StackOutputs): Promise<Finding[]> {
  return examine('alarms', async () => judgeAlarms(await readAlarms(outputs), outputs));
}

export function judgeAlarms(
  alarms: readonly DeployedAlarm[],
  { alarms: expected, topic, region }: Pick<StackOutputs, 'alarms' | 'topic' | 'region'>,
): Finding[] {
  if (expected.length === 0) return [fail('alarms', 'there is none: nobody would hear', AGAIN)];
  const gone = expected.filter((name) => !alarms.some((alarm) => alarm.name === name));
  const mute = alarms.flatMap((alarm) => muteness(alarm, topic, region));
  const raised = alarms.filter(({ state }) => state === 'ALARM');
  const reachable = gone.length === 0 && mute.length === 0;
  return [
    ...gone.map((name) => fail('alarms', `${name} is gone`, AGAIN)),
    ...mute,
    ...raised.map(({ name, reason }) => fail('alarms', `${name} is raised now: ${reason}`, LOOK)),
    ...(reachable ? [ok('alarms', `${alarms.length} are there, and tell the topic`)] : []),
  ];
}

function muteness(
  { name, speaks, tells }: DeployedAlarm,
  topic: string,
  region: string,
): Finding[] {
  if (!speaks) {
    const cure = `aws cloudwatch enable-alarm-actions --region ${region} --alarm-names ${name}`;
    return [fail('alarms', `${name} is silenced: its actions are off`, cure)];
  }
  return tells.includes(topic) ? [] : [fail('alarms', `${name} does not tell the topic`, AGAIN)];
}

const AGAIN = 'npx pulumi up --refresh puts it back.';
const LOOK = 'docs/functions.md says what each metric means.';
