/**
 * PostgreSQL's custom archive format, read as a stream: the table of contents, then each data block.
 * Source: src/bin/pg_dump/pg_backup_archiver.c and pg_backup_custom.c of PostgreSQL 15 to 18.
 */
import { BackupError } from '../errors';

export type Compression = 'none' | 'gzip' | 'lz4' | 'zstd';

export interface ArchiveHeader {
  /** 1.14 (client 14, 15), 1.15 (16) or 1.16 (17, 18), as a number: 1014 … 1016. */
  readonly version: number;
  readonly compression: Compression;
  readonly database: string;
  /** As the server and pg_dump gave them: `18.4`, `18.1 (Debian …)`. */
  readonly serverVersion: string;
  readonly clientVersion: string;
}

/** One line of `pg_restore --list`. */
export interface TocEntry {
  readonly dumpId: number;
  readonly hasData: boolean;
  /** The object's name; of an ACL or a comment, the object's kind and name. */
  readonly tag: string;
  /** `TABLE`, `TABLE DATA`, `ACL` and so on. */
  readonly type: string;
  readonly schema: string;
  readonly definition: string;
  readonly copyStatement: string;
  readonly dropStatement: string;
  readonly owner: string;
  readonly tablespace: string;
  readonly accessMethod: string;
  readonly dependencies: readonly number[];
}

/** What the parser finds, in the order of the bytes. */
export interface ArchiveHandler {
  contents?(header: ArchiveHeader, entries: readonly TocEntry[]): void;
  /** A data block begins: a table's rows, or one large object, by its OID. */
  dataStart?(entry: TocEntry, largeObject?: number): void;
  /** Bytes of it, still compressed. */
  data?(bytes: Buffer): void;
  dataEnd?(): void;
}

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'lz4', 'zstd'];
const OLDEST = 1014;
const NEWEST = 1016;
const CUSTOM_FORMAT = 1;
/** No name and no definition comes near; a damaged length must not fill the memory. */
const LONGEST_TEXT = 256 * 1024 * 1024;
const DATA_BLOCK = 1;
const LARGE_OBJECTS_BLOCK = 3;

/**
 * Parses an archive that is pushed in pieces of any size.
 * @throws BackupError `corrupt` where the bytes are no archive, `incomplete` where they end too soon
 */
export class ArchiveParser {
  readonly #handler: ArchiveHandler;
  readonly #run: Generator<void, void>;
  #pending: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Pushed, and not looked at yet: there are fewer bytes than the next step needs. */
  #arrived: Buffer[] = [];
  #missing = 0;
  #ended = false;
  #intBytes = 4;
  #offsetBytes = 8;
  #entries = new Map<number, TocEntry>();
  #expected = new Set<number>();

  constructor(handler: ArchiveHandler) {
    this.#handler = handler;
    this.#run = this.#archive();
    this.#run.next();
  }

