import { Transform } from 'node:stream';

const BATCH_BYTES = 64 * 1024;

/**
 * Puts the small pieces in which a program writes together into large ones: hashing and storing
 * then cost a fraction per byte.
 */
export class Batches extends Transform {
  #pieces: Buffer[] = [];
  #bytes = 0;

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= BATCH_BYTES) this.#pass();
    done();
  }

  override _flush(done: () => void): void {
    this.#pass();
    done();
  }

  #pass(): void {
    if (this.#bytes > 0) this.push(Buffer.concat(this.#pieces, this.#bytes));
    this.#pieces = [];
    this.#bytes = 0;
  }
}
