import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Account } from './account';
import { policyDocument } from './role';

export interface DeadLettersArgs {
  readonly keyArn: pulumi.Input<string>;
  readonly account: Account;
}

/** 14 days: the longest that SQS keeps a message. */
const KEPT_SECONDS = 14 * 86_400;

/** What no function could be told, or ended without an answer: an alarm listens. */
export class DeadLetters extends pulumi.ComponentResource {
  readonly queueArn: pulumi.Output<string>;
  readonly queueName: pulumi.Output<string>;
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: DeadLettersArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:DeadLetters', name, {}, opts);
    const queue = this.#queue(name, args.keyArn);
    this.#policy(name, queue, args.account);
    this.queueArn = queue.arn;
    this.queueName = queue.name;
    this.url = queue.url;
    this.registerOutputs({ queueArn: this.queueArn, url: this.url });
  }

  #queue(name: string, kmsMasterKeyId: pulumi.Input<string>) {
    return new aws.sqs.Queue(
      `${name}-queue`,
      { kmsMasterKeyId, messageRetentionSeconds: KEPT_SECONDS },
      { parent: this },
    );
  }

  #policy(name: string, queue: aws.sqs.Queue, { id, region }: Account) {
    const policy = policyDocument([
      {
        Sid: 'RulesOfThisAccount',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queue.arn,
        Condition: {
          ArnLike: { 'aws:SourceArn': pulumi.interpolate`arn:aws:events:${region}:${id}:rule/*` },
        },
      },
      {
        Sid: 'PlainHttp',
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:SendMessage',
        Resource: queue.arn,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]);
    return new aws.sqs.QueuePolicy(
      `${name}-policy`,
      { queueUrl: queue.url, policy },
      { parent: this },
    );
  }
}
