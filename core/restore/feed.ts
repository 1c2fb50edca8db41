import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Gives a program its input, to the end. A program that has ended reads no more: why it ended is
 * told by `ended`, and thrown from there.
 */
export async function feed(
  input: readonly [Readable, ...Transform[]],
  stdin: NodeJS.WritableStream,
  ended: Promise<void>,
): Promise<void> {
  try {
    await pipeline([...input, stdin]);
  } catch (error) {
    await ended;
    throw error;
  }
}
