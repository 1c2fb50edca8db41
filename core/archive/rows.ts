import { hash } from 'node:crypto';
import { groupOf } from './compare';
import { type ArchiveConsumer, type DataConsumer, decodeArchive } from './decode';
import { rootOf } from './fingerprint';
import type { TocEntry } from './format';

/**
 * A sum over the hashes of some tables' rows: equal for two tables that hold the same rows in any
 * order, however they are spread over partitions that are loaded through one root.
 * @param wanted the groups to sum, by qualified name
 */
export async function sumRows(
  source: AsyncIterable<Buffer>,
  wanted: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const sums = new Map<string, Uint32Array>();
  await decodeArchive(source, {
    contents: () => undefined,
    data: (entry, largeObject) => {
      const group = groupOfEntry(entry);
      if (largeObject !== undefined || !wanted.has(group)) return undefined;
      const sum = sums.get(group) ?? new Uint32Array(WORDS);
      sums.set(group, sum);
      return eachLine((line) => add(sum, line));
    },
  } satisfies ArchiveConsumer);
  return new Map([...sums].map(([group, sum]) => [group, Buffer.from(sum.buffer).toString('hex')]));
}

function groupOfEntry(entry: TocEntry): string {
  const root = rootOf(entry);
  return groupOf({ schema: entry.schema, table: entry.tag, ...(root ? { root } : {}) });
}

const WORDS = 8;

function add(sum: Uint32Array, line: Buffer): void {
  const digest = hash('sha256', line, 'buffer');
  for (let word = 0; word < WORDS; word++)
    sum[word] = ((sum[word] as number) + digest.readUInt32LE(word * 4)) >>> 0;
}

/** No row reads so: COPY doubles a backslash. Empty lines follow it. */
const END_OF_ROWS = Buffer.from('\\.');

/** Cuts pieces of any size into the lines of a table's rows. */
function eachLine(use: (line: Buffer) => void): DataConsumer {
  let rest: Buffer[] = [];
  let ended = false;
  const take = (line: Buffer): void => {
    ended ||= line.length === END_OF_ROWS.length && line.equals(END_OF_ROWS);
    if (!ended) use(line);
  };
  return {
    bytes(bytes) {
      let start = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
        const piece = bytes.subarray(start, end);
        take(rest.length > 0 ? Buffer.concat([...rest, piece]) : piece);
        rest = [];
        start = end + 1;
      }
      if (start < bytes.length) rest.push(bytes.subarray(start));
    },
    end: () => undefined,
  };
}

/** How the rows of a table differ in two archives, without regard to their order. */
export interface RowDifference {
  /** Rows of the original that the other does not have. */
  readonly missing: number;
  readonly added: number;
  /** The number, from 1, of the first original line that is missing; undefined where none is. */
  readonly firstLine: number | undefined;
}

/**
 * Finds out which rows differ. Takes 24 bytes of memory a row.
 * @param group the table, or the partition root, by qualified name
 * @param rows how many rows each of the archives holds of it
 */
export async function differenceOf(
  original: AsyncIterable<Buffer>,
  restored: AsyncIterable<Buffer>,
  group: string,
  rows: { readonly original: number; readonly restored: number },
): Promise<RowDifference> {
  const [before, after] = await Promise.all([
    lineHashes(original, group, rows.original),
    lineHashes(restored, group, rows.restored),
  ]);
  const missing = without(before.toSorted(), after.sort());
  const isMissing = (line: number): boolean => missing[lowerBound(missing, line)] === line;
  const at = before.findIndex(isMissing);
  return {
    missing: missing.length,
    added: after.length - (before.length - missing.length),
    firstLine: at === -1 ? undefined : at + 1,
  };
}

/** 48 bits a line are enough to tell two lines apart, and little enough to keep. */
async function lineHashes(
  source: AsyncIterable<Buffer>,
  group: string,
  rows: number,
): Promise<Float64Array> {
  const lines = new Float64Array(rows);
  let at = 0;
  await decodeArchive(source, {
    contents: () => undefined,
    data: (entry, largeObject) =>
      largeObject === undefined && groupOfEntry(entry) === group
        ? eachLine((line) => {
            lines[at++] = hash('sha256', line, 'buffer').readUIntLE(0, 6);
          })
        : undefined,
  });
  return lines;
}

/** What the first of two sorted lists has more of than the second. */
function without(left: Float64Array, right: Float64Array): Float64Array {
  let at = 0;
  return left.filter((line) => {
    while ((right[at] ?? Infinity) < line) at++;
    if (right[at] !== line) return true;
    at++;
    return false;
  });
}

/** The first index in sorted numbers that holds this one or a larger one. */
function lowerBound(sorted: Float64Array, wanted: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
