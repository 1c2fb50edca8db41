/**
 * PostgreSQL's custom archive format, read as a stream: the table of contents, then each data block.
 * Source: src/bin/pg_dump/pg_backup_archiver.c and pg_backup_custom.c of PostgreSQL 15 to 18.
 */
import { type ArchiveHeader, parseEntries, parseHeader, type TocEntry } from './contents-parser';
import { Cursor } from './cursor';
import { corrupt, incomplete } from './damage';

export type { ArchiveHeader, Compression, TocEntry } from './contents-parser';

/** What the parser finds, in the order of the bytes. */
export interface ArchiveHandler {
  contents?(header: ArchiveHeader, entries: readonly TocEntry[]): void;
  /** A data block begins: a table's rows, or one large object, by its OID. */
  dataStart?(entry: TocEntry, largeObject?: number): void;
  /** Bytes of it, still compressed. */
  data?(bytes: Buffer): void;
  dataEnd?(): void;
}

const DATA_BLOCK = 1;
const LARGE_OBJECTS_BLOCK = 3;

/**
 * Parses an archive that is pushed in pieces of any size.
 * @throws BackupError `corrupt` where the bytes are no archive, `incomplete` where they end too soon
 */
export class ArchiveParser {
  readonly #handler: ArchiveHandler;
  readonly #cursor = new Cursor();
  readonly #run: Generator<void, void>;
  /** The entries whose data has not come yet. */
  #expected = new Map<number, TocEntry>();

  constructor(handler: ArchiveHandler) {
    this.#handler = handler;
    this.#run = this.#archive();
    this.#run.next();
  }

  push(bytes: Buffer): void {
    if (this.#cursor.push(bytes)) this.#run.next();
  }

  /** To be called when the bytes have ended: throws unless they are a whole archive. */
  end(): void {
    this.#cursor.end();
    this.#run.next();
    const [first] = this.#expected.values();
    if (!first) return;
    const { size } = this.#expected;
    throw incomplete(`the data of ${size} objects is missing, the first being ${first.tag}`);
  }

  *#archive(): Generator<void, void> {
    const header = yield* parseHeader(this.#cursor);
    const entries = yield* parseEntries(this.#cursor, header.version);
    for (const entry of entries) if (entry.hasData) this.#expected.set(entry.dumpId, entry);
    this.#handler.contents?.(header, entries);
    while (!(yield* this.#cursor.atEnd())) yield* this.#block();
  }

  *#block(): Generator<void, void> {
    const kind = yield* this.#cursor.byte();
    const dumpId = yield* this.#cursor.integer();
    const entry = this.#expected.get(dumpId);
    if (!entry) throw corrupt(`a data block names entry ${dumpId}, which has none`);
    this.#expected.delete(dumpId);
    if (kind === DATA_BLOCK) yield* this.#chunks(entry);
    else if (kind === LARGE_OBJECTS_BLOCK) yield* this.#largeObjects(entry);
    else throw corrupt(`a data block is of unknown kind ${kind}`);
  }

  *#largeObjects(entry: TocEntry): Generator<void, void> {
    for (;;) {
      const oid = yield* this.#cursor.integer();
      if (oid === 0) return;
      yield* this.#chunks(entry, oid);
    }
  }

  *#chunks(entry: TocEntry, largeObject?: number): Generator<void, void> {
    this.#handler.dataStart?.(entry, largeObject);
    for (;;) {
      let left = yield* this.#cursor.integer();
      if (left < 0) throw corrupt(`the data of ${entry.tag} holds a negative length`);
      if (left === 0) break;
      while (left > 0) {
        const bytes = yield* this.#cursor.some(left);
        left -= bytes.length;
        this.#handler.data?.(bytes);
      }
    }
    this.#handler.dataEnd?.();
  }
}
