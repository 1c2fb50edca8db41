import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { type Account, given } from '../support/aws-account';
import { versionsIn } from '../support/aws-resources';
import { askDirectly } from './direct';

const KMS = { service: 'kms', target: 'TrentService' };

/** Everything that a vault is: what it holds, what protects it, and the key that opens it. */
export async function describeVault(account: Account, Bucket: string) {
  const s3 = account.s3();
  const encryption = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
  const [rule] = given(encryption.ServerSideEncryptionConfiguration?.Rules);
  const KeyId = given(rule?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID);
  const lock = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
  const versioning = await s3.send(new GetBucketVersioningCommand({ Bucket }));
  const policy = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  const lifecycle = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  const privacy = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
  return {
    holds: await versionsIn(account, Bucket),
    encryption: rule,
    key: (await askDirectly(account, KMS, 'DescribeKey', { KeyId })).KeyMetadata,
    lock: lock.ObjectLockConfiguration,
    versioning: versioning.Status,
    policy: policy.Policy,
    lifecycle: lifecycle.Rules,
    privacy: privacy.PublicAccessBlockConfiguration,
  };
}
