import type { Kind } from '../../contract/keys';
import { BackupError } from '../errors';

/** How long backups of one kind are kept. */
export interface Keep {
  /** Nothing whose data is younger goes; at least 1. @default 30 days */
  readonly keepDays: number;
  /** So many VERIFIED ones always stay; at least 1. @default 3 */
  readonly keepMin: number;
}

/** For each kind what differs from the defaults. */
export type Policy = { readonly [kind in Kind]?: Partial<Keep> | undefined };

export const DEFAULT_KEEP: Keep = { keepDays: 30, keepMin: 3 };

/**
 * What holds for a kind. An empty shell variable becomes a 0 on its way here: not what anybody meant.
 * @throws BackupError `usage`
 */
export function keepOf(policy: Policy, kind: Kind): Keep {
  const { keepDays = DEFAULT_KEEP.keepDays, keepMin = DEFAULT_KEEP.keepMin } = policy[kind] ?? {};
  refuseUnless(Number.isFinite(keepDays) && keepDays >= 1, kind, 'days', 'at least 1', keepDays);
  refuseUnless(
    Number.isInteger(keepMin) && keepMin >= 1,
    kind,
    'min',
    'a whole number from 1 on',
    keepMin,
  );
  return { keepDays, keepMin };
}

function refuseUnless(ok: boolean, kind: Kind, name: string, wanted: string, got: number): void {
  if (ok) return;
  throw new BackupError('usage', `keep-${name} of ${kind} has to be ${wanted}, got ${got}.`, {
    cure: 'Correct the number: nothing was deleted.',
  });
}
