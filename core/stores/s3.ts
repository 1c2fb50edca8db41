import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { FILES, parseKey } from '../../contract/keys';
import type { RetiredTag } from '../../contract/tags';
import { BackupError } from '../errors';
import { parseS3Url, type S3Object, s3Client } from './s3-client';
import { listObjects, listUploads, type S3Folder } from './s3-list';
import { readObject } from './s3-read';
import { retiredTag, tagRetired } from './s3-tags';
import { putObject, swapObject } from './s3-write';
import type { PutOptions, ReadOptions, Small, Store, StoredObject } from './store';

/** What is being written has a name that no key has. */
const UNFINISHED = '.unfinished';

/**
 * Backups in an S3 bucket. Writes are conditional and carry checksums that S3 verifies. Nothing is
 * ever deleted: `retire` tags, and the bucket's lifecycle expires what is tagged.
 */
export class S3Store implements Store {
  readonly url: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  /**
   * @param url `s3://bucket/prefix`
   * @param client by the standard AWS settings (`AWS_REGION`, `AWS_ENDPOINT_URL`, …) if not given
   * @throws BackupError `usage` if the URL is not of that form
   */
  constructor(url: string, client: S3Client = s3Client()) {
    const { bucket, prefix } = parseS3Url(url);
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.url = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
  }

  put(key: string, body: Readable | Buffer, options: PutOptions = {}) {
    return putObject(this.#object(key), body, options);
  }

  /** Every part holds a whole number of them, so that none shares its memory with the next one. */
  pieceBytes(): number {
    return 256 * 1024;
  }

  swap(key: string, bytes: Buffer, version: string | undefined) {
    return swapObject(this.#object(key), bytes, version);
  }

  async read(key: string, options: ReadOptions = {}): Promise<Readable> {
    return (await readObject(this.#object(key), options)).body;
  }

  async readSmall(key: string): Promise<Small> {
    const { body, version } = await readObject(this.#object(key), {});
    return { bytes: Buffer.concat(await body.toArray()), version };
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    for await (const object of listObjects(this.#folder(prefix)))
      yield { ...object, key: object.key.slice(this.#prefix.length) };
  }

  async *listUnfinished(prefix: string): AsyncIterable<StoredObject> {
    for await (const upload of listUploads(this.#folder(prefix)))
      yield { ...upload, key: upload.key.slice(this.#prefix.length) + UNFINISHED };
  }

  async retire(prefix: string, why: RetiredTag): Promise<void> {
    if (!parseKey(`${prefix}${FILES.manifest}`))
      throw new BackupError('usage', `"${prefix}" is not the folder of one backup.`);
    const keys: string[] = [];
    for await (const { key } of this.list(prefix)) keys.push(key);
    // The manifest first, as everywhere: what is half retired must not look complete later.
    for (const key of keys.sort((a, b) => Number(isManifest(b)) - Number(isManifest(a))))
      await tagRetired(this.#object(key), why);
  }

  retiredAs(key: string) {
    return retiredTag(this.#object(key));
  }

  localPath(): undefined {
    return undefined;
  }

  #folder(prefix: string): S3Folder {
    return { client: this.#client, Bucket: this.#bucket, Prefix: this.#prefix + prefix };
  }

  #object(key: string): S3Object {
    return { client: this.#client, Bucket: this.#bucket, Key: this.#prefix + key };
  }
}

function isManifest(key: string): boolean {
  return key.endsWith(`/${FILES.manifest}`);
}
