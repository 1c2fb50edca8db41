import type { PolicyResource } from '@pulumi/policy';
import { KINDS } from '../../../contract/keys';
import { ALL_KINDS, METRICS, type MetricId, NAMESPACE } from '../../../contract/metrics';
import { aws, deploymentOf, named, ofType } from '../resources';
import { onEach, type Props, type Rule, together, unless } from '../rule';

const ALARM = aws('cloudwatch', 'MetricAlarm');
const TOPIC = aws('sns', 'Topic');

const ACTIONS = together(
  {
    name: 'alarm-actions',
    asks: 'Every alarm tells a topic of the stack when it is raised, and when it can not tell.',
    ids: [
      ...['CKV_AWS_319', 'CT.CLOUDWATCH.PR.1', 'CT.CLOUDWATCH.PR.4'],
      ...[
        'cloudwatch-alarm-action-check',
        'cloudwatch_alarm_actions_enabled',
        'CloudWatchAlarmAction',
      ],
      'cloudwatch_alarm_actions_alarm_state_configured',
    ],
  },
  ofType(ALARM),
  (alarm) => {
    const lists = ['alarmActions', 'insufficientDataActions'];
    const silent = lists.filter(
      (list) => !alarm.props[list]?.length || named(alarm, list, TOPIC).length === 0,
    );
    const told = silent.length === 0 && alarm.props.actionsEnabled !== false;
    return unless(told, `is heard by nobody: enable ${silent.join(', ') || 'its actions'}.`);
  },
);

const ENDS = together(
  {
    name: 'alarm-ends',
    asks: 'An alarm that silence raises tells a topic of the stack that it is over; one on something that has happened does not, since that has no end.',
  },
  ofType(ALARM),
  (alarm) => {
    const { treatMissingData, statistic, okActions = [] } = alarm.props;
    const tells = okActions.length > 0 && named(alarm, 'okActions', TOPIC).length > 0;
    const right =
      treatMissingData === 'breaching' ? tells : statistic !== 'Sum' || okActions.length === 0;
    return unless(
      right,
      'tells of an end that is none, or of none that is one: look at okActions.',
    );
  },
);

const EMITTED = onEach(
  {
    name: 'alarm-emitted',
    asks: 'Every alarm is on a metric that the functions emit, or AWS itself: by name, unit and dimensions.',
  },
  [ALARM],
  (props, { urn }) => {
    const known =
      props.namespace === NAMESPACE ? isEmitted(props, deploymentOf(urn)) : isOfAws(props);
    return unless(
      known,
      `is on ${props.namespace} ${props.metricName}, of which no number ever comes.`,
    );
  },
);

/** Whether the contract says that the functions of this deployment emit it. */
function isEmitted({ metricName, unit, dimensions }: Props, deployment: string): boolean {
  const metric = Object.values(METRICS).find(({ name }) => name === metricName);
  const kinds = { kind: KINDS, all: [ALL_KINDS], both: [...KINDS, ALL_KINDS] } as const;
  return (
    metric !== undefined &&
    (unit === undefined || unit === metric.unit) &&
    Object.keys(dimensions).sort().join() === 'kind,service' &&
    dimensions.service === deployment &&
    (kinds[metric.of] as readonly string[]).includes(dimensions.kind)
  );
}

const AWS_METRICS: Readonly<Record<string, readonly string[]>> = {
  'AWS/Lambda': ['Errors', 'Throttles', 'Invocations', 'Duration', 'AsyncEventsDropped'],
  'AWS/SQS': ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'],
};

function isOfAws({ namespace, metricName }: Props): boolean {
  return AWS_METRICS[namespace]?.includes(metricName) ?? false;
}

const SUBJECTS: Readonly<Record<string, string>> = {
  FunctionName: aws('lambda', 'Function'),
  QueueName: aws('sqs', 'Queue'),
};

/** What an account has one of: it is watched as a whole. */
const OF_ACCOUNT = ['Throttles'];

const DECLARED = together(
  {
    name: 'alarm-declared',
    asks: 'An alarm on a function or a queue is on one that this stack declares; only what an account has one of is watched as a whole.',
  },
  (all) => ofType(ALARM)(all).filter(({ props }) => props.namespace !== NAMESPACE),
  (alarm) => {
    const [dimension, ...more] = Object.keys(alarm.props.dimensions ?? {});
    if (!dimension)
      return unless(OF_ACCOUNT.includes(alarm.props.metricName), 'listens to the whole account.');
    const type = SUBJECTS[dimension];
    const declared =
      type !== undefined && more.length === 0 && named(alarm, 'dimensions', type).length === 1;
    return unless(declared, 'listens to something that this stack does not declare.');
  },
);

/** What is heard when nothing runs. */
const HEARTBEATS: readonly MetricId[] = ['overdue', 'watched'];
const TWO_HOURS = 7200;

const SILENCE = onEach(
  {
    name: 'alarm-silence',
    asks: 'Silence raises the alarms on overdue backups and on the watch, within two hours.',
  },
  [ALARM],
  ({ metricName, namespace, treatMissingData, period, evaluationPeriods }) => {
    const heartbeat =
      namespace === NAMESPACE && HEARTBEATS.some((id) => METRICS[id].name === metricName);
    const heard = treatMissingData === 'breaching' && period * evaluationPeriods <= TWO_HOURS;
    return unless(
      !heartbeat || heard,
      'takes silence for good, or hears it late: treat missing data as breaching.',
    );
  },
);

const PERIOD = onEach(
  { name: 'alarm-period', asks: 'No alarm sleeps for longer than an hour between two looks.' },
  [ALARM],
  ({ period }) => unless(period <= 3600, 'looks too seldom: CloudWatch would raise it days late.'),
);

const WATCHED = together(
  {
    name: 'alarm-watched',
    asks: 'There is an alarm that hears every kind of backup that has a schedule, and one on the watch.',
  },
  ofType(aws('scheduler', 'Schedule')),
  (schedule, all) => {
    const { kind } = JSON.parse(schedule.props.target.input ?? '{}');
    const watched = alarmOn(all, 'watched', [ALL_KINDS]) !== undefined;
    const heard = watched && (!kind || hearsLate(all, kind));
    return unless(
      heard,
      'may fall silent unheard: add the alarms on overdue backups and on the watch.',
    );
  },
);

/** Of all kinds together, anything but the maximum hides the one that is late. */
function hearsLate(all: PolicyResource[], kind: string): boolean {
  return alarmOn(all, 'overdue', [kind, ALL_KINDS])?.props.statistic === 'Maximum';
}

function alarmOn(all: PolicyResource[], id: MetricId, kinds: string[]): PolicyResource | undefined {
  return ofType(ALARM)(all).find(
    ({ props }) => props.metricName === METRICS[id].name && kinds.includes(props.dimensions?.kind),
  );
}

export const ALARM_RULES: Rule[] = [
  ...[ACTIONS, ENDS, EMITTED, DECLARED, SILENCE, PERIOD, WATCHED],
];
