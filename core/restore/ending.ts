import { BackupError, isBackupError, messageOf } from '../errors';
import { type Address, describe } from '../postgres/address';
import type { Replacement } from './replace';

/** What was kept of the time before a replacement. */
export interface Aside {
  /** What it is, and what to do with it: a sentence. */
  readonly note: string;
  /** Deletes it: the target is as it was. */
  giveUp(): Promise<void>;
}

/**
 * Ends a replacement that failed. What was made for it goes; why it stays, if it does, matters less than
 * the failure.
 * @throws BackupError always
 */
export async function giveUp(
  target: Address,
  error: unknown,
  aside?: Aside | undefined,
  fresh?: Replacement,
): Promise<never> {
  const failed = (what: string) => (why: unknown) => `${what}: ${messageOf(why)}`;
  const left = [
    await fresh
      ?.drop()
      .catch(failed(`The database ${fresh.address.database} could not be dropped`)),
    await aside?.giveUp().catch(failed('What was kept of it beforehand could not be deleted')),
  ].filter((sentence) => sentence !== undefined);
  return fail(error, target, [`${describe(target)} is as it was.`, ...left].join(' '));
}

/**
 * Says that a restore failed.
 * @param left what became of the target, a sentence
 * @throws BackupError, or the error itself where it is a defect of ours
 */
export function fail(error: unknown, target: Address, left: string): never {
  if (!isBackupError(error)) throw error;
  const failed = `The restore into ${describe(target)} failed: ${error.message}`;
  const cancelled = isBackupError(error, 'cancelled');
  throw new BackupError(error.reason, cancelled ? 'The restore was stopped by you.' : failed, {
    ...(error.output ? { output: error.output } : {}),
    cure: `${left}${error.cure ? ` ${error.cure}` : ''}`,
    cause: error,
  });
}
