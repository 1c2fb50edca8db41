import type { Neon } from '../api';
import type { Chosen } from '../choose';
import { type Freezing, makeReady } from '../freeze';
import { previewName } from '../ours';
import type { Point } from '../requests';
import type { Branch } from '../shapes';
import { type Making, type Past, STAYS } from './past';
import { PREVIEW_UNITS } from './usable';

/** What a branch was at a moment, as long as Neon's history goes back to it. */
export function momentPast(of: Chosen, at: Date): Past {
  const { id, name, parent } = of.branch;
  const moment = at.toISOString();
  const preview = previewName(at);
  return {
    id: moment,
    name: moment,
    title: `${name} at ${moment}`,
    time: at,
    previewName: preview,
    previewParent: id,
    // A root leaves another root; of any other branch the former state becomes the parent.
    caution: parent === undefined ? undefined : STAYS,
    makePreview: (neon, making) => makeChild(neon, of, preview, making, { time: at }),
    undo: async () => undefined,
    restore: async (neon, keepAs) =>
      (await neon.restoreBranch(id, { from: id, at: { time: at }, keepAs })).operations,
    isFormer: (branch, keepAs) => branch.name === keepAs,
  };
}

/**
 * Makes a child with a compute, and waits until it can be used.
 * @param at - default: the parent as it is now
 * @throws BackupError `refused` where the plan allows no further branch
 */
export async function makeChild(
  neon: Neon,
  of: Chosen,
  name: string,
  { expiresAt, readyWithinMs, onNote }: Making,
  at?: Point,
): Promise<Branch> {
  const freezing: Freezing = {
    chosen: of,
    name,
    at,
    time: expiresAt,
    expiresAt,
    computeUnits: PREVIEW_UNITS,
    withoutBranch: 'fail',
    readyWithinMs,
    onNote,
    left: undefined,
  };
  // By that policy there is a branch, or a failure.
  return (await makeReady(neon, freezing)) as Branch;
}
