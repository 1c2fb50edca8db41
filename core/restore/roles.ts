import { quoteName } from '../archive/names';
import type { Session } from '../postgres/session';

/**
 * Makes the roles that row-level policies need. They have no password, can't log in, and may do nothing
 * but what the backup grants them.
 * @returns a sentence about each
 */
export async function makeRoles(session: Session, roles: readonly string[]): Promise<string[]> {
  for (const role of roles) await session.rows(`CREATE ROLE ${quoteName(role)} NOLOGIN`);
  return roles.map(
    (role) =>
      `The role ${quoteName(role)}, which a row-level policy needs, was made; it can't log in.`,
  );
}
