import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Account } from './account';
import { policyDocument } from './role';

export interface EncryptionKeyArgs {
  readonly account: Account;
  /** The deployment, after which the key is called in the console. */
  readonly deployment: string;
}

/**
 * The one key that everything is encrypted with: backups, secrets, messages, logs. Without it no backup
 * can be read: it is protected, stays when the stack is destroyed, and is deleted after 30 days at the
 * earliest.
 */
export class EncryptionKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:EncryptionKey', name, {}, opts);
    const key = this.#key(name, args);
    this.#alias(name, args.deployment, key);
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }

  #key(name: string, { account, deployment }: EncryptionKeyArgs) {
    return new aws.kms.Key(
      `${name}-key`,
      {
        description: `Backups and secrets of ${deployment}`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: keyPolicy(account),
      },
      { parent: this, protect: true, retainOnDelete: true },
    );
  }

  #alias(name: string, deployment: string, key: aws.kms.Key) {
    return new aws.kms.Alias(
      `${name}-alias`,
      { name: `alias/${deployment}`, targetKeyId: key.keyId },
      { parent: this },
    );
  }
}

const USE = ['kms:Decrypt', 'kms:GenerateDataKey*'];

/** In a key's policy, `*` is the key itself. */
export function keyPolicy({ id, region }: Account): pulumi.Output<string> {
  const ofUs = { StringEquals: { 'aws:SourceAccount': id } };
  const logs = pulumi.interpolate`arn:aws:logs:${region}:${id}:log-group:*`;
  return policyDocument([
    {
      // The account's own IAM decides: also the way back in, whatever happens to the stack.
      Sid: 'Account',
      Effect: 'Allow',
      Principal: { AWS: pulumi.interpolate`arn:aws:iam::${id}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
    {
      // Whoever takes the key away silences the alarms with it.
      Sid: 'TakenAwayWithMfaAlone',
      Effect: 'Deny',
      Principal: '*',
      Action: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'],
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    },
    {
      // An alarm that may not use the key is an alarm that nobody hears.
      Sid: 'Alarms',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: USE,
      Resource: '*',
      Condition: ofUs,
    },
    {
      // EventBridge does not say on whose behalf it encrypts; the queue's own policy asks for that.
      Sid: 'Events',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: USE,
      Resource: '*',
    },
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: [...USE, 'kms:Encrypt*', 'kms:ReEncrypt*', 'kms:Describe*'],
      Resource: '*',
      Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logs } },
    },
  ]);
}
