/**
 * Frees the memory of bytes that nobody needs any more. Left to the garbage collector, which looks at
 * them only when there are many, large pieces cost more than everything else that is done with them.
 * Bytes that share their memory with others, as small ones and parts of larger ones do, are left alone.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
