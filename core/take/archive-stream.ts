import type { Readable, Writable } from 'node:stream';
import { ArchiveParser } from '../archive/format';

export interface DumpProgress {
  /** Bytes of the archive so far. */
  readonly bytes: number;
  readonly tablesDone: number;
  readonly tables: number;
}

/**
 * Reads a dump to its end, once: each piece is parsed and handed to every sink, at the pace of the
 * slowest. The sinks are left open: they may end only when pg_dump is known to have succeeded.
 * @throws BackupError `incomplete` or `corrupt` if the stream is no whole archive, whatever pg_dump's exit status
 */
export async function copyArchive(
  dump: Readable,
  sinks: readonly Writable[],
  onProgress: (progress: DumpProgress) => void,
): Promise<void> {
  const seen = { bytes: 0, tables: 0, tablesDone: 0 };
  const parser = new ArchiveParser({
    contents(_header, entries) {
      seen.tables = entries.filter(({ type }) => type === 'TABLE DATA').length;
    },
    dataStart(_entry, largeObject) {
      if (largeObject === undefined) seen.tablesDone++;
    },
  });
  for await (const bytes of dump as AsyncIterable<Buffer>) {
    parser.push(bytes);
    seen.bytes += bytes.length;
    onProgress(seen);
    await Promise.all(sinks.map((sink) => write(sink, bytes)));
  }
  parser.end();
}

/** Resolves when the sink wants more, or is gone: its own reader then tells why. */
function write(sink: Writable, bytes: Buffer): Promise<void> | undefined {
  if (sink.destroyed || sink.write(bytes)) return undefined;
  return new Promise((resolve) => {
    const go = (): void => {
      sink.off('drain', go).off('close', go);
      resolve();
    };
    sink.once('drain', go).once('close', go);
  });
}
