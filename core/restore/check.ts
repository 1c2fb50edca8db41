import { compareEntries, DIFFERENT, groupOf, NEW } from '../archive/compare';
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

/** What is to be found in the target. */
interface Expectation {
  readonly contents: Contents;
  readonly tables: readonly TableRows[];
  readonly largeObjects: number;
  readonly sameMajor: boolean;
}

/**
 * Compares what is in the target now with the backup: the rows of every table, and every definition.
 * @returns a sentence about what another major version writes in other words
 * @throws BackupError `corrupt` where something is missing or different
 */
export async function checkTarget(
  session: Session,
  target: Address,
  tools: ClientTools,
  backup: Expectation,
): Promise<string[]> {
  const { wrong: rows, hidden } = await compareRows(session, backup.tables, backup.contents);
  const objects = await differingLargeObjects(session, backup.largeObjects);
  const definitions = await differingDefinitions(target, tools, backup.contents);
  const reworded = backup.sameMajor ? [] : definitions.filter((text) => text.endsWith(DIFFERENT));
  const wrong = [...rows, ...objects, ...definitions.filter((text) => !reworded.includes(text))];
  if (wrong.length === 0) return notesOn(reworded, hidden);
  throw new BackupError(
    'corrupt',
    `What was restored is not what the backup holds: ${some(wrong)}.`,
    {
      cure: 'Do not use the target. Nobody else may write to it during a restore; if nobody did, please report this.',
    },
  );
}

function notesOn(reworded: readonly string[], hidden: readonly string[]): string[] {
  return [
    ...(reworded.length > 0
      ? [`This major version of PostgreSQL writes ${reworded.length} definitions in other words.`]
      : []),
    ...(hidden.length > 0
      ? [
          `The rows of ${hidden.join(', ')} were restored and not counted: row-level security hides them from the restoring role.`,
        ]
      : []),
  ];
}

async function compareRows(
  session: Session,
  tables: readonly TableRows[],
  { entries }: Contents,
): Promise<{ wrong: string[]; hidden: string[] }> {
  const wrong: string[] = [];
  const hidden: string[] = [];
  for (const [name, { rows, only }] of expectedRows(tables, entries)) {
    const found = await session.row<{ rows: string; hidden: boolean }>(
      `SELECT count(*) AS rows, row_security_active($1::regclass) AS hidden FROM ${only} ${name}`,
      [name],
    );
    if (found.hidden) hidden.push(name);
    else if (Number(found.rows) !== rows)
      wrong.push(`${name} has ${found.rows} rows and had ${rows}`);
  }
  return { wrong, hidden };
}

async function differingLargeObjects(session: Session, expected: number): Promise<string[]> {
  const sql = 'SELECT count(*) AS count FROM pg_largeobject_metadata';
  const found = Number((await session.row<{ count: string }>(sql)).count);
  return found === expected ? [] : [`there are ${found} large objects and were ${expected}`];
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
  ).filter((text) => !wasThere(text));
}

/** An empty target may have extensions of its own. */
function wasThere(difference: string): boolean {
  return /^(COMMENT )?EXTENSION /.test(difference) && difference.endsWith(NEW);
}

/** What a dump of the schema alone leaves out, although it has a definition. */
function isData({ type, tag }: TocEntry): boolean {
  return (
    type.startsWith('BLOB') || type === 'MATERIALIZED VIEW DATA' || tag.startsWith('LARGE OBJECT ')
  );
}
