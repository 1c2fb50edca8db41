import { z } from 'zod';
import { parse } from './event';

/** What CloudWatch says of an alarm that has changed its state. */
const alarm = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string().nullish(),
  NewStateValue: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']),
  NewStateReason: z.string(),
  StateChangeTime: z.string(),
});

const published = z.object({
  Records: z.array(z.object({ Sns: z.object({ Message: z.string() }) })),
});

/**
 * The alarms that SNS calls a function with, as people read them.
 * @throws BackupError `usage` for anything else
 */
export function parseAlarms(event: unknown): string[] {
  const { Records } = parse(published, event, 'Only the topic of the alarms calls this function.');
  return Records.map(({ Sns }) => inWords(parse(alarm, jsonOf(Sns.Message), 'See the topic.')));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function inWords(said: z.output<typeof alarm>): string {
  const { AlarmName, AlarmDescription, NewStateValue, NewStateReason, StateChangeTime } = said;
  const lines = [
    `${NewStateValue}: ${AlarmName}`,
    AlarmDescription,
    NewStateReason,
    StateChangeTime,
  ];
  return lines.filter(Boolean).join('\n');
}
