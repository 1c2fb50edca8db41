import type * as pulumi from '@pulumi/pulumi';
import { EncryptionKey } from '../../infra/key';
import { Vault } from '../../infra/vault/vault';
import { ACCOUNT, declared, find, mockCloud, resolved, settled } from './graph';

const options = new Map<string, pulumi.CustomResourceOptions>();
let vault: Vault;

beforeAll(async () => {
  await mockCloud();
  const see: pulumi.ResourceTransformation = ({ name, opts }) => {
    options.set(name, opts);
    return undefined;
  };
  const id = (await import('@pulumi/pulumi')).output(ACCOUNT);
  const account = { id, region: 'eu-central-1' };
  const seen = { transformations: [see] };
  const key = new EncryptionKey('encryption', { account, deployment: 'test' }, seen);
  vault = new Vault(
    'vault',
    {
      keyArn: key.arn,
      accountId: id,
      lock: { mode: 'governance', days: 14 },
      undoDays: 14,
      coldAfterDays: 1,
      logDays: 365,
    },
    seen,
  );
  await settled();
});

const inputsOf = (type: string, name: string) => find(`aws:s3/${type}`, name).inputs;

it.each(['vault-bucket', 'vault-access-log', 'encryption-key'])(
  'protects %s, and leaves it when the stack is destroyed',
  (name) => {
    expect(options.get(name)).toMatchObject({ protect: true, retainOnDelete: true });
  },
);

it('leaves what guards the bucket, too', () => {
  const guards = [
    'versioning',
    'encryption',
    'lock',
    'policy',
    'privacy',
    'ownership',
    'lifecycle',
  ];

  for (const guard of guards)
    expect([guard, options.get(`vault-${guard}`)?.retainOnDelete]).toEqual([guard, true]);
});

it('keeps its place in the stack: another one would be another bucket', async () => {
  expect(await resolved(vault.urn)).toBe(
    'urn:pulumi:prod::neon-backup::neon-backup:infra:Vault::vault',
  );
  expect(options.get('vault-bucket')?.parent).toBe(vault);
});

it('never lets a bucket be deleted with what is in it', () => {
  expect(JSON.stringify(declared)).not.toContain('forceDestroy');
});

it('keeps the version that was there before, locked', () => {
  expect(inputsOf('bucket:Bucket', 'vault-bucket')).toMatchObject({ objectLockEnabled: true });
  expect(
    inputsOf('bucketVersioning:BucketVersioning', 'vault-versioning').versioningConfiguration,
  ).toEqual({ status: 'Enabled' });
  expect(
    inputsOf('bucketObjectLockConfiguration:BucketObjectLockConfiguration', 'vault-lock').rule,
  ).toEqual({ defaultRetention: { mode: 'GOVERNANCE', days: 14 } });
});

it('encrypts with our own key', () => {
  const type = 'bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration';
  expect(inputsOf(type, 'vault-encryption').rules).toEqual([
    {
      bucketKeyEnabled: true,
      applyServerSideEncryptionByDefault: {
        sseAlgorithm: 'aws:kms',
        kmsMasterKeyId: `arn:aws:mock:eu-central-1:${ACCOUNT}:encryption-key`,
      },
    },
  ]);
});

it.each(['vault', 'vault-access-log'])('lets nothing in %s be public', (bucket) => {
  expect(
    inputsOf('bucketPublicAccessBlock:BucketPublicAccessBlock', `${bucket}-privacy`),
  ).toMatchObject({
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  expect(
    inputsOf('bucketOwnershipControls:BucketOwnershipControls', `${bucket}-ownership`).rule,
  ).toEqual({ objectOwnership: 'BucketOwnerEnforced' });
});

it('expires what is tagged as given up, and nothing else', () => {
  const { rules } = inputsOf(
    'bucketLifecycleConfiguration:BucketLifecycleConfiguration',
    'vault-lifecycle',
  );
  const status = 'Enabled';
  const tagged = (key: string) => ({ filter: { tag: { key, value: 'true' } } });
  const former = { noncurrentVersionExpiration: { noncurrentDays: 14 } };
  const gone = { ...former, expiration: { days: 1 } };

  expect(rules).toEqual([
    { id: 'expire-superseded', status, ...tagged('superseded'), ...gone },
    { id: 'expire-abandoned', status, ...tagged('abandoned'), ...gone },
    { id: 'expire-former-versions', status, ...tagged('replaced'), ...former },
    {
      id: 'abort-unfinished-uploads',
      status,
      filter: {},
      abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
    },
    {
      id: 'cool-large-files',
      status,
      filter: { objectSizeGreaterThan: 1024 * 1024 },
      transitions: [{ days: 1, storageClass: 'GLACIER_IR' }],
    },
  ]);
});

it('tells EventBridge of each object, and a log of each request', () => {
  expect(inputsOf('bucketNotification:BucketNotification', 'vault-events')).toMatchObject({
    eventbridge: true,
  });
  expect(inputsOf('bucketLogging:BucketLogging', 'vault-logging')).toMatchObject({
    targetBucket: 'vault-access-log-id',
  });
});

it('turns its key over, and gives a month to think before it is deleted', () => {
  expect(find('aws:kms/key:Key', 'encryption-key').inputs).toMatchObject({
    enableKeyRotation: true,
    deletionWindowInDays: 30,
  });
});
