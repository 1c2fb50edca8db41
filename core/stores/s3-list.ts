import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type ListPartsCommandOutput,
  type MultipartUpload,
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
      for (const upload of Uploads) {
        const parts = await partsOf(folder, upload);
        if (parts) yield { key: upload.Key ?? '', ...parts };
      }
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

/**
 * How much of an upload is there, and when it last grew: one that has run for hours is no dead one.
 * Undefined if it has ended since it was listed.
 */
async function partsOf(folder: S3Folder, upload: MultipartUpload) {
  let bytes = 0;
  let modified = upload.Initiated ?? new Date(0);
  try {
    for await (const { Parts = [] } of partPages(folder, upload))
      for (const { Size = 0, LastModified } of Parts) {
        bytes += Size;
        if (LastModified && LastModified > modified) modified = LastModified;
      }
    return { bytes, modified };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchUpload') return undefined;
    throw error;
  }
}

/** Nor one for these that ends: S3 names a next marker also where nothing follows. */
async function* partPages({ client, Bucket }: S3Folder, { Key, UploadId }: MultipartUpload) {
  let page: Partial<ListPartsCommandOutput> = {};
  do {
    const { NextPartNumberMarker: PartNumberMarker } = page;
    page = await client.send(new ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker }));
    yield page;
  } while (page.IsTruncated);
}
