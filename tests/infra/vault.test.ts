import type * as pulumi from '@pulumi/pulumi';
import { Vault } from '../../infra/vault';
import { declared, find, mockCloud, settled } from './graph';

const BUCKET = 'aws:s3/bucket:Bucket';
const options = new Map<string, pulumi.CustomResourceOptions>();

beforeAll(async () => {
  await mockCloud();
  const see: pulumi.ResourceTransformation = ({ type, opts }) => {
    options.set(type, opts);
    return undefined;
  };
  new Vault('vault', { undoDays: 14 }, { transformations: [see] });
  await settled();
});

it('protects the bucket, and leaves it when the stack is destroyed', () => {
  expect(options.get(BUCKET)).toMatchObject({ protect: true, retainOnDelete: true });
});

it('never lets a bucket be deleted with what is in it', () => {
  expect(find(BUCKET, 'vault-bucket').inputs).not.toHaveProperty('forceDestroy');
});

it('keeps the version that was there before', () => {
  const { inputs } = find('aws:s3/bucketVersioning:BucketVersioning', 'vault-versioning');

  expect(inputs.versioningConfiguration).toEqual({ status: 'Enabled' });
});

it('lets nothing be public', () => {
  const { inputs } = find(
    'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
    'vault-privacy',
  );

  expect(inputs).toEqual({
    bucket: 'vault-bucket-id',
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
});

it('expires what is tagged as given up, and nothing else', () => {
  const { inputs } = find(
    'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
    'vault-lifecycle',
  );

  const expiry = (tag: string) => ({
    id: `expire-${tag}`,
    status: 'Enabled',
    filter: { tag: { key: tag, value: 'true' } },
    expiration: { days: 1 },
    noncurrentVersionExpiration: { noncurrentDays: 14 },
  });
  expect(inputs.rules).toEqual([
    expiry('superseded'),
    expiry('abandoned'),
    {
      id: 'abort-unfinished-uploads',
      status: 'Enabled',
      filter: {},
      abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
    },
  ]);
});

it('consists of these alone', () => {
  expect(declared.map(({ name }) => name).sort()).toEqual([
    'vault',
    'vault-bucket',
    'vault-lifecycle',
    'vault-privacy',
    'vault-versioning',
  ]);
});
