import { crc32 } from 'node:zlib';
import { BackupError } from '../errors';

/**
 * Asked for in so many words: settings that say "only when required" leave it out, and under a
 * default Object Lock S3 refuses parts without one.
 */
export const CHECKSUM = { ChecksumAlgorithm: 'CRC32' } as const;

/** What S3 says of an object: none of all these where a server keeps no checksums. */
interface Kept {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumType?: string | undefined;
}

/** The CRC-32 of bytes that pass, as S3 keeps it of whole objects. */
export class RunningChecksum {
  #value = 0;

  update(bytes: Buffer): void {
    this.#value = crc32(bytes, this.#value);
  }

  /** False only where S3 keeps one of the whole object, and it is another. */
  fits({ ChecksumCRC32, ChecksumType }: Kept): boolean {
    // One "of checksums of parts" says nothing of the bytes alone.
    if (!ChecksumCRC32 || ChecksumType === 'COMPOSITE' || ChecksumCRC32.includes('-')) return true;
    return ChecksumCRC32 === this.#encoded();
  }

  #encoded(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value);
    return bytes.toString('base64');
  }
}

/** The SDK's own finding: it has no name, and the bytes read so far are wrong somewhere. */
export function isMismatch(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Checksum mismatch');
}

/** It is no verdict on the object: S3 checks what it keeps, so the way is what is to blame. */
export function arrivedDamaged(name: string, cause?: unknown): BackupError {
  return new BackupError('store', `${name} arrived with another checksum than S3 keeps of it.`, {
    cure: 'Try again; if it stays so, use an older backup, and look at proxies on the way.',
    cause,
  });
}