  push(bytes: Buffer): void {
    this.#arrived.push(bytes);
    this.#missing -= bytes.length;
    if (this.#missing <= 0) this.#continue();
  }

  /** To be called when the bytes have ended: throws unless they are a whole archive. */
  end(): void {
    this.#ended = true;
    this.#continue();
    if (this.#expected.size > 0) {
      const [first] = [...this.#expected].map((id) => this.#entries.get(id)?.tag);
      throw incomplete(
        `the data of ${this.#expected.size} objects is missing, the first being ${first}`,
      );
    }
  }

  /** Joins what is there only when it is enough, so that a long text is not copied at each piece. */
  #continue(): void {
    const rest = this.#pending.subarray(this.#at);
    const [first] = this.#arrived;
    this.#pending =
      first && this.#arrived.length === 1 && rest.length === 0
        ? first
        : Buffer.concat([rest, ...this.#arrived]);
    this.#at = 0;
    this.#arrived = [];
    this.#run.next();
  }

  *#archive(): Generator<void, void> {
    const header = yield* this.#header();
    const count = yield* this.#integer();
    for (let i = 0; i < count; i++) {
      const entry = yield* this.#entry(header.version);
      this.#entries.set(entry.dumpId, entry);
      if (entry.hasData) this.#expected.add(entry.dumpId);
    }
    this.#handler.contents?.(header, [...this.#entries.values()]);
    while (!(yield* this.#atEnd())) yield* this.#block();
  }

  *#header(): Generator<void, ArchiveHeader> {
    if ((yield* this.#take(5)).toString('latin1') !== 'PGDMP')
      throw corrupt('it does not start as one');
    const version = (yield* this.#byte()) * 1000 + (yield* this.#byte());
    yield* this.#byte();
    this.#intBytes = yield* this.#byte();
    this.#offsetBytes = yield* this.#byte();
    const format = yield* this.#byte();
    if (format !== CUSTOM_FORMAT) throw corrupt('it is not in the custom format');
    if (version < OLDEST || version > NEWEST) throw unknownVersion(version);
    const compression = yield* this.#compression(version);
    for (let field = 0; field < 7; field++) yield* this.#integer(); // when it was made
    const database = yield* this.#text();
    return {
      version,
      compression,
      database,
      serverVersion: yield* this.#text(),
      clientVersion: yield* this.#text(),
    };
  }

  *#compression(version: number): Generator<void, Compression> {
    if (version < 1015) return (yield* this.#integer()) === 0 ? 'none' : 'gzip';
    const compression = COMPRESSIONS[yield* this.#byte()];
    if (compression === undefined) throw corrupt('its compression is unknown');
    return compression;
  }

  *#entry(version: number): Generator<void, TocEntry> {
    const dumpId = yield* this.#integer();
    const hasData = (yield* this.#integer()) !== 0;
    yield* this.#text(); // OIDs of the source's catalogue
    yield* this.#text();
    const tag = yield* this.#text();
    const type = yield* this.#text();
    yield* this.#integer(); // section
    const definition = yield* this.#text();
    const dropStatement = yield* this.#text();
    const copyStatement = yield* this.#text();
    const schema = yield* this.#text();
    const tablespace = yield* this.#text();
    const accessMethod = yield* this.#text();
    if (version >= 1016) yield* this.#integer(); // relkind
    const owner = yield* this.#text();
    yield* this.#text(); // formerly WITH OIDS
    const dependencies = yield* this.#dependencies();
    yield* this.#take(1 + this.#offsetBytes);
    return {
      dumpId,
      hasData,
      tag,
      type,
      schema,
      definition,
      copyStatement,
      dropStatement,
      owner,
      tablespace,
      accessMethod,
      dependencies,
    };
  }

  *#dependencies(): Generator<void, number[]> {
    const dependencies: number[] = [];
    for (;;) {
      const length = yield* this.#integer();
      if (length < 0) return dependencies;
      dependencies.push(Number((yield* this.#take(length)).toString('latin1')));
    }
  }

  *#block(): Generator<void, void> {
    const kind = yield* this.#byte();
    const dumpId = yield* this.#integer();
    const entry = this.#entries.get(dumpId);
    if (entry === undefined || !this.#expected.delete(dumpId))
      throw corrupt(`a data block names entry ${dumpId}, which has none`);
    if (kind === DATA_BLOCK) yield* this.#chunks(entry);
    else if (kind === LARGE_OBJECTS_BLOCK) yield* this.#largeObjects(entry);
    else throw corrupt(`a data block is of unknown kind ${kind}`);
  }

  *#largeObjects(entry: TocEntry): Generator<void, void> {
    for (;;) {
      const oid = yield* this.#integer();
      if (oid === 0) return;
      yield* this.#chunks(entry, oid);
    }
  }

  *#chunks(entry: TocEntry, largeObject?: number): Generator<void, void> {
    this.#handler.dataStart?.(entry, largeObject);
    for (;;) {
      let left = yield* this.#integer();
      if (left < 0) throw corrupt(`the data of ${entry.tag} holds a negative length`);
      if (left === 0) break;
      while (left > 0) {
        const bytes = yield* this.#some(left);
        left -= bytes.length;
        this.#handler.data?.(bytes);
      }
    }
    this.#handler.dataEnd?.();
  }

  /** A sign, then the value, the lowest byte first. */
  *#integer(): Generator<void, number> {
    const bytes = yield* this.#take(1 + this.#intBytes);
    const value = bytes.readUIntLE(1, this.#intBytes);
    return bytes[0] ? -value : value;
  }

  *#text(): Generator<void, string> {
    const length = yield* this.#integer();
    return length <= 0 ? '' : (yield* this.#take(length)).toString('utf8');
  }

  *#byte(): Generator<void, number> {
    return (yield* this.#take(1))[0] as number;
  }

  *#take(length: number): Generator<void, Buffer> {
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
  *#some(limit: number): Generator<void, Buffer> {
    while (this.#pending.length === this.#at) yield* this.#more(1);
    const start = this.#at;
    this.#at = Math.min(this.#pending.length, start + limit);
    return this.#pending.subarray(start, this.#at);
  }

  *#atEnd(): Generator<void, boolean> {
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

function corrupt(what: string): BackupError {
  return new BackupError('corrupt', `The archive is damaged: ${what}.`);
}

function incomplete(what: string): BackupError {
  return new BackupError('incomplete', `The archive is not complete: ${what}.`);
}

function unknownVersion(version: number): BackupError {
  return new BackupError(
    'undecidable',
    `The archive is of format ${Math.floor(version / 1000)}.${version % 1000}, which this release of neon-backup can't read.`,
    {
      cure: 'Use a newer release; pg_restore of the same PostgreSQL release reads it in any case.',
    },
  );
}
