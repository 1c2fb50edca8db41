import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type ListPartsCommandOutput,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { storeError } from './s3-errors';
import type { StoredObject } from './store';

/** Part of a bucket. */
export interface S3Folder {
  readonly client: S3Client;
  readonly Bucket: string;
  readonly Prefix: string;
}

/** Every object, by its whole key. */
export async function* listObjects({ client, ...input }: S3Folder): AsyncIterable<StoredObject> {
  try {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, input))
      for (const { Key = '', Size = 0, LastModified = new Date(0) } of Contents)
        yield { key: Key, bytes: Size, modified: LastModified };
  } catch (error) {
    throw storeError(error, `list s3://${input.Bucket}/${input.Prefix}`);
  }
}

/** Every multipart upload that was neither completed nor aborted, with the bytes of its parts. */
export async function* listUploads(folder: S3Folder): AsyncIterable<StoredObject> {
  try {
    for await (const { Uploads = [] } of uploadPages(folder))
      for (const { Key = '', UploadId = '', Initiated = new Date(0) } of Uploads)
        yield { key: Key, bytes: await partsOf(folder, Key, UploadId), modified: Initiated };
  } catch (error) {
    throw storeError(error, `list the uploads of s3://${folder.Bucket}/${folder.Prefix}`);
  }
}

/** The SDK has no paginator for these. */
async function* uploadPages({ client, ...input }: S3Folder) {
  let page: Partial<ListMultipartUploadsCommandOutput> = {};
  do {
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    page = await client.send(
      new ListMultipartUploadsCommand({ ...input, KeyMarker, UploadIdMarker }),
    );
    yield page;
  } while (page.IsTruncated);
}

/** Nor one for these that ends: S3 names a next marker also where nothing follows. */
async function partsOf({ client, Bucket }: S3Folder, Key: string, UploadId: string) {
  let bytes = 0;
  let page: Partial<ListPartsCommandOutput> = {};
  do {
    const { NextPartNumberMarker: PartNumberMarker } = page;
    page = await client.send(new ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker }));
    for (const { Size = 0 } of page.Parts ?? []) bytes += Size;
  } while (page.IsTruncated);
  return bytes;
}
