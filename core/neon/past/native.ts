import type { Neon } from '../api';
import type { Chosen } from '../choose';
import { makeOnce } from '../once';
import { settle, settleBranch } from '../operations';
import { previewName } from '../ours';
import type { Branch, Snapshot } from '../shapes';
import type { Making, Past } from './past';

/** What a branch was when Neon made one of its own snapshots of it. */
export function nativePast({ branch }: Chosen, snapshot: Snapshot): Past {
  const { id, name } = branch;
  const preview = previewName(snapshot.id);
  return {
    id: snapshot.id,
    name: snapshot.name,
    title: `Neon's snapshot ${snapshot.name}`,
    time: snapshot.time ?? snapshot.createdAt,
    previewName: preview,
    previewParent: undefined,
    caution: `${name} then has no earlier moments to go back to until Neon has finished with it, and another id, for which the next backup asks once: --accept-new-source. Delete the branch that keeps the state from before when you no longer need it.`,
    makePreview: (neon, making) =>
      restoreBeside(neon, snapshot, { name: preview, target: id }, making),
    undo: async () => undefined,
    restore: async (neon) =>
      (await neon.native.restore(snapshot.id, { target: id, finalize: true })).operations,
    // Neon itself says what it is called; only its id is certain.
    isFormer: (each) => each.id === id && each.name !== name,
  };
}

/** With the answer lost, it is found by its name. */
async function restoreBeside(
  neon: Neon,
  { id }: Snapshot,
  beside: { readonly name: string; readonly target: string },
  { readyWithinMs }: Making,
): Promise<Branch> {
  const { name } = beside;
  const once = await makeOnce(
    neon,
    () => neon.native.restore(id, beside),
    async () => (await neon.listBranches(name)).find((branch) => branch.name === name),
  );
  if (!once.answer) {
    await settleBranch(neon, once.found.id, readyWithinMs);
    return once.found;
  }
  const { branch, operations } = once.answer;
  await settle(neon, operations, readyWithinMs);
  return branch;
}
