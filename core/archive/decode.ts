import type { Transform } from 'node:stream';
import { createInflate, createZstdDecompress } from 'node:zlib';
import { BackupError, messageOf } from '../errors';
import {
  type ArchiveHandler,
  type ArchiveHeader,
  ArchiveParser,
  type Compression,
  type TocEntry,
} from './format';

/** Receives what an archive holds, decompressed, in the order of its bytes. */
export interface ArchiveConsumer {
  contents(header: ArchiveHeader, entries: readonly TocEntry[]): void;
  /** The rows of a table, or one large object (by its OID), begin. Undefined: this one is not wanted. */
  data(entry: TocEntry, largeObject?: number): DataConsumer | undefined;
}

export interface DataConsumer {
  bytes(bytes: Buffer): void;
  end(): void;
}

/**
 * Reads an archive to its last byte.
 * @throws BackupError `corrupt` or `incomplete` where the bytes are no whole archive
 */
export async function decodeArchive(
  source: AsyncIterable<Buffer>,
  consumer: ArchiveConsumer,
): Promise<void> {
  const blocks = new Blocks(consumer);
  const parser = new ArchiveParser(blocks);
  try {
    for await (const bytes of source) {
      parser.push(bytes);
      await blocks.settle();
    }
    parser.end();
  } finally {
    blocks.close();
  }
}

type Step = { start: DataConsumer | undefined } | { bytes: Buffer } | 'end';

/** The parser finds blocks at once, decompression takes its time: the steps wait in between. */
class Blocks implements ArchiveHandler {
  readonly #consumer: ArchiveConsumer;
  #compression: Compression = 'none';
  #steps: Step[] = [];
  #current: Decompressor | undefined;

  constructor(consumer: ArchiveConsumer) {
    this.#consumer = consumer;
  }

  contents(header: ArchiveHeader, entries: readonly TocEntry[]): void {
    this.#compression = header.compression;
    this.#consumer.contents(header, entries);
  }

  dataStart(entry: TocEntry, largeObject?: number): void {
    this.#steps.push({ start: this.#consumer.data(entry, largeObject) });
  }

  data(bytes: Buffer): void {
    this.#steps.push({ bytes });
  }

  dataEnd(): void {
    this.#steps.push('end');
  }

  /** Works off what was found; resolves when more may come. */
  async settle(): Promise<void> {
    const steps = this.#steps;
    this.#steps = [];
    for (const step of steps) {
      if (step === 'end') {
        await this.#current?.end();
        this.#current = undefined;
      } else if ('bytes' in step) await this.#current?.write(step.bytes);
      else this.#current = step.start && decompressor(this.#compression, step.start);
    }
  }

  close(): void {
    this.#current?.close();
  }
}

interface Decompressor {
  write(bytes: Buffer): Promise<void> | undefined;
  end(): Promise<void>;
  close(): void;
}

function decompressor(compression: Compression, consumer: DataConsumer): Decompressor {
  switch (compression) {
    case 'none':
      return {
        write: (bytes) => void consumer.bytes(bytes),
        end: async () => consumer.end(),
        close: () => undefined,
      };
    case 'gzip':
      return throughTransform(createInflate({ chunkSize: OUTPUT_BYTES }), consumer);
    case 'zstd':
      return throughTransform(createZstdDecompress({ chunkSize: OUTPUT_BYTES }), consumer);
    case 'lz4':
      throw new BackupError(
        'undecidable',
        "The archive is compressed with lz4, which can't be read here.",
        {
          cure: 'Take backups with neon-backup itself, which uses zstd.',
        },
      );
  }
}

/** Node's own counts the bytes that it has used, and passes over what follows the end of the data. */
type Decompression = Transform & { readonly bytesWritten: number };

const OUTPUT_BYTES = 256 * 1024;

function throughTransform(transform: Decompression, consumer: DataConsumer): Decompressor {
  // Handed on a moment later, so that the next bytes are decompressed in another thread meanwhile.
  transform.on('data', (bytes: Buffer) => queueMicrotask(() => consumer.bytes(bytes)));
  let failure: BackupError | undefined;
  let failStep: (error: BackupError) => void = () => undefined;
  // An error may never reach the callback of the write that met it.
  transform.on('error', (error) => {
    failure = notReadable(error);
    failStep(failure);
  });
  const step = (start: (done: () => void) => void): Promise<void> =>
    new Promise((done, fail) => {
      failStep = fail;
      if (failure) fail(failure);
      else start(done);
    });
  let written = 0;
  return {
    write: (bytes) => {
      written += bytes.length;
      return step((done) => void transform.write(bytes, () => done()));
    },
    async end() {
      await step((done) => {
        // Compressed data that says where it ends may have ended it already.
        if (transform.readableEnded) done();
        else transform.once('end', done).end();
      });
      if (transform.bytesWritten < written) throw notReadable('it holds more than its data');
      consumer.end();
    },
    close: () => void transform.destroy(),
  };
}

function notReadable(error: unknown): BackupError {
  return new BackupError(
    'corrupt',
    `The archive is damaged: a data block can't be decompressed (${messageOf(error)}).`,
  );
}
