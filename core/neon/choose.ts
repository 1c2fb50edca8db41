import { BackupError } from '../errors';
import type { Neon } from './api';
import type { Branch, Database } from './shapes';

/** What of a project is backed up. */
export interface Choice {
  /** Name or id. @default the project's default branch */
  readonly branch?: string | undefined;
  /** @default the branch's only one */
  readonly database?: string | undefined;
  /** @default the database's owner */
  readonly role?: string | undefined;
}

export interface Chosen {
  readonly branch: Branch;
  readonly database: string;
  readonly role: string;
}

/**
 * Finds what is to be backed up, before anything is made.
 * @param branches every branch of the project
 * @throws BackupError `usage` where there is no such branch, database or role
 */
export async function choose(
  neon: Neon,
  branches: readonly Branch[],
  { branch: wanted, database: name, role }: Choice,
): Promise<Chosen> {
  const branch = chooseBranch(branches, wanted);
  const database = chooseDatabase(await neon.listDatabases(branch.id), name, branch);
  if (role !== undefined) await refuseUnknownRole(neon, branch, role);
  return { branch, database: database.name, role: role ?? database.owner };
}

/** @throws BackupError `usage` where it is not there */
export function chooseBranch(branches: readonly Branch[], wanted: string | undefined): Branch {
  const found =
    wanted === undefined
      ? branches.filter(({ isDefault }) => isDefault)
      : branches.filter(({ id, name }) => id === wanted || name === wanted);
  const [branch] = found;
  if (branch && found.length === 1) return branch;
  const what = wanted === undefined ? 'default branch' : `branch ${wanted}`;
  throw none(
    found.length === 0 ? `The project has no ${what}` : `The project has several: ${what}`,
    branches.map(({ name }) => name),
  );
}

function chooseDatabase(
  databases: readonly Database[],
  wanted: string | undefined,
  { name: branch }: Branch,
): Database {
  const found = databases.filter(({ name }) => wanted === undefined || name === wanted);
  const [database] = found;
  if (database && found.length === 1) return database;
  throw none(
    wanted === undefined && found.length > 1
      ? `The branch ${branch} has ${found.length} databases`
      : `The branch ${branch} has no database${wanted === undefined ? '' : ` ${wanted}`}`,
    databases.map(({ name }) => name),
  );
}

async function refuseUnknownRole(neon: Neon, branch: Branch, role: string): Promise<void> {
  const names = (await neon.listRoles(branch.id)).map(({ name }) => name);
  if (!names.includes(role)) throw none(`The branch ${branch.name} has no role ${role}`, names);
}

const SHOWN = 8;

function none(what: string, names: readonly string[]): BackupError {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  const there = names.length > 0 ? names.slice(0, SHOWN).join(', ') + more : 'none';
  return new BackupError('usage', `${what}.`, { cure: `Name one that is there: ${there}.` });
}
