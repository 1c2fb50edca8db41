import { Transform } from 'node:stream';
import { release } from '../release';

/**
 * Puts the small pieces in which a program writes together into large ones: hashing and storing
 * then cost a fraction per byte. The small ones are released: they have to be nobody else's.
 */
export class Batches extends Transform {
  readonly #bytes: number;
  #batch: Buffer;
  #filled = 0;

  /** @param bytes of a batch */
  constructor(bytes: number) {
    super({ readableHighWaterMark: 1 });
    this.#bytes = bytes;
    this.#batch = Buffer.allocUnsafeSlow(bytes);
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    for (let at = 0; at < piece.length; ) {
      const copied = piece.copy(this.#batch, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled === this.#bytes) this.#pass();
    }
    release(piece);
    done();
  }

  override _flush(done: () => void): void {
    if (this.#filled > 0) this.#pass();
    done();
  }

  /** A new one each time: whoever reads may keep it. */
  #pass(): void {
    this.push(this.#batch.subarray(0, this.#filled));
    this.#batch = Buffer.allocUnsafeSlow(this.#bytes);
    this.#filled = 0;
  }
}
