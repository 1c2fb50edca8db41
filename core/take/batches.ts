import { Transform } from 'node:stream';

const BATCH_BYTES = 256 * 1024;

/**
 * Puts the small pieces in which a program writes together into large ones: hashing and storing
 * then cost a fraction per byte.
 */
export class Batches extends Transform {
  #batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #filled = 0;

  constructor() {
    super({ readableHighWaterMark: BATCH_BYTES });
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    for (let at = 0; at < piece.length; ) {
      const copied = piece.copy(this.#batch, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled === BATCH_BYTES) this.#pass();
    }
    done();
  }

  override _flush(done: () => void): void {
    this.#pass();
    done();
  }

  /** A new one each time: whoever reads may keep it. */
  #pass(): void {
    if (this.#filled > 0) this.push(this.#batch.subarray(0, this.#filled));
    this.#batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#filled = 0;
  }
}
