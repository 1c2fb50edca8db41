import { allowsPattern, confusable, denies, isPublic, PLAIN_HTTP } from '../documents';
import { aws, hasOurKey, named, naming, ofType } from '../resources';
import { onEach, type Rule, together, unless } from '../rule';

const TOPIC = aws('sns', 'Topic');
const QUEUE = aws('sqs', 'Queue');

const TOPIC_KEY = together(
  {
    name: 'topic-encryption',
    asks: 'Every topic is encrypted with a key of the stack.',
    ids: ['CKV_AWS_26', 'AVD-AWS-0095', 'AVD-AWS-0136', 'W47', 'SNS.1'],
  },
  ofType(TOPIC),
  (topic) =>
    unless(hasOurKey(topic, 'kmsMasterKeyId'), 'is not encrypted with a key of the stack.'),
);

const TOPIC_POLICY = onEach(
  {
    name: 'topic-policy',
    asks: 'No topic is for anybody, nor for a service that acts for any account.',
    ids: ['CKV_AWS_169', 'CKV_AWS_385', 'F18', 'F8', 'SNS.4'],
  },
  [aws('sns', 'TopicPolicy')],
  ({ policy }) =>
    unless(
      !isPublic(policy) && confusable(policy).length === 0,
      'lets others send: name them, and add aws:SourceAccount.',
    ),
);

const TOPIC_TLS = together(
  {
    name: 'topic-tls',
    asks: 'Every topic denies messages without TLS.',
    ids: ['AwsSolutions-SNS3'],
  },
  ofType(TOPIC),
  (topic, all) => {
    const denied = naming(all, aws('sns', 'TopicPolicy'), 'arn', topic).some(({ props }) =>
      denies(props.policy, { action: 'sns:Publish', on: topic.props.arn, condition: PLAIN_HTTP }),
    );
    return unless(denied, 'takes messages without TLS: deny sns:Publish over plain HTTP.');
  },
);

const SUBSCRIPTION = aws('sns', 'TopicSubscription');

const LISTENERS = together(
  { name: 'topic-listeners', asks: 'Somebody subscribes to every topic, by e-mail.' },
  ofType(TOPIC),
  (topic, all) => {
    const heard = naming(all, SUBSCRIPTION, 'topic', topic).some(
      ({ props }) => props.protocol === 'email',
    );
    return unless(heard, 'is heard by nobody: subscribe an e-mail address.');
  },
);

const NO_HTTP = onEach(
  {
    name: 'topic-http',
    asks: 'No subscription is sent without TLS.',
    ids: ['sns_subscription_not_using_http_endpoints'],
  },
  [SUBSCRIPTION],
  ({ protocol }) => unless(protocol !== 'http', 'is sent without TLS: take https.'),
);

const QUEUE_KEY = together(
  {
    name: 'queue-encryption',
    asks: 'Every queue is encrypted with a key of the stack.',
    ids: [
      ...[
        'CKV_AWS_27',
        'CKV2_AWS_73',
        'AVD-AWS-0096',
        'AVD-AWS-0135',
        'SQS.1',
        'AwsSolutions-SQS2',
      ],
    ],
  },
  ofType(QUEUE),
  (queue) =>
    unless(hasOurKey(queue, 'kmsMasterKeyId'), 'is not encrypted with a key of the stack.'),
);

const QUEUE_POLICY = onEach(
  {
    name: 'queue-policy',
    asks: 'No queue is for anybody, nor for a service that acts for any account, and allows named actions alone.',
    ids: ['CKV_AWS_168', 'CKV_AWS_387', 'CKV_AWS_72', 'AVD-AWS-0097', 'F20', 'F21'],
  },
  [aws('sqs', 'QueuePolicy')],
  ({ policy }) =>
    unless(
      !isPublic(policy) && !allowsPattern(policy) && confusable(policy).length === 0,
      'lets others in: name them and the actions, and add aws:SourceAccount.',
    ),
);

const QUEUE_TLS = together(
  {
    name: 'queue-tls',
    asks: 'Every queue denies messages without TLS.',
    ids: ['AwsSolutions-SQS4'],
  },
  ofType(QUEUE),
  (queue, all) => {
    const denied = naming(all, aws('sqs', 'QueuePolicy'), 'queueUrl', queue).some(({ props }) =>
      denies(props.policy, {
        action: 'sqs:SendMessage',
        on: queue.props.arn,
        condition: PLAIN_HTTP,
      }),
    );
    return unless(denied, 'takes messages without TLS: deny sqs:SendMessage over plain HTTP.');
  },
);

const TWO_WEEKS = 14 * 86_400;

const QUEUE_KEEPS = onEach(
  {
    name: 'queue-keeps',
    asks: 'Dead letters are kept for 14 days, in a standard queue: the scheduler can use no other.',
  },
  [QUEUE],
  ({ fifoQueue, messageRetentionSeconds }) =>
    unless(
      fifoQueue !== true && messageRetentionSeconds === TWO_WEEKS,
      `is no standard queue that keeps messages for ${TWO_WEEKS} s.`,
    ),
);

const QUEUE_ALARM = together(
  { name: 'queue-alarm', asks: 'An alarm listens to every queue.' },
  ofType(QUEUE),
  (queue, all) => {
    const alarms = ofType(aws('cloudwatch', 'MetricAlarm'))(all);
    const heard = alarms.some(
      (alarm) =>
        alarm.props.metricName === 'ApproximateNumberOfMessagesVisible' &&
        named(alarm, 'dimensions', QUEUE).includes(queue),
    );
    return unless(heard, 'fills unseen: add an alarm on its messages.');
  },
);

export const MESSAGE_RULES: Rule[] = [
  ...[TOPIC_KEY, TOPIC_POLICY, TOPIC_TLS, LISTENERS, NO_HTTP],
  ...[QUEUE_KEY, QUEUE_POLICY, QUEUE_TLS, QUEUE_KEEPS, QUEUE_ALARM],
];
