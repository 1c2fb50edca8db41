import { parseAlarms } from '../../lambda/alarm';

const SAID = {
  AlarmName: 'overdue-daily',
  AlarmDescription: 'The daily backup is overdue.',
  NewStateValue: 'ALARM',
  NewStateReason: 'Threshold Crossed',
  StateChangeTime: '2026-11-23T04:00:00.000+0000',
};
const published = (...messages: string[]) => ({
  Records: messages.map((Message) => ({ EventSource: 'aws:sns', Sns: { Message } })),
});

it('puts what CloudWatch publishes into words', () => {
  expect(parseAlarms(published(JSON.stringify(SAID)))).toEqual([
    'ALARM: overdue-daily\nThe daily backup is overdue.\nThreshold Crossed\n2026-11-23T04:00:00.000+0000',
  ]);
});

it('needs no description', () => {
  const { AlarmDescription: _, ...rest } = SAID;

  expect(parseAlarms(published(JSON.stringify(rest)))[0]?.split('\n')).toHaveLength(3);
});

it.each([
  ['text', published('the daily backup failed')],
  ['another document', published('{"a":1}')],
  ['a call by hand', {}],
])('refuses %s', (_, event) => {
  expect(() => parseAlarms(event)).toThrow('This event asks for nothing');
});
