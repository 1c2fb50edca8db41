import { corrupt, incomplete } from './damage';

/** No name and no definition comes near; a damaged length must not fill the memory. */
const LONGEST_TEXT = 256 * 1024 * 1024;

/**
 * A place in bytes that arrive in pieces of any size. What is read is a generator's result: it
 * yields where the next bytes have not arrived, and is to be resumed when `push` or `end` says so.
 */
export class Cursor {
  /** How wide the archive's numbers are; its header says. */
  intBytes = 4;
  offsetBytes = 8;
  #pending: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Pushed, and not looked at yet: there are fewer bytes than the next step needs. */
  #arrived: Buffer[] = [];
  #missing = 0;
  #ended = false;

  /** @returns whether there are now enough bytes to go on */
  push(bytes: Buffer): boolean {
    this.#arrived.push(bytes);
    this.#missing -= bytes.length;
    if (this.#missing > 0) return false;
    this.#join();
    return true;
  }

  /** No more bytes will come: what is still missing is an error. */
  end(): void {
    this.#ended = true;
    this.#join();
  }

  /** Joins what is there only when it is enough, so that a long text is not copied at each piece. */
  #join(): void {
    const rest = this.#pending.subarray(this.#at);
    const [first] = this.#arrived;
    this.#pending =
      first && this.#arrived.length === 1 && rest.length === 0
        ? first
        : Buffer.concat([rest, ...this.#arrived]);
    this.#at = 0;
    this.#arrived = [];
  }

  /** A sign, then the value, the lowest byte first. */
  *integer(): Generator<void, number> {
    const bytes = yield* this.take(1 + this.intBytes);
    const value = bytes.readUIntLE(1, this.intBytes);
    return bytes[0] ? -value : value;
  }

  *text(): Generator<void, string> {
    const length = yield* this.integer();
    return length <= 0 ? '' : (yield* this.take(length)).toString('utf8');
  }

  *byte(): Generator<void, number> {
    return (yield* this.take(1))[0] as number;
  }

  *take(length: number): Generator<void, Buffer> {
    if (length > LONGEST_TEXT) throw corrupt(`a text of ${length} bytes is in it`);
    for (;;) {
      const missing = length - (this.#pending.length - this.#at);
      if (missing <= 0) break;
      yield* this.#more(missing);
    }
    this.#at += length;
    return this.#pending.subarray(this.#at - length, this.#at);
  }

  /** At least one byte and at most `limit`: as many as are there. */
  *some(limit: number): Generator<void, Buffer> {
    while (this.#pending.length === this.#at) yield* this.#more(1);
    const start = this.#at;
    this.#at = Math.min(this.#pending.length, start + limit);
    return this.#pending.subarray(start, this.#at);
  }

  /** Whether there is nothing more; waits until that is known. */
  *atEnd(): Generator<void, boolean> {
    while (this.#pending.length === this.#at && !this.#ended) {
      this.#missing = 1;
      yield;
    }
    return this.#pending.length === this.#at;
  }

  *#more(missing: number): Generator<void, void> {
    if (this.#ended) throw incomplete('it ends in the middle');
    this.#missing = missing;
    yield;
  }
}
