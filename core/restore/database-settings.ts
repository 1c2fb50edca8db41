import type { Contents } from '../archive/contents';
import { quoteName } from '../archive/names';
import { messageOf } from '../errors';
import type { Session } from '../postgres/session';

/**
 * Settings of the database itself (`ALTER DATABASE … SET`), which pg_restore leaves out unless it
 * makes the database, under the old name.
 * @returns what could not be set, in words: no reason to give the restored data up
 */
export async function restoreDatabaseSettings(
  session: Session,
  { entries }: Contents,
  database: string,
): Promise<string[]> {
  const properties = entries.find(({ type }) => type === 'DATABASE PROPERTIES');
  if (!properties) return [];
  const failures: string[] = [];
  for (const statement of statements(properties.definition, properties.tag, database)) {
    try {
      await session.rows(statement);
    } catch (error) {
      failures.push(
        `A setting of the database was not restored (${statement}): ${messageOf(error)}`,
      );
    }
  }
  return failures;
}

/** The statements of the archive, about the database that is there now. */
export function statements(definition: string, original: string, database: string): string[] {
  const name = `"${original.replaceAll('"', '""')}"`;
  const forms = [quoteName(original), name].sort((a, b) => b.length - a.length);
  return [...definition.matchAll(STATEMENT)].map(([statement, start = '']) => {
    const form = forms.find((each) => statement.startsWith(`${each} `, start.length));
    return form
      ? `${start}${quoteName(database)}${statement.slice(start.length + form.length)}`
      : statement;
  });
}

/** A value may hold line breaks, but a statement starts at the beginning of a line. */
const STATEMENT = /^(ALTER DATABASE |ALTER ROLE .*? IN DATABASE )[\s\S]*?;$/gm;
