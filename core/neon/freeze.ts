import { BackupError, messageOf } from '../errors';
import { type Address, parseAddress } from '../postgres/address';
import type { Source } from '../take/job';
import { refusePoolerHost } from '../take/preflight';
import type { Neon } from './api';
import { type Made, makeBranch } from './branches';
import type { Chosen } from './choose';
import { isNeonError, isOutOfBranches } from './errors';
import { settle, settleBranch } from './operations';
import type { Point } from './requests';
import type { Branch } from './shapes';

/** One branch in the making, and what of it may be there. */
export interface Freezing {
  readonly chosen: Chosen;
  readonly name: string;
  readonly at: Point | undefined;
  /** The data is at least so new. */
  readonly time: Date;
  readonly expiresAt: Date;
  readonly computeUnits: number;
  readonly withoutBranch: 'fail' | 'direct';
  readonly readyWithinMs: number;
  readonly onNote: ((message: string) => void) | undefined;
  /** What has to be deleted: a branch, whatever has the name, or nothing. */
  left: { readonly id: string } | 'unknown' | undefined;
}

/**
 * Makes the branch; the way to it, once it is ready.
 * @throws BackupError; `left` says what is there all the same
 */
export async function freeze(neon: Neon, freezing: Freezing): Promise<Source> {
  const { chosen, time } = freezing;
  const branch = await makeReady(neon, freezing);
  const { address } = await wayTo(neon, (branch ?? chosen.branch).id, chosen);
  const origin = branch
    ? { read: 'branch' as const, lsn: branch.lsn, time: (branch.time ?? time).toISOString() }
    : { read: 'production' as const };
  const { project } = neon;
  return { ...address, neon: { project, branch: chosen.branch.id, ...origin } };
}

/**
 * Makes the branch, and waits until it can be used.
 * @returns undefined where the plan allows none, and the policy goes on without
 * @throws BackupError; `left` says what is there all the same
 */
export async function makeReady(neon: Neon, freezing: Freezing): Promise<Branch | undefined> {
  const { readyWithinMs } = freezing;
  const made = await make(neon, freezing);
  if (!made) return undefined;
  const { id } = made.branch;
  if (made.rest) await settle(neon, made.rest.operations, readyWithinMs);
  else await settleBranch(neon, id, readyWithinMs);
  // Only now is it certain what of its parent it holds.
  return neon.getBranch(id);
}

async function make(neon: Neon, freezing: Freezing): Promise<Made | undefined> {
  const { chosen, name, at, expiresAt, computeUnits } = freezing;
  const request = { parent: chosen.branch.id, name, at, expiresAt, computeUnits };
  freezing.left = 'unknown';
  try {
    const made = await makeBranch(neon, request);
    if (made.only) freezing.left = made.branch;
    return made;
  } catch (error) {
    if (isNeonError(error) && error.wasTurnedAway) freezing.left = undefined;
    if (!isOutOfBranches(error)) throw error;
    if (freezing.withoutBranch === 'fail') throw outOfBranches(error);
    freezing.onNote?.(
      `Production itself is read, since no branch is to be had: ${messageOf(error)}`,
    );
    return undefined;
  }
}

/**
 * The way into a database of a branch.
 * @param branch its id
 * @throws BackupError `refused` where Neon's answer leads elsewhere
 */
export async function wayTo(
  neon: Neon,
  branch: string,
  { database, role }: Pick<Chosen, 'database' | 'role'>,
): Promise<{ readonly url: string; readonly address: Address }> {
  const url = await neon.getConnectionUri({ branch, database, role });
  const address = parseAddress(url);
  refusePoolerHost(address);
  if (address.database === database && address.user === role) return { url, address };
  throw new BackupError(
    'refused',
    `Neon was asked for the way to ${database} as ${role}, and its answer leads elsewhere.`,
  );
}

function outOfBranches(error: unknown): BackupError {
  return new BackupError(
    'refused',
    `The project's plan allows no further branch: ${messageOf(error)}`,
    {
      cure: 'Delete branches that nobody needs. A backup may also read production itself, by the policy "direct"; a drill may restore into a server of your own.',
    },
  );
}
