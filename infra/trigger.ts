import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { FILES } from '../contract/keys';
import type { BackupFunction } from './function';

export interface ManifestTriggerArgs {
  readonly bucketName: pulumi.Output<string>;
  /** What has to happen to a manifest: `Object Created`, `Object Tags Added`. */
  readonly event: 'Object Created' | 'Object Tags Added';
  readonly description: string;
  /** What is called. */
  readonly calls: BackupFunction;
  /** What it is told. @default the event itself */
  readonly input?: object;
  /** Where an event goes that the function could not be told. */
  readonly deadLetters: pulumi.Output<string>;
}

/** A backup is finished: it is verified. */
export const VERIFICATION = {
  event: 'Object Created',
  description: 'A backup is finished',
} as const;

/** A backup may be marked to go: the watch looks whether it should. */
export const TAGGING = {
  event: 'Object Tags Added',
  description: 'A backup was tagged',
  input: {},
} as const;

/** Calls a function when something happens to the manifest of a backup. */
export class ManifestTrigger extends pulumi.ComponentResource {
  constructor(name: string, args: ManifestTriggerArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:ManifestTrigger', name, {}, opts);
    const rule = this.#rule(name, args);
    this.#permission(name, rule, args.calls.functionName);
    this.#target(name, rule, args);
    this.registerOutputs({});
  }

  #rule(name: string, { bucketName, event, description }: ManifestTriggerArgs) {
    const eventPattern = pulumi.jsonStringify({
      source: ['aws.s3'],
      'detail-type': [event],
      detail: {
        bucket: { name: [bucketName] },
        object: { key: [{ suffix: `/${FILES.manifest}` }] },
      },
    });
    return new aws.cloudwatch.EventRule(
      `${name}-rule`,
      { description, eventPattern },
      { parent: this },
    );
  }

  #permission(name: string, rule: aws.cloudwatch.EventRule, functionName: pulumi.Output<string>) {
    return new aws.lambda.Permission(
      `${name}-permission`,
      {
        function: functionName,
        action: 'lambda:InvokeFunction',
        principal: 'events.amazonaws.com',
        sourceArn: rule.arn,
      },
      { parent: this },
    );
  }

  #target(name: string, rule: aws.cloudwatch.EventRule, args: ManifestTriggerArgs) {
    return new aws.cloudwatch.EventTarget(
      `${name}-target`,
      {
        rule: rule.name,
        arn: args.calls.arn,
        ...(args.input && { input: JSON.stringify(args.input) }),
        retryPolicy: { maximumEventAgeInSeconds: 6 * 3600, maximumRetryAttempts: 24 },
        deadLetterConfig: { arn: args.deadLetters },
      },
      { parent: this },
    );
  }
}
