import type { Contents } from '../archive/contents';
import type { TocEntry } from '../archive/format';
import { quoteName } from '../archive/names';
import { messageOf } from '../errors';
import type { Session } from '../postgres/session';

/**
 * Settings and privileges of the database itself (`ALTER DATABASE … SET`, `GRANT … ON DATABASE`),
 * which pg_restore leaves out unless it makes the database, under the old name.
 * @returns what could not be set, in words: no reason to give the restored data up
 */
export async function restoreDatabaseSettings(
  session: Session,
  { header, entries }: Contents,
  database: string,
): Promise<string[]> {
  const failures: string[] = [];
  for (const { definition } of entries.filter(isAboutTheDatabase)) {
    for (const statement of statements(definition, header.database, database)) {
      try {
        await session.rows(statement);
      } catch (error) {
        failures.push(`Of the database itself was not restored: ${statement} ${messageOf(error)}`);
      }
    }
  }
  return failures;
}

function isAboutTheDatabase({ type, tag }: TocEntry): boolean {
  return type === 'DATABASE PROPERTIES' || (type === 'ACL' && tag.startsWith('DATABASE '));
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
const STATEMENT =
  /^(ALTER DATABASE |ALTER ROLE .*? IN DATABASE |(?:GRANT|REVOKE) .*? ON DATABASE )[\s\S]*?;$/gm;
