import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

type Condition = Record<string, Record<string, pulumi.Input<string> | pulumi.Input<string>[]>>;

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string[];
  readonly Resource: pulumi.Input<string> | pulumi.Input<string>[];
  readonly Condition?: Condition;
}

/** Who may take a role on, and on which further terms. */
export interface Trust {
  readonly Principal: Readonly<Record<string, pulumi.Input<string> | string[]>>;
  /** @default sts:AssumeRole */
  readonly Action?: string;
  readonly Condition?: Condition;
}

export interface RoleArgs {
  readonly description: string;
  readonly trust: Trust;
  /** @default an hour */
  readonly maxSessionSeconds?: number;
  /** What it may do: exactly this. */
  readonly statements: pulumi.Input<Statement>[];
}

/** A role, and what it may do: exactly the statements given. */
export function roleFor(name: string, args: RoleArgs, opts: pulumi.CustomResourceOptions) {
  const { description, trust, statements, maxSessionSeconds = 3600 } = args;
  const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', ...trust };
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      description,
      assumeRolePolicy: policyDocument([statement]),
      maxSessionDuration: maxSessionSeconds,
    },
    opts,
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    { role: role.id, policy: policyDocument(statements) },
    opts,
  );
  return { arn: role.arn, name: role.name, policy };
}

/** The trust of one AWS service; of those that serve every account, on behalf of this one alone. */
export function serviceTrust(Service: string, account?: pulumi.Input<string>): Trust {
  const forUs = account && { Condition: { StringEquals: { 'aws:SourceAccount': account } } };
  return { Principal: { Service }, ...forUs };
}

export function policyDocument(Statement: readonly unknown[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: '2012-10-17', Statement });
}
