import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { lastDue } from '../../core/watch/schedule';
import { type Account, given, unique } from '../support/aws-account';
import { askDirectly } from './direct';

const EVENTS = { service: 'events', target: 'AWSEvents' };

/** What a deployed schedule would do. */
export interface ScheduledCall {
  readonly functionArn: string;
  readonly event: unknown;
}

/** The call that a schedule made when it was due last, as EventBridge Scheduler would make it. */
export async function lastCallOf(
  account: Account,
  GroupName: string,
  Name: string,
): Promise<ScheduledCall> {
  const client = new SchedulerClient(account.config());
  const schedule = await client.send(new GetScheduleCommand({ GroupName, Name }));
  const { Target, ScheduleExpression, ScheduleExpressionTimezone } = schedule;
  const at = {
    expression: given(ScheduleExpression),
    timeZone: given(ScheduleExpressionTimezone),
  };
  const due = lastDue(at, new Date()).toISOString().replace(/\.\d+/, '');
  const input = given(Target?.Input).replaceAll('<aws.scheduler.scheduled-time>', due);
  return { functionArn: given(Target?.Arn), event: JSON.parse(input) };
}

/** Who hears something that is sent in the account. */
export interface Listener {
  /** What a queue is called where others send to it. */
  readonly arn: string;
  /** The bodies that came since the last call, the oldest first. */
  heard(): Promise<string[]>;
}

export async function makeListener(account: Account): Promise<Listener> {
  const sqs = new SQSClient(account.config());
  const made = await sqs.send(new CreateQueueCommand({ QueueName: unique('listener') }));
  const QueueUrl = given(made.QueueUrl);
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
  const arn = given((await sqs.send(asked)).Attributes?.QueueArn);
  const next = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 };
  const heard = async () => {
    const bodies: string[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(next));
      if (Messages.length === 0) return bodies;
      bodies.push(...Messages.map(({ Body }) => given(Body)));
    }
  };
  return { arn, heard };
}

/** A rule, as EventBridge has it. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly pattern: string;
  /** ARNs of what it calls. */
  readonly targets: string[];
}

/** The rules of the account. */
export async function readRules(account: Account): Promise<Rule[]> {
  const { Rules } = await askDirectly(account, EVENTS, 'ListRules', {});
  const rules = Rules as { Name: string; Arn: string; EventPattern: string }[];
  return Promise.all(
    rules.map(async ({ Name: name, Arn: arn, EventPattern: pattern }) => {
      const { Targets } = await askDirectly(account, EVENTS, 'ListTargetsByRule', { Rule: name });
      return { name, arn, pattern, targets: (Targets as { Arn: string }[]).map(({ Arn }) => Arn) };
    }),
  );
}

/** Lets a listener hear what a rule lets through: by a second rule, of the same pattern. */
export async function overhear(account: Account, rule: Rule, listener: Listener): Promise<void> {
  const Name = unique('overhear');
  await askDirectly(account, EVENTS, 'PutRule', { Name, EventPattern: rule.pattern });
  const Targets = [{ Id: 'listener', Arn: listener.arn }];
  await askDirectly(account, EVENTS, 'PutTargets', { Rule: Name, Targets });
}
