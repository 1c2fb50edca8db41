import { BackupError } from '../errors';
import type { Note } from '../manifest';
import { type Address, describe } from '../postgres/address';
import { connect, DIRECT_HOST, type Session } from '../postgres/session';
import type { ClientTools } from '../postgres/tools';
import { type Inventory, isDumped, type SourceTable } from './inventory';

/** What a person has said yes to beforehand. */
export interface Acceptances {
  /** A database without a single table. */
  readonly empty?: boolean;
  /** Another database than the one that earlier backups of this name came from. */
  readonly newSource?: boolean;
}

/** What can be said against a backup of a source: each throws, or is content. */
export const REFUSALS: readonly ((
  inventory: Inventory,
  user: string,
  accept: Acceptances,
) => void)[] = [refuseEmpty, refuseTooFewLocks, refuseUnreadable, refuseHiddenRows];

/**
 * What would make this backup fail, or make it hold less than its reader expects.
 * @returns what is worth a note in the manifest
 * @throws BackupError for the first thing that makes the backup impossible or a lie
 */
export function judge(inventory: Inventory, user: string, accept: Acceptances): Note[] {
  for (const refuse of REFUSALS) refuse(inventory, user, accept);
  return notesOn(inventory);
}

function refuseEmpty({ tables, server }: Inventory, _user: string, accept: Acceptances): void {
  if (accept.empty || tables.some(isDumped)) return;
  throw new BackupError('refused', `The database ${server.name} holds no table.`, {
    cure: 'Check that the URL names the right database and branch; --accept-empty backs it up all the same.',
  });
}

function refuseTooFewLocks({ tables, server }: Inventory): void {
  if (tables.length <= server.lockSlots) return;
  throw new BackupError(
    'refused',
    `pg_dump has to lock ${tables.length} tables, and the server has room for ${server.lockSlots} locks.`,
    {
      cure: 'Raise max_locks_per_transaction and restart the server.',
    },
  );
}

function refuseUnreadable({ tables }: Inventory, user: string): void {
  const unreadable = tables.filter((table) => isDumped(table) && !table.readable);
  if (unreadable.length === 0) return;
  throw new BackupError('permission', `The role ${user} may not read ${list(unreadable)}.`, {
    cure: `Let it read everything: GRANT pg_read_all_data TO ${user};`,
  });
}

function refuseHiddenRows({ tables }: Inventory, user: string): void {
  const hiding = tables.filter((table) => isDumped(table) && table.hidesRows);
  if (hiding.length === 0) return;
  throw new BackupError(
    'permission',
    `Row-level security hides rows of ${list(hiding)} from the role ${user}.`,
    {
      cure: `Let it see every row: ALTER ROLE ${user} BYPASSRLS; or use the role that owns the tables.`,
    },
  );
}

export function notesOn({ tables, foreignTables, largeObjects }: Inventory): Note[] {
  const unlogged = tables.filter(({ unlogged }) => unlogged);
  const owned = tables.filter((table) => !isDumped(table) && table.bytes > 0);
  return [
    {
      check: 'extension_tables',
      of: owned.length,
      detail: `pg_dump leaves out the rows of ${list(owned)}, since an extension owns them`,
    },
    {
      check: 'unlogged_tables',
      of: unlogged.length,
      detail: `${list(unlogged)} are unlogged: a crash, a copy or a Neon branch empties them`,
    },
    {
      check: 'foreign_tables',
      of: foreignTables.length,
      detail: `the rows of foreign tables stay on their own server: ${foreignTables.slice(0, SHOWN).join(', ')}`,
    },
    {
      check: 'large_objects',
      of: largeObjects,
      detail: `${largeObjects} large objects are in the backup`,
    },
  ].flatMap(({ of, ...note }) => (of > 0 ? [note] : []));
}

const SHOWN = 8;

function list(tables: readonly SourceTable[]): string {
  const shown = tables
    .slice(0, SHOWN)
    .map(({ quoted }) => quoted)
    .join(', ');
  return tables.length > SHOWN ? `${shown} and ${tables.length - SHOWN} more` : shown;
}

/** pg_dump would say so itself, after the file was begun. */
export function refuseOlderTools(tools: ClientTools, { server }: Inventory): void {
  if (tools.major >= server.major) return;
  throw new BackupError(
    'version_mismatch',
    `pg_dump ${tools.version} is older than the server, which is PostgreSQL ${server.version}.`,
    { cure: `Use client programs of PostgreSQL ${server.major} or newer.` },
  );
}

/** @throws BackupError `pooler` where the host's name already tells */
export function refusePoolerHost({ host }: Address): void {
  if (!/^[^.]*-pooler\./.test(host)) return;
  throw new BackupError('pooler', `${host} is a connection pooler.`, {
    cure: `${DIRECT_HOST} On Neon it is the same host without "-pooler".`,
  });
}

/**
 * Finds a pooler that shares sessions in between: then two connections meet the same backend, or one
 * connection meets two. A busy pooler hides that often enough for a single look to miss it.
 * @throws BackupError `pooler`
 */
export async function refusePooler(
  session: Session,
  address: Address,
  signal?: AbortSignal,
): Promise<void> {
  const other = await connect(address, { signal });
  try {
    const [ours, theirs] = [await backend(session), await backend(other)];
    for (let look = 1; look <= POOLER_LOOKS; look++) {
      const moved = (await backend(session)) !== ours || (await backend(other)) !== theirs;
      if (moved || ours === theirs) throw pooler(address);
    }
  } finally {
    await other.close();
  }
}

const POOLER_LOOKS = 8;
async function backend(session: Session): Promise<number> {
  return (await session.row<{ pid: number }>('SELECT pg_backend_pid() AS pid')).pid;
}

function pooler(address: Address): BackupError {
  return new BackupError('pooler', `A connection pooler answers at ${describe(address)}.`, {
    cure: DIRECT_HOST,
  });
}
