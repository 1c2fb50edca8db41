import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { FILES } from '../contract/keys';
import type { BackupFunction } from './function';

export interface VerificationTriggerArgs {
  readonly bucketName: pulumi.Output<string>;
  readonly verify: BackupFunction;
  /** Where an event goes that the function could not be told. */
  readonly deadLetters: pulumi.Output<string>;
}

/** Starts the verification of each backup when its manifest is there. */
export class VerificationTrigger extends pulumi.ComponentResource {
  constructor(name: string, args: VerificationTriggerArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:VerificationTrigger', name, {}, opts);
    const rule = this.#rule(name, args.bucketName);
    this.#permission(name, rule, args.verify.functionName);
    this.#target(name, rule, args);
    this.registerOutputs({});
  }

  #rule(name: string, bucketName: pulumi.Output<string>) {
    const eventPattern = pulumi.jsonStringify({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: {
        bucket: { name: [bucketName] },
        object: { key: [{ suffix: `/${FILES.manifest}` }] },
      },
    });
    return new aws.cloudwatch.EventRule(
      `${name}-rule`,
      { description: 'A backup is finished', eventPattern },
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

  #target(name: string, rule: aws.cloudwatch.EventRule, args: VerificationTriggerArgs) {
    return new aws.cloudwatch.EventTarget(
      `${name}-target`,
      {
        rule: rule.name,
        arn: args.verify.arn,
        retryPolicy: { maximumEventAgeInSeconds: 6 * 3600, maximumRetryAttempts: 24 },
        deadLetterConfig: { arn: args.deadLetters },
      },
      { parent: this },
    );
  }
}
