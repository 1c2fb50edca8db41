import { BackupError } from '../errors';
import type { Address } from '../postgres/address';
import type { Neon } from './api';
import type { Chosen } from './choose';
import { type Freezing, makeReady, wayTo } from './freeze';
import { clearAway } from './frozen';
import { settleBranch } from './operations';
import { previewName } from './ours';
import type { Branch } from './shapes';
import { beside, countRows, type RowsBeside } from './time-rows';

/** A branch as it was at a moment, on a branch of its own. */
export interface Preview {
  /** The preview branch's name. */
  readonly branch: string;
  /** The newest that it holds is of this time. */
  readonly time: Date;
  /** Its rows beside those of today. */
  readonly tables: readonly RowsBeside[];
  /** `postgresql://…`, with the password. */
  readonly url: string;
  /** Neon deletes it then. */
  readonly expiresAt: Date | undefined;
}

export interface MomentOptions {
  /** Critical tables, which are counted. */
  readonly critical: readonly string[];
  /** How long each of Neon's operations may take, in ms. @default 300,000 */
  readonly readyWithinMs?: number | undefined;
  readonly onNote?: ((message: string) => void) | undefined;
  /** @default the clock of this machine */
  readonly now?: (() => Date) | undefined;
}

export const READY_WITHIN_MS = 300_000;
const LIFE_MS = 86_400_000;

/**
 * Makes a branch of what another one was at a moment, or finds the one that was made before, and counts
 * in both. It stays for a day. Production is read, and not changed.
 * @param branches every branch of the project
 * @throws BackupError; what was made is deleted then
 */
export async function previewMoment(
  neon: Neon,
  branches: readonly Branch[],
  chosen: Chosen,
  at: Date,
  options: MomentOptions,
): Promise<Preview> {
  const branch = await findOrMake(neon, branches, chosen, at, options);
  const { url, address } = await wayTo(neon, branch.id, chosen);
  const tables = await countBeside(neon, address, chosen, options);
  const { name, expiresAt } = branch;
  return { branch: name, time: branch.time ?? at, tables, url, expiresAt };
}

/** The preview that somebody has looked at. @throws BackupError `refused` where there is none */
export function foundPreview(branches: readonly Branch[], chosen: Chosen, at: Date): Branch {
  const preview = findPreview(branches, chosen, at);
  if (preview) return preview;
  throw new BackupError(
    'refused',
    `There is no preview of ${chosen.branch.name} at ${at.toISOString()} for anybody to have looked at.`,
    { cure: 'Run the same command without --promote first, and look at what it shows.' },
  );
}

/** The rows of another place beside those that the branch has today. */
export async function countBeside(
  neon: Neon,
  then: Address,
  { branch, ...chosen }: Chosen,
  { critical }: MomentOptions,
): Promise<RowsBeside[]> {
  const { signal } = neon.manners;
  const today = await wayTo(neon, branch.id, chosen);
  const before = await countRows(then, critical, signal);
  return beside(before, await countRows(today.address, critical, signal));
}

function findPreview(branches: readonly Branch[], { branch }: Chosen, at: Date) {
  const name = previewName(at);
  return branches.find((each) => each.name === name && each.parent === branch.id);
}

async function findOrMake(
  neon: Neon,
  branches: readonly Branch[],
  chosen: Chosen,
  at: Date,
  { readyWithinMs = READY_WITHIN_MS, onNote, now = () => new Date() }: MomentOptions,
): Promise<Branch> {
  const found = findPreview(branches, chosen, at);
  if (found) {
    await settleBranch(neon, found.id, readyWithinMs);
    return found;
  }
  const freezing: Freezing = {
    chosen,
    name: previewName(at),
    at: { time: at },
    time: at,
    expiresAt: new Date(now().getTime() + LIFE_MS),
    computeUnits: 1,
    withoutBranch: 'fail',
    readyWithinMs,
    onNote,
    left: undefined,
  };
  try {
    // By that policy there is a branch, or a failure.
    return (await makeReady(neon, freezing)) as Branch;
  } catch (error) {
    await clearAway(neon, freezing, { onNote });
    throw error;
  }
}
