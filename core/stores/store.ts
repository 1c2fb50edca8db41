import type { Readable } from 'node:stream';
import type { RetiredTag } from '../../contract/tags';

/** One object of a store. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** When the store last wrote it. */
  readonly modified: Date;
}

/** Small bytes, and the version to hand back to `swap`. */
export interface Small {
  readonly bytes: Buffer;
  readonly version: string;
}

/** Why something was given up: newer ones have taken its place, or nobody has finished it. */
export type Retirement = RetiredTag;

export interface ReadOptions {
  /** @default 0 */
  readonly start?: number | undefined;
  /** Inclusive. @default the last byte */
  readonly end?: number | undefined;
  /** Ends the stream with the signal's reason, also where the store does not answer. */
  readonly signal?: AbortSignal | undefined;
}

export interface PutOptions {
  /** Roughly how many bytes will come, where it is known. */
  readonly expectedBytes?: number;
  /** Gives up also what the stream has no part in any more, such as a store that does not answer. */
  readonly signal?: AbortSignal;
}

/**
 * Where backups are. What is put is there whole or not at all, and never changes; only small bytes
 * can be swapped. There is no rename and no delete: a backup becomes visible by its manifest alone.
 *
 * Errors are `BackupError`s: `exists` where a key is taken, `not_found` where it is not there,
 * `store` for everything that the store itself failed at.
 */
export interface Store {
  /** How a person names it: `s3://bucket/prefix`, or a folder's path. Never holds a secret. */
  readonly url: string;

  /**
   * Writes a stream under a key that must not exist yet. Resolves once the store has confirmed every
   * byte. If the stream fails, nothing stays under the key and the stream's error is thrown. The pieces
   * of the stream are the store's from then on: it may free their memory.
   * @returns the number of bytes stored
   */
  put(key: string, body: Readable | Buffer, options?: PutOptions): Promise<number>;

  /** In pieces of so many bytes a stream is best put. */
  pieceBytes(): number;

  /**
   * Replaces small bytes if nobody else has since they were read. `version` undefined: only if absent.
   * @returns the new version
   * @throws BackupError `exists` if the version is no longer the one given
   */
  swap(key: string, bytes: Buffer, version: string | undefined): Promise<string>;

  /** Retries by itself. */
  read(key: string, options?: ReadOptions): Promise<Readable>;

  readSmall(key: string): Promise<Small>;

  /** Every object whose key starts with the prefix, in the order of keys. */
  list(prefix: string): AsyncIterable<StoredObject>;

  /** What is being put, or was when its writer died; no reader ever sees it under its key. */
  listUnfinished(prefix: string): AsyncIterable<StoredObject>;

  /**
   * Gives up everything under a prefix that ends in a slash: a folder deletes it, manifest first;
   * S3 tags it, and its lifecycle deletes it later.
   */
  retire(prefix: string, why: Retirement): Promise<void>;

  /** How an object was given up, if it was and is still there. */
  retiredAs(key: string): Promise<Retirement | undefined>;

  /** The object as a file of this machine, for programs that need one; undefined where there is none. */
  localPath(key: string): string | undefined;
}
