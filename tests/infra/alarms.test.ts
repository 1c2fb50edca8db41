import { ALL_KINDS, METRICS, NAMESPACE } from '../../contract/metrics';
import { declaredAlarms } from './evaluator/alarms';
import { declared, find, mockCloud, runProgram } from './graph';

const TOPIC = 'arn:aws:mock:eu-central-1:111122223333:notices-topic';

/** What AWS says by itself, as its documentation lists it. */
const OF_AWS: Record<string, { metrics: string[]; dimension: string; type: string }> = {
  'AWS/Lambda': {
    metrics: ['Errors', 'Throttles'],
    dimension: 'FunctionName',
    type: 'aws:lambda/function:Function',
  },
  'AWS/SQS': {
    metrics: ['ApproximateNumberOfMessagesVisible'],
    dimension: 'QueueName',
    type: 'aws:sqs/queue:Queue',
  },
};

beforeAll(async () => {
  await mockCloud();
  await runProgram();
});

const alarms = () => declaredAlarms();
const ours = () => alarms().filter(({ namespace }) => namespace === NAMESPACE);

const metricOf = (name: string) => Object.values(METRICS).find((metric) => metric.name === name);

it('watches series that the functions emit, in the unit that they have', () => {
  for (const { metricName, unit, dimensions } of ours()) {
    const metric = metricOf(metricName);
    const { service, kind, ...rest } = dimensions;
    const series = kind === ALL_KINDS ? ['all', 'both'] : ['kind', 'both'];

    expect(metric).toMatchObject({ name: metricName, unit });
    expect(series).toContain(metric?.of);
    expect(rest).toEqual({});
    expect(service).toBe(settingsOf('watch').deployment);
    expect([ALL_KINDS, ...Object.keys(settingsOf('watch').schedules)]).toContain(kind);
  }
});

it('watches what AWS says of functions and queues that are declared', () => {
  const others = alarms().filter(({ namespace }) => namespace !== NAMESPACE);

  expect(others.length).toBeGreaterThan(0);
  for (const { namespace, metricName, unit, dimensions } of others) {
    const { metrics = [], dimension = '', type } = OF_AWS[namespace] ?? {};

    expect(metrics).toContain(metricName);
    expect(unit).toBe('Count');
    expect(Object.keys(dimensions)).toEqual([dimension]);
    expect(declared.filter((one) => one.type === type).map(({ name }) => name)).toContain(
      dimensions[dimension],
    );
  }
});

it('takes silence for bad only where something is said in every hour', () => {
  const silent = ours().filter(({ missing }) => missing === 'breaching');

  expect(silent.map(({ name }) => name).sort()).toEqual([
    'overdue-daily',
    'overdue-weekly',
    'watch-silent',
  ]);
  for (const { metricName } of silent) expect(metricOf(metricName)?.when).toBe('always');
});

it('hears of errors of every function that runs unattended', () => {
  const heard = alarms()
    .filter(({ metricName }) => metricName === 'Errors')
    .map(({ dimensions }) => dimensions.FunctionName);
  const called = declared
    .filter(({ type }) => type === 'aws:scheduler/schedule:Schedule')
    .map(({ inputs }) => inputs.target.arn.split(':').at(-1));

  expect(heard).toEqual(expect.arrayContaining([...new Set(called), 'verify-function']));
});

it('tells the topic of every change, with words that say what to do', () => {
  const found = declared.filter(({ type }) => type === 'aws:cloudwatch/metricAlarm:MetricAlarm');

  for (const { inputs } of found) {
    expect(inputs).toMatchObject({
      actionsEnabled: true,
      alarmActions: [TOPIC],
      okActions: [TOPIC],
      insufficientDataActions: [TOPIC],
      alarmDescription: expect.stringMatching(/^[A-Z].*\.$/),
    });
  }
  expect(new Set(found.map(({ inputs }) => inputs.alarmDescription)).size).toBe(found.length);
});

it('looks at no more than a day, which is the most that CloudWatch takes', () => {
  for (const { period, periods } of alarms()) {
    expect(period % 60).toBe(0);
    expect(period * periods).toBeLessThanOrEqual(86_400);
  }
});

function settingsOf(name: string) {
  const { environment } = find('aws:lambda/function:Function', `${name}-function`).inputs;
  return JSON.parse(environment.variables.NEON_BACKUP_SETTINGS);
}
