import { BackupError, messageOf } from '../../errors';
import type { Address } from '../../postgres/address';
import type { Neon } from '../api';
import { removeBranch } from '../branches';
import type { Chosen } from '../choose';
import { wayTo } from '../freeze';
import { settleBranch } from '../operations';
import type { Branch } from '../shapes';
import { isPreviewOf, type Past } from './past';
import { beside, countRows, type RowsBeside } from './rows';
import { makeUsable } from './usable';

/** What a branch was, on a branch of its own. */
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
  /** What a promotion brings with it; a sentence. */
  readonly caution: string | undefined;
}

export interface LookOptions {
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
const UNDO_WITHIN_MS = 60_000;

/**
 * Makes a branch of what another one was, or finds the one that was made before, and counts in both. It
 * stays for a day. Production is read, and not changed.
 * @param branches every branch of the project
 * @throws BackupError; what was made is deleted then
 */
export async function previewPast(
  neon: Neon,
  branches: readonly Branch[],
  of: Chosen,
  past: Past,
  options: LookOptions,
): Promise<Preview> {
  const { readyWithinMs = READY_WITHIN_MS, onNote, now = () => new Date() } = options;
  const making = { expiresAt: new Date(now().getTime() + LIFE_MS), readyWithinMs, onNote };
  const show = async (branch: Branch) =>
    shown(neon, await makeUsable(neon, branch, making), of, past, options);
  const found = branches.find((branch) => isPreviewOf(past, branch));
  if (found) {
    await settleBranch(neon, found.id, readyWithinMs);
    return show(found);
  }
  try {
    return await show(await past.makePreview(neon, making));
  } catch (error) {
    await undo(neon, past, options);
    throw error;
  }
}

/** The preview that somebody has looked at. @throws BackupError `refused` where there is none */
export function foundPreview(branches: readonly Branch[], past: Past): Branch {
  const preview = branches.find((branch) => isPreviewOf(past, branch));
  if (preview) return preview;
  throw new BackupError(
    'refused',
    `There is no preview of ${past.title} for anybody to have looked at.`,
    { cure: 'Run the same command without --promote first, and look at what it shows.' },
  );
}

/** The rows of another place beside those that the branch has today. */
export async function countBeside(
  neon: Neon,
  then: Address,
  { branch, ...chosen }: Chosen,
  { critical }: LookOptions,
): Promise<RowsBeside[]> {
  const { signal } = neon.manners;
  const today = await wayTo(neon, branch.id, chosen);
  const before = await countRows(then, critical, signal);
  return beside(before, await countRows(today.address, critical, signal));
}

async function shown(
  neon: Neon,
  { id, name, expiresAt }: Branch,
  of: Chosen,
  { time, caution }: Past,
  options: LookOptions,
): Promise<Preview> {
  const { url, address } = await wayTo(neon, id, of);
  const tables = await countBeside(neon, address, of, options);
  return { branch: name, time, tables, url, expiresAt, caution };
}

/** Also after the work was told to stop, so on a time limit of its own. */
async function undo(neon: Neon, past: Past, { onNote }: LookOptions): Promise<void> {
  const unhurried = neon.under(AbortSignal.timeout(UNDO_WITHIN_MS));
  try {
    const made = await unhurried.listBranches(past.previewName);
    for (const branch of made.filter((each) => isPreviewOf(past, each)))
      await removeBranch(unhurried, branch.id);
    await past.undo(unhurried);
  } catch (error) {
    onNote?.(
      `What was made for the preview could not all be taken back: ${messageOf(error)} Look for the branch ${past.previewName} in the Neon Console.`,
    );
  }
}
