import { compare, type Unordered } from '../archive/compare';
import { type Fingerprint, fingerprint } from '../archive/fingerprint';
import { differenceOf, sumRows } from '../archive/rows';
import { programEnvironment } from '../postgres/address';
import { startProgram } from '../postgres/program';
import type { ClientTools } from '../postgres/tools';
import type { ArchiveSource } from '../restore/archive-source';
import type { Scratch } from './scratch';

/**
 * Everything in which the restored database differs from the stored archive, in words. Rows that may
 * only have changed their order are looked at a second time.
 */
export async function findDifferences(
  archive: ArchiveSource,
  dump: () => AsyncIterable<Buffer>,
  content: Fingerprint,
  ownership: boolean,
): Promise<string[]> {
  const { differences, unordered } = compare(content, await fingerprint(dump()), { ownership });
  if (unordered.length === 0) return [...differences];
  const wanted = new Set(unordered.map(({ name }) => name));
  const before = await sumRows(await archive.open(), wanted);
  const after = await sumRows(dump(), wanted);
  const differing = unordered.filter(({ name }) => before.get(name) !== after.get(name));
  const described: string[] = [];
  for (const [at, table] of differing.entries())
    described.push(at < LOOKED_INTO ? await describeRows(archive, dump, table) : inWords(table));
  return [...differences, ...described];
}

/** Each takes another reading of both archives. */
const LOOKED_INTO = 3;

/** More rows than this are not kept in memory to find the lines that differ. */
const MAX_ROWS = 5_000_000;

/** Which table, how many rows, the first line; never the data. */
async function describeRows(
  archive: ArchiveSource,
  dump: () => AsyncIterable<Buffer>,
  table: Unordered,
): Promise<string> {
  const { name, rows } = table;
  if (Math.max(rows.original, rows.restored) > MAX_ROWS) return inWords(table);
  const { missing, added, firstLine } = await differenceOf(
    await archive.open(),
    dump(),
    name,
    rows,
  );
  const where = firstLine === undefined ? '' : `, the first in line ${firstLine}`;
  return `${inWords(table)}: ${missing} missing${where}; ${added} new`;
}

function inWords({ name, rows }: Unordered): string {
  return `the rows of ${name} differ (${rows.original} before, ${rows.restored} now)`;
}

/** The scratch as an archive, to be read once. */
export async function* dumpOf(
  scratch: Scratch,
  tools: ClientTools,
  signal?: AbortSignal,
): AsyncIterable<Buffer> {
  const env = programEnvironment(scratch.restorer, { caFile: tools.caFile });
  const dump = startProgram(
    tools.path('pg_dump'),
    ['--format=custom', '--compress=0', '--no-password'],
    { env, signal },
  );
  try {
    yield* dump.stdout as AsyncIterable<Buffer>;
    await dump.ended;
  } finally {
    dump.kill();
  }
}
