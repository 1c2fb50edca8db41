import * as pulumi from '@pulumi/pulumi';
import type { Account } from './account';
import { readBackups, readFormer, type Scope } from './permissions';
import { roleFor, type Statement } from './role';

export interface RestoreRoleArgs {
  readonly account: Account;
  /** What may be read: the vault, and its copy. */
  readonly scopes: { readonly vault: Scope; readonly replica?: Scope };
  /** ARNs of those who may take it on; empty: whom the account's own IAM allows it. */
  readonly principals: readonly string[];
}

/** The role of people who restore: with MFA alone, to list, read and decrypt, nothing else. */
export class RestoreRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** The command line that takes it on, in a shell. */
  readonly assume: pulumi.Output<string>;

  constructor(name: string, args: RestoreRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:RestoreRole', name, {}, opts);
    const { account, principals, scopes } = args;
    const anybody = pulumi.interpolate`arn:aws:iam::${account.id}:root`;
    const role = roleFor(
      name,
      {
        description: 'For people: list, read and decrypt backups',
        trust: {
          Principal: { AWS: principals.length > 0 ? [...principals] : anybody },
          Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
        },
        maxSessionSeconds: LONGEST_SECONDS,
        statements: [...reading(scopes.vault), ...(scopes.replica ? ofCopy(scopes.replica) : [])],
      },
      { parent: this },
    );
    this.arn = role.arn;
    this.assume = assumeLine(role.arn);
    this.registerOutputs({ arn: this.arn, assume: this.assume });
  }
}

function reading(scope: Scope): Statement[] {
  return [...readBackups(scope), ...readFormer(scope)];
}

/** A statement's name is its own in a policy. */
function ofCopy(scope: Scope): Statement[] {
  return reading(scope).map((statement) => ({ ...statement, Sid: `${statement.Sid}OfCopy` }));
}

/** A large restore takes hours. */
const LONGEST_SECONDS = 12 * 3600;

function assumeLine(role: pulumi.Output<string>): pulumi.Output<string> {
  const fields = 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]';
  const asExports =
    '{print "export AWS_ACCESS_KEY_ID="$1" AWS_SECRET_ACCESS_KEY="$2" AWS_SESSION_TOKEN="$3}';
  return pulumi.interpolate`eval "$(aws sts assume-role --role-arn ${role} --role-session-name restore --duration-seconds ${LONGEST_SECONDS} --serial-number ARN_OF_YOUR_MFA --token-code CODE --query '${fields}' --output text | awk '${asExports}')"`;
}
