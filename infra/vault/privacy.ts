import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';

/** Nothing public, and no access lists: policies alone decide. */
export function keepPrivate(
  name: string,
  bucket: aws.s3.Bucket,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const kept = { ...opts, retainOnDelete: true };
  new aws.s3.BucketOwnershipControls(
    `${name}-ownership`,
    { bucket: bucket.id, rule: { objectOwnership: 'BucketOwnerEnforced' } },
    kept,
  );
  return new aws.s3.BucketPublicAccessBlock(
    `${name}-privacy`,
    {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    kept,
  );
}
