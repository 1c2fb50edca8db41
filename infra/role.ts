import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string[];
  readonly Resource: pulumi.Input<string>;
  readonly Condition?: Record<string, Record<string, pulumi.Input<string>>>;
}

export interface RoleArgs {
  /** Which AWS service takes the role on. */
  readonly service: string;
  /** Further terms of taking it on. */
  readonly condition?: Statement['Condition'];
  readonly statements: pulumi.Input<Statement>[];
}

/** A role that a service takes on, and what it may do: exactly the statements given. */
export function roleFor(name: string, args: RoleArgs, opts: pulumi.CustomResourceOptions) {
  const role = new aws.iam.Role(`${name}-role`, { assumeRolePolicy: trust(args) }, opts);
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    { role: role.id, policy: document(args.statements) },
    opts,
  );
  return { arn: role.arn, policy };
}

function trust({ service, condition }: RoleArgs) {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    ...(condition && { Condition: condition }),
  };
  return document([statement]);
}

function document(Statement: unknown[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: '2012-10-17', Statement });
}
