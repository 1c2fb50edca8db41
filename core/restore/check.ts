import { compareEntries, groupOf } from '../archive/compare';
import type { Contents } from '../archive/contents';
import { fingerprint, hashEntry, isOfTheDatabase, rootOf } from '../archive/fingerprint';
import type { TocEntry } from '../archive/format';
import { qualifiedName } from '../archive/names';
import { BackupError } from '../errors';
import type { TableRows } from '../manifest';
import { type Address, programEnvironment } from '../postgres/address';
import { startProgram } from '../postgres/program';
import type { Session } from '../postgres/session';
import type { ClientTools } from '../postgres/tools';
import { some } from '../verify/tables';

/**
 * Compares what is in the target now with the backup: the rows of every table, and every definition.
 * @returns a sentence about what another major version writes in other words
 * @throws BackupError `corrupt` where something is missing or different
 */
export async function checkTarget(
  session: Session,
  target: Address,
  tools: ClientTools,
  backup: { contents: Contents; tables: readonly TableRows[]; sameMajor: boolean },
): Promise<string[]> {
  const rows = await differingRows(session, backup.tables, backup.contents);
  const definitions = await differingDefinitions(target, tools, backup.contents);
  const wrong = backup.sameMajor ? [...rows, ...definitions] : rows;
  if (wrong.length === 0) {
    if (backup.sameMajor || definitions.length === 0) return [];
    return [
      `This major version of PostgreSQL writes ${definitions.length} definitions in other words.`,
    ];
  }
  throw new BackupError(
    'corrupt',
    `What was restored is not what the backup holds: ${some(wrong)}.`,
    {
      cure: 'Do not use the target. Nobody else may write to it during a restore; if nobody did, please report this.',
    },
  );
}

async function differingRows(
  session: Session,
  tables: readonly TableRows[],
  { entries }: Contents,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [name, { rows, only }] of expectedRows(tables, entries)) {
    const sql = `SELECT count(*) AS rows FROM ${only} ${name}`;
    const found = Number((await session.row<{ rows: string }>(sql)).rows);
    if (found !== rows) wrong.push(`${name} has ${found} rows and had ${rows}`);
  }
  return wrong;
}

interface Expected {
  readonly rows: number;
  /** A table's own rows, without those of its children; a partition root has none of its own. */
  readonly only: 'ONLY' | '';
}

function expectedRows(
  tables: readonly TableRows[],
  entries: readonly TocEntry[],
): Map<string, Expected> {
  const roots = new Map(
    entries.map((entry) => [
      qualifiedName({ schema: entry.schema, table: entry.tag }),
      rootOf(entry),
    ]),
  );
  const expected = new Map<string, Expected>();
  for (const table of tables) {
    const root = roots.get(qualifiedName(table));
    const name = groupOf({ ...table, ...(root ? { root } : {}) });
    expected.set(name, {
      rows: (expected.get(name)?.rows ?? 0) + table.rows,
      only: root ? '' : 'ONLY',
    });
  }
  return expected;
}

async function differingDefinitions(
  target: Address,
  tools: ClientTools,
  { entries }: Contents,
): Promise<string[]> {
  const env = programEnvironment(target, { caFile: tools.caFile });
  const dump = startProgram(
    tools.path('pg_dump'),
    ['--format=custom', '--compress=0', '--schema-only', '--no-password'],
    { env },
  );
  const restored = await fingerprint(dump.stdout as AsyncIterable<Buffer>);
  await dump.ended;
  const definitions = (all: readonly { section: string }[]) =>
    all.filter(({ section }) => section === 'definitions');
  const original = entries
    .filter((entry) => isOfTheDatabase(entry) && !isData(entry))
    .flatMap(hashEntry);
  return compareEntries(
    definitions(original) as typeof original,
    definitions(restored.entries) as typeof original,
    false,
  );
}

/** What a dump of the schema alone leaves out, although it has a definition. */
function isData({ type, tag }: TocEntry): boolean {
  return (
    type.startsWith('BLOB') || type === 'MATERIALIZED VIEW DATA' || tag.startsWith('LARGE OBJECT ')
  );
}
