import { GetObjectTaggingCommand, PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import { RETIRED_TAGS, type RetiredTag, TAG_VALUE } from '../../contract/tags';
import { nameOf, type S3Object } from './s3-client';
import { storeError } from './s3-errors';

/** Marks an object as given up: the bucket's lifecycle deletes it later. */
export async function tagRetired({ client, Bucket, Key }: S3Object, why: RetiredTag) {
  const Tagging = { TagSet: [{ Key: why, Value: TAG_VALUE }] };
  try {
    await client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging }));
  } catch (error) {
    throw storeError(error, `tag ${nameOf({ Bucket, Key })}`);
  }
}

/** The mark of an object, if it has one. */
export async function retiredTag(object: S3Object): Promise<RetiredTag | undefined> {
  const { client, Bucket, Key } = object;
  try {
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
    return RETIRED_TAGS.find((tag) =>
      TagSet.some((found) => found.Key === tag && found.Value === TAG_VALUE),
    );
  } catch (error) {
    throw storeError(error, `read the tags of ${nameOf(object)}`);
  }
}
