import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { RETIRED_TAGS, RETIRED_VALUE } from '../contract/tags';

export interface VaultArgs {
  /** Days that a retired object can still be brought back after it expired. */
  readonly undoDays: number;
}

/** The bucket that holds the backups. Destroying the stack leaves it; nothing untagged ever expires. */
export class Vault extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;
  /** Where backups go: the store's URL. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: VaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Vault', name, {}, opts);
    const bucket = this.#bucket(name);
    const versioning = this.#versioning(name, bucket);
    this.#privacy(name, bucket);
    this.#lifecycle(name, bucket, versioning, args.undoDays);
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.url = pulumi.interpolate`s3://${bucket.bucket}`;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn, url: this.url });
  }

  #bucket(name: string) {
    const opts = { parent: this, protect: true, retainOnDelete: true };
    return new aws.s3.Bucket(`${name}-bucket`, {}, opts);
  }

  #versioning(name: string, bucket: aws.s3.Bucket) {
    return new aws.s3.BucketVersioning(
      `${name}-versioning`,
      { bucket: bucket.id, versioningConfiguration: { status: 'Enabled' } },
      { parent: this },
    );
  }

  #privacy(name: string, bucket: aws.s3.Bucket) {
    const everything = {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    };
    return new aws.s3.BucketPublicAccessBlock(
      `${name}-privacy`,
      { bucket: bucket.id, ...everything },
      { parent: this },
    );
  }

  #lifecycle(name: string, bucket: aws.s3.Bucket, versioning: pulumi.Resource, undoDays: number) {
    const rules = [...RETIRED_TAGS.map((tag) => expiry(tag, undoDays)), UNFINISHED];
    return new aws.s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      { bucket: bucket.id, rules },
      // A rule for noncurrent versions has to find versioning on.
      { parent: this, dependsOn: versioning },
    );
  }
}

function expiry(
  tag: string,
  undoDays: number,
): aws.types.input.s3.BucketLifecycleConfigurationRule {
  return {
    id: `expire-${tag}`,
    status: 'Enabled',
    filter: { tag: { key: tag, value: RETIRED_VALUE } },
    expiration: { days: 1 },
    noncurrentVersionExpiration: { noncurrentDays: undoDays },
  };
}

const UNFINISHED: aws.types.input.s3.BucketLifecycleConfigurationRule = {
  id: 'abort-unfinished-uploads',
  status: 'Enabled',
  filter: {},
  abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
};
