import type { Address } from '../postgres/address';
import type { Aside } from '../restore/ending';
import type { Neon } from './api';
import { makeBranch, removeBranch } from './branches';
import { type Choice, choose } from './choose';
import { wayTo } from './freeze';
import { settle, settleBranch } from './operations';
import { formerName } from './ours';

/** A database of Neon's to restore into. */
export interface NeonTarget {
  readonly target: Address;
  /** Keeps the whole branch as it is now, as another one. */
  keepAside(): Promise<Aside>;
}

export interface NeonTargetOptions extends Choice {
  /** How long each of Neon's operations may take, in ms. @default 120,000 */
  readonly readyWithinMs?: number | undefined;
  /** @default the clock of this machine */
  readonly now?: (() => Date) | undefined;
}

/**
 * Finds the database, and the way to it. Nothing is made.
 * @throws BackupError `usage` where it is not there
 */
export async function neonTarget(neon: Neon, options: NeonTargetOptions): Promise<NeonTarget> {
  const { now = () => new Date(), readyWithinMs = 120_000 } = options;
  const chosen = await choose(neon, await neon.listBranches(), options);
  const { branch } = chosen;
  const { address } = await wayTo(neon, branch.id, chosen);
  return {
    target: address,
    keepAside: async () => {
      const name = formerName(branch.name, now());
      const made = await makeBranch(neon, { parent: branch.id, name });
      if (made.rest) await settle(neon, made.rest.operations, readyWithinMs);
      else await settleBranch(neon, made.branch.id, readyWithinMs);
      return {
        note: `The branch ${name} holds ${branch.name} as it was; delete it when you no longer need it.`,
        giveUp: () => removeBranch(neon, made.branch.id),
      };
    },
  };
}
