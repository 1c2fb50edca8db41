import { allowsOf } from '../documents';
import { aws, named, ofType } from '../resources';
import { onEach, type Rule, together, unless } from '../rule';

const SCHEDULE = aws('scheduler', 'Schedule');
const TARGET = aws('cloudwatch', 'EventTarget');
const QUEUE = aws('sqs', 'Queue');

const DEAD_LETTERS = together(
  {
    name: 'schedule-dead-letters',
    asks: 'What a schedule could not tell its function goes into the queue of dead letters.',
    ids: ['EventBusDLQ'],
  },
  ofType(SCHEDULE),
  (schedule) => {
    const kept = schedule.props.target?.deadLetterConfig?.arn;
    const problem = 'loses the calls that could not be made: add dead letters.';
    return unless(Boolean(kept) && named(schedule, 'target', QUEUE).length > 0, problem);
  },
);

const EVENT_DEAD_LETTERS = together(
  {
    name: 'event-dead-letters',
    asks: 'An event that could not be told is tried again, then kept in the queue of dead letters.',
  },
  ofType(TARGET),
  ({ props, ...target }) => {
    const kept = props.deadLetterConfig?.arn && props.retryPolicy?.maximumRetryAttempts > 0;
    const queues = named({ props, ...target }, 'deadLetterConfig', QUEUE);
    return unless(
      Boolean(kept) && queues.length > 0,
      'loses events: add retries and dead letters.',
    );
  },
);

const RETRIES = onEach(
  {
    name: 'schedule-retries',
    asks: 'A schedule tries again, and for less than a day: then it would be another backup.',
  },
  [SCHEDULE],
  ({ target }) => {
    const { maximumRetryAttempts = 0, maximumEventAgeInSeconds = 86_400 } =
      target?.retryPolicy ?? {};
    const sane = maximumRetryAttempts > 0 && maximumEventAgeInSeconds < 86_400;
    return unless(sane, 'has no retries of its own choice: add retryPolicy.');
  },
);

const ENABLED = onEach(
  { name: 'schedule-enabled', asks: 'Every schedule is on, and punctual.' },
  [SCHEDULE],
  ({ state, flexibleTimeWindow }) =>
    unless(
      state === 'ENABLED' && flexibleTimeWindow?.mode === 'OFF',
      'does not call when it is due: set state to ENABLED and flexibleTimeWindow to OFF.',
    ),
);

const TIME_ZONE = onEach(
  { name: 'schedule-time-zone', asks: 'Every schedule names the time zone that it is meant in.' },
  [SCHEDULE],
  ({ scheduleExpressionTimezone: zone }) =>
    unless(Boolean(zone), 'names no time zone: set scheduleExpressionTimezone.'),
);

const CALLER = together(
  {
    name: 'schedule-role',
    asks: "A schedule's role can be taken on for its own group alone.",
  },
  ofType(SCHEDULE),
  (schedule) => {
    const [role] = named(schedule, 'target', aws('iam', 'Role'));
    const trusts = role ? allowsOf(role.props.assumeRolePolicy) : [];
    const narrow =
      trusts.length > 0 &&
      trusts.every(({ Condition }) => Condition.StringEquals?.['aws:SourceArn']);
    return unless(
      narrow,
      'has a role that other schedules could use: add aws:SourceArn of the group.',
    );
  },
);

export const SCHEDULE_RULES: Rule[] = [
  ...[DEAD_LETTERS, EVENT_DEAD_LETTERS, RETRIES, ENABLED, TIME_ZONE, CALLER],
];
