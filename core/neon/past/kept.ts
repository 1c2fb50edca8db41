import type { Chosen } from '../choose';
import { previewName } from '../ours';
import type { Branch } from '../shapes';
import { makeChild } from './moment';
import { type Past, STAYS } from './past';

/**
 * What a branch was when another one was kept of it. That one is read, and never written to.
 * @param time of the newest data in it
 */
export function keptPast(of: Chosen, kept: Branch, time: Date): Past {
  const { id, name, expiresAt } = kept;
  const preview = previewName(name);
  return {
    id,
    name,
    title: `the branch ${name}`,
    time,
    previewName: preview,
    previewParent: id,
    caution: STAYS,
    makePreview: async (neon, making) => {
      // Neon lets nothing be a parent that expires. The expiry does not come back with the preview's end:
      // nobody may be there then, and a restored branch may depend on this one. `prune` goes by age.
      if (expiresAt) {
        await neon.updateBranch(id, { expiresAt: null });
        making.onNote?.(
          `The branch ${name} no longer expires by itself, so that it can be looked at. "snapshot prune" deletes it in its turn, where that command, the stack or the workflow made it.`,
        );
      }
      return makeChild(neon, { ...of, branch: kept }, preview, making);
    },
    undo: async (neon) => expiresAt && neon.updateBranch(id, { expiresAt }),
    restore: async (neon, keepAs) =>
      (await neon.restoreBranch(of.branch.id, { from: id, keepAs })).operations,
    isFormer: (branch, keepAs) => branch.name === keepAs,
  };
}
