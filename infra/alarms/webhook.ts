import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { functionName } from '../../contract/outputs';
import { BackupFunction, type FunctionDefaults } from '../function';
import { readSecret, type Scope } from '../permissions';
import type { StoredSecret } from '../secret';

export interface WebhookArgs extends FunctionDefaults, Scope {
  readonly deployment: string;
  /** The topic of the alarms. */
  readonly topicArn: pulumi.Output<string>;
  /** Holds the webhook's URL. */
  readonly secret: StoredSecret;
}

/** Hands alarms on to a webhook, which the topic itself could not: it speaks another language. */
export class Webhook extends pulumi.ComponentResource {
  constructor(name: string, args: WebhookArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Webhook', name, {}, opts);
    const { deployment, topicArn, secret, bucketArn: _, ...defaults } = args;
    const forward = new BackupFunction(
      'forward',
      {
        ...defaults,
        entry: 'lambda/forward.ts',
        functionName: functionName(deployment, 'forward'),
        retries: 2,
        description: 'Hands alarms on to the webhook',
        permissions: readSecret(args, 'Webhook', secret.arn),
      },
      { parent: this },
    );
    this.#subscribe(name, topicArn, forward);
    this.registerOutputs({});
  }

  #subscribe(name: string, topicArn: pulumi.Output<string>, forward: BackupFunction) {
    const permission = new aws.lambda.Permission(
      `${name}-permission`,
      {
        function: forward.functionName,
        action: 'lambda:InvokeFunction',
        principal: 'sns.amazonaws.com',
        sourceArn: topicArn,
      },
      { parent: this },
    );
    return new aws.sns.TopicSubscription(
      `${name}-subscription`,
      {
        topic: topicArn,
        protocol: 'lambda',
        endpoint: forward.arn,
        // The functions' own messages are no JSON.
        filterPolicyScope: 'MessageBody',
        filterPolicy: JSON.stringify({ AlarmName: [{ exists: true }] }),
      },
      { parent: this, dependsOn: permission },
    );
  }
}
