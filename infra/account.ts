import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';

/** The account that is deployed into, and where in it. */
export interface Account {
  readonly id: pulumi.Output<string>;
  readonly region: string;
}

export function thisAccount(region: string): Account {
  return { id: aws.getCallerIdentityOutput().accountId, region };
}
