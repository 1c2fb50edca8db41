import { BackupError, isBackupError, messageOf } from '../../errors';
import type { Neon } from '../api';

/** What Neon did not do with one of many. */
export interface Undone {
  readonly name: string;
  readonly why: string;
}

/**
 * Does something with each, one after the other, since Neon does one thing at a time in a project. What
 * one fails at stops no other one.
 * @returns those that it was done with, and the others
 * @throws the signal's reason, and every defect of ours
 */
export async function inTurn<T>(
  neon: Neon,
  all: readonly T[],
  nameOf: (one: T) => string,
  work: (one: T) => Promise<unknown>,
): Promise<{ done: T[]; failed: Undone[] }> {
  const done: T[] = [];
  const failed: Undone[] = [];
  for (const one of all) {
    try {
      await work(one);
      done.push(one);
    } catch (error) {
      neon.manners.signal?.throwIfAborted();
      if (!isBackupError(error)) throw error;
      failed.push({ name: nameOf(one), why: messageOf(error) });
    }
  }
  return { done, failed };
}

/** @throws BackupError `refused` where something was not done, in words of the first */
export function refuseFailures({ failed }: { readonly failed: readonly Undone[] }): void {
  const [first] = failed;
  if (!first) return;
  throw new BackupError(
    'refused',
    `Neon did not do what was asked of ${failed.length} of the snapshots, the first being ${first.name}: ${first.why}`,
    { cure: 'The others were dealt with; try again.' },
  );
}
