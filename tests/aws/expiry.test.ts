import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { backupPrefix, FILES } from '../../contract/keys';
import { S3Store } from '../../core/stores/s3';
import { watchStore } from '../../core/watch/watch';
import { accountForTests } from '../support/aws-account';
import { makeVault } from '../support/aws-resources';
import { putStored } from '../support/stored';

const account = accountForTests();
let Bucket: string;
let store: S3Store;

beforeEach(async () => {
  Bucket = await makeVault(account());
  store = new S3Store(`s3://${Bucket}`);
});

/** A backup of which S3 has deleted the archive, and not the manifest yet: it goes by no order. */
async function halfGone({ retired }: { retired: boolean }): Promise<void> {
  const at = backupPrefix(await putStored(store, { id: '20261001T020000Z-k3f9' }));
  if (retired) await store.retire(at, 'superseded');
  await account()
    .s3()
    .send(new DeleteObjectCommand({ Bucket, Key: at + FILES.archive }));
}

it.each([
  ['a backup that is on its way out', true, 0],
  ['a backup that has lost a file', false, 1],
])('of %s the watch says so many are unreadable', async (_, retired, count) => {
  await halfGone({ retired });

  const { unreadable } = await watchStore({ store, promises: [], policy: {} });

  expect(unreadable).toHaveLength(count);
});
