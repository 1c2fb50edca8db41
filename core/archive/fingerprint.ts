import { createHash, type Hash } from 'node:crypto';
import { BackupError } from '../errors';
import type { ArchiveConsumer, DataConsumer } from './decode';
import { decodeArchive } from './decode';
import type { ArchiveHeader, TocEntry } from './format';
import { withoutNeons } from './neon';

/** What an archive holds, in a form that two archives of the same database can be compared by. */
export interface Fingerprint {
  readonly header: ArchiveHeader;
  /** In the order of the archive's table of contents. */
  readonly tables: readonly TableData[];
  readonly largeObjects: { readonly count: number; readonly sha256: string };
  /** Everything that is no table's data, by what it is; the hash of its text each. */
  readonly entries: readonly EntryHash[];
}

export interface TableData {
  readonly schema: string;
  readonly table: string;
  /** Where pg_dump loads this partition through its root: the root's qualified name. */
  readonly root?: string;
  readonly rows: number;
  /** Of the rows as COPY text, in the order in which the table holds them. */
  readonly sha256: string;
}

export interface EntryHash {
  readonly section: 'sequences' | 'privileges' | 'definitions';
  /** `FUNCTION public.total(integer)`. */
  readonly name: string;
  readonly sha256: string;
}

/**
 * Reads a whole archive and takes its fingerprint. Tables are told apart by the archive's own table
 * of contents, never by what a COPY line in the text names: a function's body may hold such a line.
 * @throws BackupError `corrupt` or `incomplete` where the bytes are no whole archive
 */
export async function fingerprint(source: AsyncIterable<Buffer>): Promise<Fingerprint> {
  const collector = new Collector();
  await decodeArchive(source, collector);
  return collector.result();
}

class Collector implements ArchiveConsumer {
  #header: ArchiveHeader | undefined;
  #entries: readonly TocEntry[] = [];
  #tables = new Map<number, TableData>();
  #largeObjects: string[] = [];

  contents(header: ArchiveHeader, entries: readonly TocEntry[]): void {
    this.#header = header;
    this.#entries = entries;
  }

  data(entry: TocEntry, largeObject?: number): DataConsumer {
    return largeObject === undefined
      ? new Rows(entry, (table) => this.#tables.set(entry.dumpId, table))
      : new LargeObject(largeObject, (line) => this.#largeObjects.push(line));
  }

  result(): Fingerprint {
    if (!this.#header)
      throw new BackupError(
        'incomplete',
        'The archive is not complete: it holds no table of contents.',
      );
    return {
      header: this.#header,
      tables: this.#entries.flatMap(({ dumpId }) => this.#tables.get(dumpId) ?? []),
      largeObjects: {
        count: this.#largeObjects.length,
        sha256: sha256(this.#largeObjects.sort().join('\n')),
      },
      entries: withoutNeons(this.#entries).filter(isOfTheDatabase).flatMap(hashEntry),
    };
  }
}

/** pg_dump ends each table's data with this. */
const END_OF_ROWS = Buffer.from('\\.\n\n\n');

/** Counts and hashes the rows of one table. */
class Rows implements DataConsumer {
  readonly #entry: TocEntry;
  readonly #done: (table: TableData) => void;
  readonly #hash: Hash = createHash('sha256');
  #lines = 0;
  #tail: Buffer = Buffer.alloc(0);

  constructor(entry: TocEntry, done: (table: TableData) => void) {
    this.#entry = entry;
    this.#done = done;
  }

  bytes(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#lines += countLines(bytes);
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-END_OF_ROWS.length)]).subarray(
      -END_OF_ROWS.length,
    );
  }

  end(): void {
    const { schema, tag: table } = this.#entry;
    if (!this.#tail.equals(END_OF_ROWS)) {
      throw new BackupError(
        'incomplete',
        `The archive is not complete: the rows of ${schema}.${table} end in the middle.`,
      );
    }
    const root = rootOf(this.#entry);
    const rows = this.#lines - countLines(END_OF_ROWS);
    this.#done({
      schema,
      table,
      ...(root ? { root } : {}),
      rows,
      sha256: this.#hash.digest('hex'),
    });
  }
}

class LargeObject implements DataConsumer {
  readonly #oid: number;
  readonly #done: (line: string) => void;
  readonly #hash: Hash = createHash('sha256');

  constructor(oid: number, done: (line: string) => void) {
    this.#oid = oid;
    this.#done = done;
  }

  bytes(bytes: Buffer): void {
    this.#hash.update(bytes);
  }

  end(): void {
    this.#done(`${String(this.#oid).padStart(10, '0')} ${this.#hash.digest('hex')}`);
  }
}

const LOADED_THROUGH = '-- load via partition root ';

export function rootOf({ definition }: TocEntry): string | undefined {
  return definition.startsWith(LOADED_THROUGH)
    ? definition.slice(LOADED_THROUGH.length).trim()
    : undefined;
}

export function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

/** A scratch database has another name, and its settings are restored by `pg_restore --create` alone. */
export function isOfTheDatabase({ type, tag }: TocEntry): boolean {
  return !type.startsWith('DATABASE') && !(isAbout(type) && tag.startsWith('DATABASE '));
}

function isAbout(type: string): boolean {
  return type === 'ACL' || type === 'COMMENT' || type === 'SECURITY LABEL';
}

export function hashEntry(entry: TocEntry): EntryHash[] {
  if (entry.type === 'TABLE DATA' || entry.type === 'BLOBS') return [];
  const { type, schema, tag, definition, tablespace, accessMethod } = entry;
  const name = [type, [schema, tag].filter(Boolean).join('.')].join(' ');
  const section = sectionOf(entry);
  const hashes: EntryHash[] = [
    { section, name, sha256: sha256(JSON.stringify([definition, tablespace, accessMethod])) },
  ];
  if (entry.owner && (section === 'definitions' || OWNED.includes(type))) {
    hashes.push({ section: 'privileges', name: `OWNER ${name}`, sha256: sha256(entry.owner) });
  }
  return hashes;
}

/** From client 17 on, these group the large objects by owner and privileges; which there are, their data tells. */
const OWNERS_OF_LARGE_OBJECTS = 'BLOB METADATA';

/** What is owned although it is no definition. */
const OWNED = ['SCHEMA', OWNERS_OF_LARGE_OBJECTS];

const PRIVILEGES = ['ACL', 'DEFAULT ACL', OWNERS_OF_LARGE_OBJECTS];

function sectionOf({ type, definition }: TocEntry): EntryHash['section'] {
  if (type === 'SEQUENCE SET') return 'sequences';
  // Every database has a schema public: it is in an archive only for its owner's sake.
  if (type === 'SCHEMA' && !definition.includes('CREATE SCHEMA')) return 'privileges';
  return PRIVILEGES.includes(type) ? 'privileges' : 'definitions';
}

export function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
