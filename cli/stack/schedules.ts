import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { isKind } from '../../contract/keys';
import type { StackOutputs } from '../../contract/outputs';
import { examine, type Finding, fail, ok } from '../../core/doctor/finding';
import { answered, clientOptions, isMissing } from './aws';
import { type DeployedSettings, readDeployedSettings } from './settings';

/** A schedule as AWS has it. */
export interface DeployedSchedule {
  /** `daily`, `watch`, … */
  readonly name: string;
  /** What AWS calls it. */
  readonly id: string;
  /** `missing`: there is none any more. */
  readonly state: 'enabled' | 'disabled' | 'missing';
  readonly expression: string;
  readonly timeZone: string;
}

/** @throws BackupError */
export function readSchedules(outputs: StackOutputs): Promise<DeployedSchedule[]> {
  const client = new SchedulerClient(clientOptions(outputs));
  const named = Object.entries(outputs.schedules);
  return Promise.all(
    named.map(([name, id]) =>
      answered(`look at schedule ${id}`, readSchedule(client, outputs.scheduleGroup, name, id)),
    ),
  );
}

async function readSchedule(
  client: SchedulerClient,
  GroupName: string,
  name: string,
  id: string,
): Promise<DeployedSchedule> {
  try {
    const schedule = await client.send(new GetScheduleCommand({ GroupName, Name: id }));
    const { State, ScheduleExpression = '', ScheduleExpressionTimezone = 'UTC' } = schedule;
    const state = State === 'ENABLED' ? 'enabled' : 'disabled';
    return {
      name,
      id,
      state,
      expression: ScheduleExpression,
      timeZone: ScheduleExpressionTimezone,
    };
  } catch (error) {
    if (!isMissing(error)) throw error;
    return { name, id, state: 'missing', expression: '', timeZone: '' };
  }
}

/** Whether everything that has to start by itself will, and when the watch expects it to. */
export function examineSchedules(outputs: StackOutputs): Promise<Finding[]> {
  return examine('schedules', async () => {
    const settings = await readDeployedSettings(outputs);
    return judgeSchedules(await readSchedules(outputs), settings);
  });
}

export function judgeSchedules(
  schedules: readonly DeployedSchedule[],
  settings: Pick<DeployedSettings, 'schedules'>,
): Finding[] {
  if (schedules.length === 0)
    return [fail('schedules', 'there is none: nothing starts by itself', AGAIN)];
  return schedules.map((schedule) => judge(schedule, settings));
}

function judge(schedule: DeployedSchedule, { schedules }: Pick<DeployedSettings, 'schedules'>) {
  const { name, id, state, expression, timeZone } = schedule;
  if (state === 'missing') return fail('schedules', `${name}: ${id} is gone`, AGAIN);
  if (state === 'disabled') return fail('schedules', `${name}: ${id} is switched off`, AGAIN);
  const promised = isKind(name) ? schedules[name] : undefined;
  const zones = new Set(Object.values(schedules).map((each) => each.timeZone));
  const asPromised = promised
    ? promised.expression === expression && promised.timeZone === timeZone
    : zones.size === 0 || zones.has(timeZone);
  const words = `${name}: ${expression} (${timeZone})`;
  if (asPromised) return ok('schedules', words);
  const expected = promised ? `${promised.expression} (${promised.timeZone})` : [...zones].join();
  return fail('schedules', `${words}, and the functions were told ${expected}`, AGAIN);
}

const AGAIN = 'npx pulumi up --refresh puts it back.';
