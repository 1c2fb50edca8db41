import { isOfTheDatabase } from '../archive/fingerprint';
import type { TocEntry } from '../archive/format';
import type { Address } from '../postgres/address';
import { withSession } from '../postgres/session';

/** The three passes that pg_restore, too, makes over an archive. */
export interface Passes {
  readonly objects: readonly TocEntry[];
  readonly privileges: readonly TocEntry[];
  /** What may need the privileges of those who own it. */
  readonly afterwards: readonly TocEntry[];
}

const AFTERWARDS = new Set(['EVENT TRIGGER', 'MATERIALIZED VIEW DATA']);

export function passes(entries: readonly TocEntry[]): Passes {
  return {
    objects: entries.filter((entry) => !isPrivilege(entry) && !AFTERWARDS.has(entry.type)),
    privileges: entries.filter((entry) => isPrivilege(entry) && isOfTheDatabase(entry)),
    afterwards: entries.filter(({ type }) => AFTERWARDS.has(type)),
  };
}

export function isPrivilege({ type }: TocEntry): boolean {
  return type === 'ACL' || type === 'DEFAULT ACL';
}

/**
 * Restores privileges over a session of ours. A grant that somebody else than the owner made is
 * dumped with SET SESSION AUTHORIZATION, which only a superuser may; SET ROLE does the same for
 * whoever is a member of that role.
 */
export async function restorePrivileges(
  target: Address,
  entries: readonly TocEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  await withSession(target, async (session) => {
    // As in pg_restore: every name is qualified, and nothing of the database's own is called.
    await session.rows(`SELECT set_config('search_path', '', false)`);
    for (const { definition } of entries) await session.rows(asRole(definition));
  });
}

function asRole(definition: string): string {
  return definition
    .replace(/^SET SESSION AUTHORIZATION /gm, 'SET ROLE ')
    .replace(/^RESET SESSION AUTHORIZATION;/gm, 'RESET ROLE;');
}
