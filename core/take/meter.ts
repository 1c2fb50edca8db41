import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';

/** One file of a backup, as the store confirmed it. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

type Done = (error?: Error | null, data?: unknown) => void;

/** A stream that counts and hashes what goes through it. */
export class Meter extends PassThrough {
  readonly #hash = createHash('sha256');
  readonly #onBytes: ((bytes: number) => void) | undefined;
  bytes = 0;

  constructor(onBytes?: (bytes: number) => void) {
    super();
    this.#onBytes = onBytes;
    // Who reads it may not have come yet; it gets the error all the same, and nobody else has to.
    this.on('error', () => undefined);
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#hash.update(bytes);
    this.bytes += bytes.length;
    this.#onBytes?.(bytes.length);
    done(null, bytes);
  }

  /** To be asked once, when the stream has ended. */
  file(name: string): StoredFile {
    return { name, bytes: this.bytes, sha256: this.#hash.digest('hex') };
  }
}
