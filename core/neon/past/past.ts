import type { Neon } from '../api';
import type { Branch, Operation } from '../shapes';

/**
 * Something that a branch has been: at a moment of its history, in a branch that was kept, or in one of
 * Neon's own snapshots. All are looked at in a preview, and come back by a promotion, in one way; what
 * differs is here.
 */
export interface Past {
  /** Neon's id of what holds it; of a moment, the moment. */
  readonly id: string;
  /** `backup-20261122`; another one may have it, too. */
  readonly name: string;
  /** For a sentence: `the branch backup-20261122`. */
  readonly title: string;
  /** Of the newest data in it. */
  readonly time: Date;
  /** What the branch is called that shows it: one past has one name, so that it is found again. */
  readonly previewName: string;
  /** Whose child that branch is; undefined: that is left to Neon. */
  readonly previewParent: string | undefined;
  /** What is to be known before a promotion, and after it; a sentence. */
  readonly caution: string | undefined;
  /**
   * Makes the branch that shows it, and waits until it can be used.
   * @throws BackupError; it may be there all the same
   */
  makePreview(neon: Neon, making: Making): Promise<Branch>;
  /** Takes back what was changed beside that branch, once it is gone. */
  undo(neon: Neon): Promise<unknown>;
  /**
   * Puts the branch back to it.
   * @param keepAs what the state that the branch has now is to be called, where Neon can be told
   */
  restore(neon: Neon, keepAs: string): Promise<Operation[]>;
  /** Whether a branch holds the state that the other one had until it was put back. */
  isFormer(branch: Branch, keepAs: string): boolean;
}

/** How a preview is made. */
export interface Making {
  /** When Neon deletes it. */
  readonly expiresAt: Date;
  /** How long each of Neon's operations may take, in ms. */
  readonly readyWithinMs: number;
  readonly onNote: ((message: string) => void) | undefined;
}

export function isPreviewOf({ previewName, previewParent }: Past, branch: Branch): boolean {
  return branch.name === previewName && [undefined, branch.parent].includes(previewParent);
}

/** Once it is the parent of what it was put back to, or that depends on another branch. */
export const STAYS =
  'Neon does not let the branch be deleted afterwards that keeps the state from before.';
