import { type Scratch, type ScratchOptions, serverScratch } from '../drill/scratch';
import { BackupError } from '../errors';
import type { Address } from '../postgres/address';
import { withSession } from '../postgres/session';
import { makeRoles } from '../restore/roles';
import type { Neon } from './api';
import { type Chosen, chooseBranch } from './choose';
import { type Freezing, freeze } from './freeze';
import { clearAway, type FrozenOptions, sweep } from './frozen';
import { leakedBranches, scratchName } from './ours';

export interface NeonScratchOptions
  extends Pick<
    FrozenOptions,
    'run' | 'lifeMs' | 'computeUnits' | 'readyWithinMs' | 'removeWithinMs' | 'onNote' | 'now'
  > {
  /** Name or id of the branch that the scratch is made from. @default the project's default branch */
  readonly branch?: string | undefined;
}

const DAY_MS = 86_400_000;

/**
 * A scratch in a project of Neon's: a database on a branch that is made for one drill and deleted with
 * it, so that production feels nothing. It has the branch's roles; those that the backup needs beyond
 * them are made there.
 * @throws BackupError; what was made is deleted then
 */
export async function neonScratch(
  neon: Neon,
  options: NeonScratchOptions,
  scratch: ScratchOptions,
): Promise<Scratch> {
  const { now = () => new Date(), lifeMs = DAY_MS } = options;
  const branches = await neon.listBranches();
  const chosen = await home(neon, chooseBranch(branches, options.branch), scratch);
  await sweep(neon, leakedBranches(branches, now()), options);
  const asked = now();
  const freezing: Freezing = {
    chosen,
    name: scratchName(options.run),
    at: undefined,
    time: asked,
    expiresAt: new Date(asked.getTime() + lifeMs),
    computeUnits: options.computeUnits ?? 1,
    withoutBranch: 'fail',
    readyWithinMs: options.readyWithinMs ?? 120_000,
    onNote: options.onNote,
    left: undefined,
  };
  const drop = (): Promise<void> => clearAway(neon, freezing, options);
  try {
    const server = await freeze(neon, freezing);
    await makeMissingRoles(server, scratch.manifest.roles);
    const made = await serverScratch(server, scratch);
    return { ...made, name: `a branch of the Neon project ${neon.project}`, drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** A database to connect to, where the scratch is made from; any one will do. */
async function home(
  neon: Neon,
  branch: Chosen['branch'],
  { manifest }: ScratchOptions,
): Promise<Chosen> {
  const databases = await neon.listDatabases(branch.id);
  const found = databases.find(({ name }) => name === manifest.source.name) ?? databases[0];
  if (found) return { branch, database: found.name, role: found.owner };
  throw new BackupError('usage', `The branch ${branch.name} has no database to connect to.`, {
    cure: 'Name another branch, or make a database there in the Neon Console.',
  });
}

/** Policies name roles. What is made here goes with the branch. */
function makeMissingRoles(server: Address, roles: readonly string[]): Promise<void> {
  return withSession(server, async (session) => {
    const there = await session.rows<{ name: string }>('SELECT rolname AS name FROM pg_roles');
    const missing = roles.filter((role) => !there.some(({ name }) => name === role));
    await makeRoles(session, missing);
  });
}
