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

/** Cuts pieces of any size into lines. */
function eachLine(use: (line: Buffer) => void): DataConsumer {
  let rest: Buffer[] = [];
  return {
    bytes(bytes) {
      let start = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
        const piece = bytes.subarray(start, end);
        use(rest.length > 0 ? Buffer.concat([...rest, piece]) : piece);
        rest = [];
        start = end + 1;
      }
      if (start < bytes.length) rest.push(bytes.subarray(start));
    },
    end: () => undefined,
  };
}

/**
 * Looks for the first line in which a table's rows differ in two archives.
 * @returns its number, from 1; undefined where all are equal
 */
export async function firstDifference(
  original: AsyncIterable<Buffer>,
  restored: AsyncIterable<Buffer>,
  group: string,
): Promise<number | undefined> {
  const [left, right] = await Promise.all([
    lineHashes(original, group),
    lineHashes(restored, group),
  ]);
  const at = left.findIndex((line, number) => line !== right[number]);
  if (at !== -1) return at + 1;
  return right.length > left.length ? left.length + 1 : undefined;
}

/** 48 bits a line are enough to tell two lines apart, and little enough to keep. */
async function lineHashes(source: AsyncIterable<Buffer>, group: string): Promise<number[]> {
  const lines: number[] = [];
  await decodeArchive(source, {
    contents: () => undefined,
    data: (entry, largeObject) =>
      largeObject === undefined && groupOfEntry(entry) === group
        ? eachLine((line) => void lines.push(hash('sha256', line, 'buffer').readUIntLE(0, 6)))
        : undefined,
  });
  return lines;
}
