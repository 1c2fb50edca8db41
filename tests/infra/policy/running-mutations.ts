import {
  add,
  addStatement,
  change,
  depend,
  gone,
  type Mutation,
  set,
  settings,
  statement,
  trust,
} from './mutate';

const target = (name: string, mutate: (target: Record<string, unknown>) => void) =>
  change(name, (props) => mutate(props.target));

const environment = (name: string, value: string) =>
  change('watch-function', (props) => {
    props.environment.variables[name] = value;
  });

const dimensions = (alarm: string, changed: object) =>
  change(alarm, (props) => Object.assign(props.dimensions, changed));

/** How functions, schedules, alarms and messages can be broken, by the rule that says so. */
export const RUNNING_MUTATIONS: Record<string, Record<string, Mutation>> = {
  'CKV_AWS_116-function-failures': {
    'no destination': set('drill-calls', 'destinationConfig', undefined),
    "somebody else's queue": depend('drill-calls', 'destinationConfig'),
  },
  'own-function-runs-once': {
    'a second backup': set('backup-calls', 'maximumRetryAttempts', 2),
    'a day later': set('backup-calls', 'maximumEventAgeInSeconds', 86_400),
    'an alarm that is tried once': set('forward-calls', 'maximumRetryAttempts', 0),
  },
  'CKV_AWS_45-function-environment': {
    'a password': environment('PGPASSWORD', 'x'),
    'a URL among the settings': settings('watch-function', (it) => {
      it.database = 'postgres://a:b@c/d';
    }),
  },
  'CKV_AWS_363-function-runtime': {
    'an old Node': set('backup-function', 'runtime', 'nodejs18.x'),
  },
  'CKV_AWS_258-function-urls': { 'a URL': add('aws:lambda/functionUrl:FunctionUrl', {}) },
  'CKV_AWS_301-function-callers': {
    'any rule': set('verification-permission', 'sourceArn', undefined),
    anybody: set('verification-permission', 'principal', '*'),
    'all that can be done': set('webhook-permission', 'action', 'lambda:*'),
  },
  'LambdaDefaultTimeout-function-limits': {
    'three seconds': set('backup-function', 'timeout', 3),
    'no choice': set('backup-function', 'memorySize', undefined),
  },
  'own-function-gap': {
    'each minute': set('watch-schedule', 'scheduleExpression', 'rate(1 minute)'),
  },
  'LambdaLogging-function-own-log': {
    "another's log": statement('backup-policy', 'WriteLog', (it) => {
      it.Resource = 'arn:aws:logs:eu-central-1:111122223333:log-group:other:*';
    }),
    'no log': depend('backup-function', 'loggingConfig'),
  },
  'own-layer-zip': {
    'a folder': change('client-tools', ({ code }) => {
      code.path = '/somewhere/layer';
    }),
    'an object that may change': set('client-tools', 's3Bucket', 'downloads'),
  },
  'own-layer-arm64': {
    'a layer for another': set('client-tools', 'compatibleArchitectures', ['x86_64']),
    'a function on another': set('backup-function', 'architectures', ['x86_64']),
    'a function on the default': set('backup-function', 'architectures', undefined),
  },
  'awslambda_function_using_cross_account_layers-layer-ours': {
    "somebody else's": depend('backup-function', 'layers'),
    'another name': set('client-tools', 'layerName', 'postgres'),
  },
  'own-layer-shared': {
    lent: add('aws:lambda/layerVersionPermission:LayerVersionPermission', { principal: '*' }),
  },
  'EventBusDLQ-schedule-dead-letters': {
    none: target('daily-schedule', (it) => {
      delete it.deadLetterConfig;
    }),
    "somebody else's": depend('daily-schedule', 'target', 'backup-function', 'schedules-role'),
  },
  'own-event-dead-letters': {
    none: set('verification-target', 'deadLetterConfig', undefined),
    "somebody else's": depend('verification-target', 'deadLetterConfig'),
    'no retry': set('verification-target', 'retryPolicy', { maximumRetryAttempts: 0 }),
  },
  'own-schedule-retries': {
    none: target('daily-schedule', (it) => {
      it.retryPolicy = { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 3600 };
    }),
    'those of AWS': target('daily-schedule', (it) => {
      delete it.retryPolicy;
    }),
  },
  'own-schedule-enabled': {
    off: set('daily-schedule', 'state', 'DISABLED'),
    'some time': set('daily-schedule', 'flexibleTimeWindow', { mode: 'FLEXIBLE' }),
  },
  'own-schedule-time-zone': {
    none: set('daily-schedule', 'scheduleExpressionTimezone', undefined),
  },
  'own-schedule-role': {
    'other schedules': trust('schedules-role', ({ Condition }) => {
      delete Condition.StringEquals['aws:SourceArn'];
    }),
  },
  'CKV_AWS_319-alarm-actions': {
    'nobody hears it': set('alarms-backup-failed', 'alarmActions', []),
    'nobody hears that it can not tell': depend('alarms-backup-failed', 'insufficientDataActions'),
    off: set('alarms-backup-failed', 'actionsEnabled', false),
  },
  'own-alarm-ends': {
    'nobody hears that it is over': set('alarms-overdue', 'okActions', []),
    'somebody else hears that it is over': depend('alarms-overdue', 'okActions'),
    'the end of what has happened': set('alarms-backup-failed', 'okActions', ['a topic']),
  },
  'own-alarm-emitted': {
    'another name': set('alarms-backup-failed', 'metricName', 'BackupFaild'),
    'another unit': set('alarms-backup-failed', 'unit', 'Seconds'),
    'a kind that has no series': dimensions('alarms-drill-overdue', { kind: 'daily' }),
    'of all, which nobody emits': set('alarms-drill-overdue', 'metricName', 'NewestVerifiedAge'),
    'another deployment': dimensions('alarms-backup-failed', { service: 'neon-backup-dev' }),
    'one dimension more': dimensions('alarms-backup-failed', { region: 'eu-central-1' }),
    "a name that AWS doesn't know": set('alarms-backup-errors', 'metricName', 'Errrors'),
  },
  'own-alarm-declared': {
    'another function': depend('alarms-backup-errors', 'dimensions'),
    'the whole account': set('alarms-backup-errors', 'dimensions', {}),
  },
  'own-alarm-silence': {
    'silence is good': set('alarms-overdue', 'treatMissingData', 'notBreaching'),
    'heard too late': set('alarms-watch-silent', 'evaluationPeriods', 12),
  },
  'own-alarm-period': { 'once a day': set('alarms-drill-overdue', 'period', 86_400) },
  'own-alarm-watched': {
    'a kind that nobody misses': gone('alarms-overdue'),
    'a kind that hides another': set('alarms-overdue', 'statistic', 'Minimum'),
    'a watch that nobody misses': gone('alarms-watch-silent'),
  },
  'CKV_AWS_26-topic-encryption': {
    "AWS's key": depend('notices-topic', 'kmsMasterKeyId'),
    none: set('notices-topic', 'kmsMasterKeyId', undefined),
  },
  'CKV_AWS_169-topic-policy': {
    anybody: addStatement('notices-policy', {
      ...{ Effect: 'Allow', Principal: '*', Action: 'sns:Publish', Resource: '*' },
    }),
    'alarms of any account': statement('notices-policy', 'AlarmsOfThisAccount', (it) => {
      delete it.Condition;
    }),
  },
  'AwsSolutions-SNS3-topic-tls': { 'no denial': statement('notices-policy', 'PlainHttp') },
  'own-topic-listeners': { nobody: gone('notices-email') },
  'sns_subscription_not_using_http_endpoints-topic-http': {
    'without TLS': set('webhook-subscription', 'protocol', 'http'),
  },
  'CKV_AWS_27-queue-encryption': { "AWS's key": depend('dead-letters-queue', 'kmsMasterKeyId') },
  'CKV_AWS_168-queue-policy': {
    anybody: statement('dead-letters-policy', 'RulesOfThisAccount', (it) => {
      it.Principal = '*';
    }),
    'the whole service': statement('dead-letters-policy', 'RulesOfThisAccount', (it) => {
      it.Action = 'sqs:*';
    }),
    'rules of any account': statement('dead-letters-policy', 'RulesOfThisAccount', (it) => {
      delete it.Condition;
    }),
    'rules of any account, in other words': statement(
      'dead-letters-policy',
      'RulesOfThisAccount',
      (it) => {
        it.Condition.ArnLike['aws:SourceArn'] = 'arn:aws:events:*:*:rule/*';
      },
    ),
  },
  'AwsSolutions-SQS4-queue-tls': { 'no denial': statement('dead-letters-policy', 'PlainHttp') },
  'own-queue-keeps': {
    'four days': set('dead-letters-queue', 'messageRetentionSeconds', undefined),
    'in order': set('dead-letters-queue', 'fifoQueue', true),
  },
  'own-queue-alarm': { 'no alarm': gone('alarms-dead-letters') },
  'CKV_AWS_158-log-encryption': { "AWS's key": depend('backup-log', 'kmsKeyId') },
  'CKV_AWS_66-log-retention': {
    'a month': set('backup-log', 'retentionInDays', 30),
    'for ever': set('backup-log', 'retentionInDays', undefined),
  },
};
