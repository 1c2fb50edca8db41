import { ALL_KINDS, METRICS, NAMESPACE } from '../../contract/metrics';
import { declaredAlarms } from './evaluator/alarms';
import { CANARY, declared, find, mockCloud, runProgram } from './graph';

const TOPIC = 'arn:aws:mock:eu-central-1:111122223333:notices-topic';

/** What AWS says by itself, as its documentation lists it: of one resource, or of the whole account. */
const OF_AWS: Record<string, { dimension: string; type: string } | 'account'> = {
  'AWS/Lambda Errors': { dimension: 'FunctionName', type: 'aws:lambda/function:Function' },
  'AWS/Lambda Throttles': 'account',
  'AWS/SQS ApproximateNumberOfMessagesVisible': {
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
    const of = OF_AWS[`${namespace} ${metricName}`];

    expect(of).toBeDefined();
    expect(unit).toBe('Count');
    if (of && of !== 'account') expect(namesOf(of.type)).toContain(dimensions[of.dimension]);
    expect(Object.keys(dimensions)).toEqual(of && of !== 'account' ? [of.dimension] : []);
  }
});

it('takes silence for bad only where something is said in every hour', () => {
  const silent = ours().filter(({ missing }) => missing === 'breaching');

  expect(silent.map(({ name }) => name).sort()).toEqual(['overdue', 'watch-silent']);
  for (const { metricName } of silent) expect(metricOf(metricName)?.when).toBe('always');
});

/** Whose silence an alarm hears: that nothing is drilled, that nobody watches. */
const HEARD_BY_SILENCE = { 'drill-function': 'drill-overdue', 'watch-function': 'watch-silent' };

it('hears of every function that runs unattended, by its errors or its silence', () => {
  const heard = alarms()
    .filter(({ metricName }) => metricName === 'Errors')
    .map(({ dimensions }) => dimensions.FunctionName);
  const called = declared
    .filter(({ type }) => type === 'aws:scheduler/schedule:Schedule')
    .map(({ inputs }) => inputs.target.arn.split(':').at(-1));
  const silent: Record<string, string> = HEARD_BY_SILENCE;

  for (const name of new Set([...called, 'verify-function'])) {
    const { inputs } = find('aws:lambda/function:Function', name);
    if (silent[name]) expect(alarms().map((alarm) => alarm.name)).toContain(silent[name]);
    else expect(heard).toContain(inputs.name);
  }
});

/** Of what happened there is no end that people have to hear of. */
const TELL_OVER = [
  ...['drill-overdue', 'nobody-listens', 'overdue', 'storage-over-budget', 'tags-contradict'],
  'watch-silent',
];

it('tells the topic of what is bad, and of the end of a state, with words that say what to do', () => {
  const found = declared.filter(({ type }) => type === 'aws:cloudwatch/metricAlarm:MetricAlarm');

  for (const { inputs } of found) {
    expect(inputs).toMatchObject({
      actionsEnabled: true,
      alarmActions: [TOPIC],
      insufficientDataActions: [TOPIC],
      alarmDescription: expect.stringMatching(/^[A-Z].*\.$/),
    });
  }
  const over = found.filter(({ inputs }) => inputs.okActions.length > 0);
  expect(over.map(({ name }) => name.replace('alarms-', '')).sort()).toEqual(TELL_OVER);
  for (const { inputs } of over) expect(inputs.okActions).toEqual([TOPIC]);
  expect(new Set(found.map(({ inputs }) => inputs.alarmDescription)).size).toBe(found.length);
});

it('looks at no more than a day, which is the most that CloudWatch takes', () => {
  for (const { period, periods } of alarms()) {
    expect(period % 60).toBe(0);
    expect(period * periods).toBeLessThanOrEqual(86_400);
  }
});

it('hears of what will make the next backup from Neon fail, until it will not, and says where to look', async () => {
  const name = 'alarms-neon-problems';
  expect(declared.map((one) => one.name)).not.toContain(name);

  await mockCloud();
  await runProgram({
    'neon-backup:databaseUrl': undefined,
    'neon-backup:neonApiKey': `napi_${CANARY}`,
    'neon-backup:neonProjectId': 'calm-sea-12345678',
    'neon-backup:snapshots': 'none',
  });

  const { inputs } = find('aws:cloudwatch/metricAlarm:MetricAlarm', name);
  expect(inputs).toMatchObject({
    metricName: 'NeonProblems',
    ...{ statistic: 'Maximum', comparisonOperator: 'GreaterThanThreshold', threshold: 0 },
    // A look at which Neon did not answer changes nothing.
    treatMissingData: 'ignore',
    ...{ alarmActions: [TOPIC], okActions: [TOPIC] },
    alarmDescription: expect.stringMatching(
      /message of the watch .*neon-backup doctor --from neon:calm-sea-12345678\.$/,
    ),
  });
});

/** What the resources of a type are called at AWS. */
function namesOf(type: string): string[] {
  const found = declared.filter((one) => one.type === type);
  return found.map(({ name, inputs }) => inputs.name ?? name);
}

function settingsOf(name: string) {
  const { environment } = find('aws:lambda/function:Function', `${name}-function`).inputs;
  return JSON.parse(environment.variables.NEON_BACKUP_SETTINGS);
}
