import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/config';
import { accessLog } from './access-log';
import { bucketPolicy } from './bucket-policy';
import { type LifecycleArgs, lifecycleRules } from './lifecycle';
import { keepPrivate } from './privacy';

export interface VaultArgs extends LifecycleArgs {
  /** The key that every object is encrypted with. */
  readonly keyArn: pulumi.Input<string>;
  readonly accountId: pulumi.Input<string>;
  readonly lock: LockArgs;
  /** Days that the log of who read or wrote what is kept. */
  readonly logDays: number;
}

export interface LockArgs {
  /** Governance: an administrator can lift it. Compliance: nobody can. */
  readonly mode: 'governance' | 'compliance';
  /** Days that no version can be deleted. */
  readonly days: number;
}

/** What the settings say of how backups are kept. */
export function keepingOf(config: StackConfig): Omit<VaultArgs, 'keyArn' | 'accountId'> {
  const { lockMode, lockDays, undoDays, coldAfterDays, logDays } = config;
  return { lock: { mode: lockMode, days: lockDays }, undoDays, coldAfterDays, logDays };
}

/**
 * The bucket that holds the backups. Destroying the stack leaves it. Data is written once, every version
 * is locked for some days, and nothing ever expires that the functions have not tagged as given up.
 */
export class Vault extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;
  /** Where backups go: the store's URL. */
  readonly url: pulumi.Output<string>;
  /** Versions are kept: what copies the vault has to wait for it. */
  readonly versioning: pulumi.Resource;

  constructor(name: string, args: VaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Vault', name, {}, opts);
    const bucket = this.#bucket(name);
    this.versioning = this.#versioning(name, bucket);
    this.#encryption(name, bucket, args.keyArn);
    this.#lock(name, bucket, args.lock);
    const privacy = keepPrivate(name, bucket, { parent: this });
    this.#policy(name, bucket, args.keyArn, privacy);
    this.#lifecycle(name, bucket, args);
    this.#events(name, bucket);
    accessLog(name, bucket, args, { parent: this });
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.url = pulumi.interpolate`s3://${bucket.bucket}`;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn, url: this.url });
  }

  #bucket(name: string) {
    const opts = { parent: this, protect: true, retainOnDelete: true };
    return new aws.s3.Bucket(`${name}-bucket`, { objectLockEnabled: true }, opts);
  }

  #versioning(name: string, bucket: aws.s3.Bucket) {
    return new aws.s3.BucketVersioning(
      `${name}-versioning`,
      { bucket: bucket.id, versioningConfiguration: { status: 'Enabled' } },
      { parent: this, retainOnDelete: true },
    );
  }

  #encryption(name: string, bucket: aws.s3.Bucket, keyArn: pulumi.Input<string>) {
    return new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        bucket: bucket.id,
        rules: [
          {
            // A key of the bucket's own, below ours: KMS is not asked for every object.
            bucketKeyEnabled: true,
            applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn },
          },
        ],
      },
      { parent: this, retainOnDelete: true },
    );
  }

  #lock(name: string, bucket: aws.s3.Bucket, { mode, days }: LockArgs) {
    return new aws.s3.BucketObjectLockConfiguration(
      `${name}-lock`,
      {
        bucket: bucket.id,
        objectLockEnabled: 'Enabled',
        rule: { defaultRetention: { mode: mode.toUpperCase(), days } },
      },
      { parent: this, dependsOn: this.versioning, retainOnDelete: true },
    );
  }

  #policy(
    name: string,
    bucket: aws.s3.Bucket,
    keyArn: pulumi.Input<string>,
    privacy: pulumi.Resource,
  ) {
    return new aws.s3.BucketPolicy(
      `${name}-policy`,
      { bucket: bucket.id, policy: bucketPolicy(bucket.arn, keyArn) },
      // S3 refuses to change both at once.
      { parent: this, dependsOn: privacy, retainOnDelete: true },
    );
  }

  #lifecycle(name: string, bucket: aws.s3.Bucket, args: LifecycleArgs) {
    return new aws.s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      { bucket: bucket.id, rules: lifecycleRules(args) },
      // A rule for noncurrent versions has to find versioning on.
      { parent: this, dependsOn: this.versioning, retainOnDelete: true },
    );
  }

  /** A finished manifest starts its verification. */
  #events(name: string, bucket: aws.s3.Bucket) {
    return new aws.s3.BucketNotification(
      `${name}-events`,
      { bucket: bucket.id, eventbridge: true },
      { parent: this },
    );
  }
}
