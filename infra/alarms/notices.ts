import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Account } from '../account';
import { policyDocument } from '../role';

export interface NoticesArgs {
  readonly account: Account;
  readonly keyArn: pulumi.Input<string>;
  /** Who is told; they have to confirm it by a click in the first e-mail. */
  readonly email: string;
}

/** The topic that people hear from: of alarms, and of what the functions have to say. */
export class Notices extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  /** Whether nobody has confirmed the subscription yet. */
  readonly emailPending: pulumi.Output<boolean>;

  constructor(name: string, args: NoticesArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Notices', name, {}, opts);
    const topic = new aws.sns.Topic(
      `${name}-topic`,
      { kmsMasterKeyId: args.keyArn },
      { parent: this },
    );
    this.#policy(name, topic, args.account);
    const subscription = new aws.sns.TopicSubscription(
      `${name}-email`,
      { topic: topic.arn, protocol: 'email', endpoint: args.email },
      { parent: this },
    );
    this.topicArn = topic.arn;
    this.emailPending = subscription.pendingConfirmation;
    this.registerOutputs({ topicArn: this.topicArn, emailPending: this.emailPending });
  }

  #policy(name: string, topic: aws.sns.Topic, { id }: Account) {
    const policy = policyDocument([
      {
        Sid: 'AlarmsOfThisAccount',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: topic.arn,
        Condition: { StringEquals: { 'aws:SourceAccount': id } },
      },
      {
        Sid: 'PlainHttp',
        Effect: 'Deny',
        Principal: '*',
        Action: 'sns:Publish',
        Resource: topic.arn,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]);
    return new aws.sns.TopicPolicy(`${name}-policy`, { arn: topic.arn, policy }, { parent: this });
  }
}
