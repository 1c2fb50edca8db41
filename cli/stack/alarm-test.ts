import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import type { StackOutputs } from '../../contract/outputs';
import { BackupError } from '../../core/errors';
import { type DeployedAlarm, readAlarms } from './alarms';
import { answered, clientOptions } from './aws';
import { type Listener, readListeners } from './listeners';

/** What was raised, and who should hear of it. */
export interface TestAlarm {
  readonly alarm: string;
  readonly region: string;
  readonly reason: string;
  readonly listeners: readonly Listener[];
  /** Whether a second message says that all is well again. */
  readonly tellsOk: boolean;
  /** Whether it stays raised until the next number that it is about, which may take long. */
  readonly stays: boolean;
}

const REASON = 'A test by "neon-backup alarms test". Nothing is wrong.';

/**
 * Raises one of the stack's alarms; CloudWatch puts it back to its true state at its next evaluation.
 * @param name @default one that is not raised already, and does not stay raised
 * @throws BackupError `refused` where nobody would hear, `not_found` for an alarm that is not the stack's
 */
export async function raiseTestAlarm(
  outputs: StackOutputs,
  name: string | undefined,
): Promise<TestAlarm> {
  const [alarms, listeners] = await Promise.all([readAlarms(outputs), readListeners(outputs)]);
  const alarm = chooseAlarm(alarms, outputs, name);
  refuseSilence(listeners, outputs);
  const client = new CloudWatchClient(clientOptions(outputs));
  const state = { AlarmName: alarm.name, StateValue: 'ALARM' as const, StateReason: REASON };
  await answered(`raise the alarm ${alarm.name}`, client.send(new SetAlarmStateCommand(state)));
  const tellsOk = alarm.tellsOk.includes(outputs.topic);
  const { region } = outputs;
  return { alarm: alarm.name, region, reason: REASON, listeners, tellsOk, stays: alarm.stays };
}

/**
 * CloudWatch tells only of a change, and only whom the alarm names.
 * @throws BackupError `not_found`, `refused`
 */
export function chooseAlarm(
  alarms: readonly DeployedAlarm[],
  { topic }: Pick<StackOutputs, 'topic'>,
  name: string | undefined,
): DeployedAlarm {
  const named = alarms.filter((alarm) => name === undefined || alarm.name === name);
  if (named.length === 0) throw unknown(name, alarms);
  const fit = named.filter(
    ({ state, speaks, tells }) => state !== 'ALARM' && speaks && tells.includes(topic),
  );
  const chosen = fit.find(({ stays }) => !stays) ?? fit[0];
  if (chosen) return chosen;
  const [first] = named as [DeployedAlarm];
  const why =
    first.state === 'ALARM'
      ? 'is raised already, and would send nothing new'
      : 'does not tell the topic';
  throw new BackupError('refused', `The alarm ${first.name} ${why}. Nothing was sent.`, {
    cure: 'npx neon-backup doctor --stack says what is wrong with each alarm.',
  });
}

function unknown(name: string | undefined, alarms: readonly DeployedAlarm[]): BackupError {
  const message = name ? `The stack has no alarm ${name}.` : 'The stack has no alarm.';
  const cure = alarms.length
    ? `It has: ${alarms.map((alarm) => alarm.name).join(', ')}.`
    : 'Make them again: npx pulumi up --refresh';
  return new BackupError('not_found', message, { cure });
}

function refuseSilence(listeners: readonly Listener[], { email }: StackOutputs): void {
  if (listeners.some(({ confirmed }) => confirmed)) return;
  throw new BackupError('refused', 'Nobody would hear it: no subscription is confirmed.', {
    cure: `${email || 'The subscriber'} has to click the link in the message "AWS Notification - Subscription Confirmation" first; look among spam, too. npx neon-backup doctor --stack says how to get a new one.`,
  });
}
