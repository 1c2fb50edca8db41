import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import type { StackOutputs } from '../../contract/outputs';
import { examine, type Finding, fail, ok } from '../../core/doctor/finding';
import { answered, clientOptions } from './aws';

/** Somebody whom the topic tells, or will tell. */
export interface Listener {
  /** `email`, `sqs`, … */
  readonly protocol: string;
  readonly endpoint: string;
  /** Whether they have said yes; nothing is sent before. */
  readonly confirmed: boolean;
}

/** @throws BackupError */
export function readListeners(outputs: StackOutputs): Promise<Listener[]> {
  return answered(`ask who listens to ${outputs.topic}`, listListeners(outputs));
}

async function listListeners(outputs: StackOutputs): Promise<Listener[]> {
  const client = new SNSClient(clientOptions(outputs));
  const listeners: Listener[] = [];
  const pages = paginateListSubscriptionsByTopic({ client }, { TopicArn: outputs.topic });
  for await (const { Subscriptions = [] } of pages)
    for (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of Subscriptions)
      listeners.push({
        protocol: Protocol,
        endpoint: Endpoint,
        // In the place of an ARN there is `PendingConfirmation`, or `Deleted`.
        confirmed: SubscriptionArn.startsWith('arn:'),
      });
  return listeners;
}

export function examineListeners(outputs: StackOutputs): Promise<Finding[]> {
  return examine('listeners', async () => judgeListeners(await readListeners(outputs), outputs));
}

/** Whoever has to hear of a failure, and would not. */
export function judgeListeners(
  listeners: readonly Listener[],
  { topic, email }: Pick<StackOutputs, 'topic' | 'email'>,
): Finding[] {
  const confirmed = listeners.filter((listener) => listener.confirmed);
  const waiting = listeners.filter((listener) => !listener.confirmed);
  const findings = waiting.map(({ protocol, endpoint }) =>
    fail(
      'listeners',
      `${endpoint} has not confirmed, and hears nothing`,
      ask(topic, protocol, endpoint),
    ),
  );
  if (email && !listeners.some(({ endpoint }) => endpoint === email))
    findings.push(
      fail('listeners', `${email} does not listen any more`, ask(topic, 'email', email)),
    );
  if (confirmed.length === 0) findings.push(fail('listeners', 'nobody hears the alarms', LISTEN));
  if (findings.length > 0) return findings;
  const names = confirmed.map(({ endpoint }) => endpoint).join(', ');
  return [ok('listeners', `the alarms reach ${names}`)];
}

const LISTEN = 'Without a listener that has confirmed, a failure is silent.';

/** Asking again sends a new message to confirm. */
function ask(topic: string, protocol: string, endpoint: string): string {
  return `Click the link in the message "AWS Notification - Subscription Confirmation" (look among spam, too). For a new one: aws sns subscribe --region ${topic.split(':')[3]} --topic-arn ${topic} --protocol ${protocol} --notification-endpoint ${endpoint}`;
}
