import type * as pulumi from '@pulumi/pulumi';

/** With a key of the bucket's own below ours, so that KMS is not asked for every object. */
export function withKey(kmsMasterKeyId: pulumi.Input<string>) {
  return {
    bucketKeyEnabled: true,
    applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId },
  };
}
