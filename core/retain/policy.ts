import type { Kind } from '../../contract/keys';
import { BackupError } from '../errors';

/** How long backups of one kind are kept. */
export interface Keep {
  /** Nothing whose data is younger goes. @default 30 days */
  readonly keepDays: number;
  /** So many VERIFIED ones always stay; 0 means 1, since the newest one never goes. @default 3 */
  readonly keepMin: number;
}

/** For each kind what differs from the defaults. */
export type Policy = { readonly [kind in Kind]?: Partial<Keep> | undefined };

export const DEFAULT_KEEP: Keep = { keepDays: 30, keepMin: 3 };

/** @throws BackupError `usage` if a number could make retention delete what nobody meant */
export function keepOf(policy: Policy, kind: Kind): Keep {
  const { keepDays = DEFAULT_KEEP.keepDays, keepMin = DEFAULT_KEEP.keepMin } = policy[kind] ?? {};
  refuseUnless(Number.isFinite(keepDays) && keepDays >= 0, kind, 'days', 'at least 0', keepDays);
  refuseUnless(Number.isInteger(keepMin) && keepMin >= 0, kind, 'min', 'a whole number', keepMin);
  return { keepDays, keepMin };
}

function refuseUnless(ok: boolean, kind: Kind, name: string, wanted: string, got: number): void {
  if (ok) return;
  throw new BackupError('usage', `keep-${name} of ${kind} has to be ${wanted}, got ${got}.`, {
    cure: 'Correct the number: nothing was deleted.',
  });
}
