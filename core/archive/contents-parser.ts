/** What stands before an archive's data: its header, and its table of contents. */
import type { Cursor } from './cursor';
import { corrupt, unknownVersion } from './damage';

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

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'lz4', 'zstd'];
const OLDEST = 1014;
const NEWEST = 1016;
const CUSTOM_FORMAT = 1;

/**
 * Reads from the first byte, and tells the cursor how wide the numbers after it are.
 * @throws BackupError `corrupt`; `undecidable` for a version that is not known
 */
export function* parseHeader(cursor: Cursor): Generator<void, ArchiveHeader> {
  if ((yield* cursor.take(5)).toString('latin1') !== 'PGDMP')
    throw corrupt('it does not start as one');
  const version = (yield* cursor.byte()) * 1000 + (yield* cursor.byte());
  yield* cursor.byte();
  cursor.intBytes = yield* cursor.byte();
  cursor.offsetBytes = yield* cursor.byte();
  const format = yield* cursor.byte();
  if (format !== CUSTOM_FORMAT) throw corrupt('it is not in the custom format');
  if (version < OLDEST || version > NEWEST) throw unknownVersion(version);
  const compression = yield* parseCompression(cursor, version);
  for (let field = 0; field < 7; field++) yield* cursor.integer(); // when it was made
  return {
    version,
    compression,
    database: yield* cursor.text(),
    serverVersion: yield* cursor.text(),
    clientVersion: yield* cursor.text(),
  };
}

function* parseCompression(cursor: Cursor, version: number): Generator<void, Compression> {
  if (version < 1015) return (yield* cursor.integer()) === 0 ? 'none' : 'gzip';
  const compression = COMPRESSIONS[yield* cursor.byte()];
  if (compression === undefined) throw corrupt('its compression is unknown');
  return compression;
}

/** Reads the table of contents, which follows the header. */
export function* parseEntries(cursor: Cursor, version: number): Generator<void, TocEntry[]> {
  const entries = new Map<number, TocEntry>();
  const count = yield* cursor.integer();
  for (let i = 0; i < count; i++) {
    const entry = yield* parseEntry(cursor, version);
    entries.set(entry.dumpId, entry);
  }
  return [...entries.values()];
}

function* parseEntry(cursor: Cursor, version: number): Generator<void, TocEntry> {
  const dumpId = yield* cursor.integer();
  const hasData = (yield* cursor.integer()) !== 0;
  yield* cursor.text(); // OIDs of the source's catalogue
  yield* cursor.text();
  const tag = yield* cursor.text();
  const type = yield* cursor.text();
  yield* cursor.integer(); // section
  const definition = yield* cursor.text();
  const dropStatement = yield* cursor.text();
  const copyStatement = yield* cursor.text();
  const schema = yield* cursor.text();
  const tablespace = yield* cursor.text();
  const accessMethod = yield* cursor.text();
  if (version >= 1016) yield* cursor.integer(); // relkind
  const owner = yield* cursor.text();
  yield* cursor.text(); // formerly WITH OIDS
  const dependencies = yield* parseDependencies(cursor);
  yield* cursor.take(1 + cursor.offsetBytes); // where its data is: unknown in a stream
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

function* parseDependencies(cursor: Cursor): Generator<void, number[]> {
  const dependencies: number[] = [];
  for (;;) {
    const length = yield* cursor.integer();
    if (length < 0) return dependencies;
    dependencies.push(Number((yield* cursor.take(length)).toString('latin1')));
  }
}
