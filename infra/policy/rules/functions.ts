import type { PolicyResource } from '@pulumi/policy';
import { SETTINGS_VARIABLE } from '../../../contract/settings';
import { lastDue } from '../../../core/watch/schedule';
import { allowsOf } from '../documents';
import { aws, named, naming, ofType } from '../resources';
import { onEach, type Rule, together, unless } from '../rule';
import { holdsSecret } from '../secret-text';

const FUNCTION = aws('lambda', 'Function');
const CALLS = aws('lambda', 'FunctionEventInvokeConfig');

const FAILURES = together(
  {
    name: 'function-failures',
    asks: 'What a function ended without an answer for goes into the queue of dead letters.',
    ids: ['CKV_AWS_116', 'LambdaAsyncFailureDestination'],
  },
  ofType(FUNCTION),
  (fn, all) => {
    const kept = naming(all, CALLS, 'functionName', fn).some(
      (calls) =>
        Boolean(calls.props.destinationConfig?.onFailure?.destination) &&
        named(calls, 'destinationConfig', aws('sqs', 'Queue')).length > 0,
    );
    return unless(kept, 'loses the calls that fail: add a destination for failures.');
  },
);

const RUNS_ONCE = together(
  {
    name: 'function-runs-once',
    asks: 'Lambda never repeats a call by itself but that of an alarm, and forgets one that is older than six hours.',
  },
  ofType(FUNCTION),
  (fn, all) => {
    const retries = handsOnAlarms(fn, all) ? 2 : 0;
    const right = naming(all, CALLS, 'functionName', fn).some(
      ({ props }) =>
        props.maximumRetryAttempts === retries && props.maximumEventAgeInSeconds <= 21_600,
    );
    const problem = 'is called too often for one event, or too seldom';
    return unless(right, `${problem}: set maximumRetryAttempts to ${retries}.`);
  },
);

/** An alarm may be heard twice, and must not be lost; a backup is not made twice. */
function handsOnAlarms(fn: PolicyResource, all: PolicyResource[]): boolean {
  return naming(all, aws('sns', 'TopicSubscription'), 'endpoint', fn).length > 0;
}

const ENVIRONMENT = onEach(
  {
    name: 'function-environment',
    asks: 'The environment of a function holds its settings, and no secret.',
    ids: [
      ...['CKV_AWS_45', 'awslambda_function_no_secrets_in_variables'],
      'awslambda_function_no_secrets_in_code',
    ],
  },
  [FUNCTION],
  ({ environment }) =>
    Object.entries<string>(environment?.variables ?? {})
      .filter(([name, value]) => name !== SETTINGS_VARIABLE || holdsSecret(value))
      .map(([name]) => `has ${name} in its environment: keep secrets in Secrets Manager.`),
);

const RUNTIME = onEach(
  {
    name: 'function-runtime',
    asks: 'Every function runs on a version of Node that AWS supports.',
    ids: ['CKV_AWS_363', 'AwsSolutions-L1', 'Lambda.2'],
  },
  [FUNCTION],
  ({ runtime }) =>
    unless(['nodejs22.x', 'nodejs24.x'].includes(runtime), `runs on ${runtime}: take nodejs24.x.`),
);

const URLS = onEach(
  {
    name: 'function-urls',
    asks: 'No function has a URL.',
    ids: ['CKV_AWS_258'],
  },
  [aws('lambda', 'FunctionUrl')],
  () => ['opens a function to the web: take it away.'],
);

const CALLERS = onEach(
  {
    name: 'function-callers',
    asks: 'Only a named resource of one service may call a function.',
    ids: ['CKV_AWS_301', 'CKV_AWS_364', 'AVD-AWS-0067', 'F13', 'W24', 'F45', 'Lambda.1'],
  },
  [aws('lambda', 'Permission')],
  ({ principal, sourceArn, action }) =>
    unless(
      /^[\w-]+\.amazonaws\.com$/.test(principal) &&
        Boolean(sourceArn) &&
        action === 'lambda:InvokeFunction',
      'lets more than one resource call a function: name principal and sourceArn.',
    ),
);

const LIMITS = onEach(
  {
    name: 'function-limits',
    asks: 'Every function has memory and a time limit of its own choice.',
    ids: ['LambdaDefaultTimeout'],
  },
  [FUNCTION],
  ({ timeout, memorySize }) =>
    unless(timeout > 3 && memorySize >= 512, "has Lambda's own limits, which are too small."),
);

const GAP = together(
  {
    name: 'function-gap',
    asks: 'A function ends before its schedule calls it again.',
  },
  ofType(aws('scheduler', 'Schedule')),
  (schedule) => {
    const { scheduleExpression, scheduleExpressionTimezone } = schedule.props;
    const gap = secondsBetween(scheduleExpression, scheduleExpressionTimezone ?? 'UTC');
    return named(schedule, 'target', FUNCTION)
      .filter(({ props }) => props.timeout >= gap)
      .map(({ name }) => `calls ${name} every ${gap} s, and that may run as long.`);
  },
);

function secondsBetween(expression: string, timeZone: string): number {
  const last = lastDue({ expression, timeZone }, new Date());
  const before = lastDue({ expression, timeZone }, new Date(last.getTime() - 1));
  return Math.round((last.getTime() - before.getTime()) / 1000);
}

const OWN_LOG = together(
  {
    name: 'function-own-log',
    asks: 'Every function writes into a log of its own, and its role into no other.',
    ids: ['LambdaLogging', 'W58'],
  },
  ofType(FUNCTION),
  (fn, all) => {
    const [log] = named(fn, 'loggingConfig', aws('cloudwatch', 'LogGroup'));
    if (!log) return ['has no log of its own: name a log group in loggingConfig.'];
    const role = named(fn, 'role', aws('iam', 'Role'))[0];
    const policies = role ? naming(all, aws('iam', 'RolePolicy'), 'role', role) : [];
    const written = policies
      .flatMap(({ props }) => allowsOf(props.policy))
      .filter(({ Action }) => Action.some((action) => action.startsWith('logs:')))
      .flatMap(({ Resource }) => Resource);
    const own = written.length > 0 && written.every((arn) => arn === `${log.props.arn}:*`);
    return unless(own, `may write elsewhere than into ${log.name}.`);
  },
);

export const FUNCTION_RULES: Rule[] = [
  ...[FAILURES, RUNS_ONCE, ENVIRONMENT, RUNTIME, URLS, CALLERS, LIMITS, GAP, OWN_LOG],
];
