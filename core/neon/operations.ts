import { BackupError } from '../errors';
import { pause } from '../pause';
import type { Neon } from './api';
import type { Operation } from './shapes';

const DONE = ['finished', 'skipped'];
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/**
 * Waits until all of the operations are done. Neon tries again what failed, so a failure counts only when
 * the time is over; what was cancelled never comes.
 * @param limitMs how long to wait for each
 * @throws BackupError `hung` at the deadline, with Neon's own word where there is one; `cancelled`
 */
export async function settle(
  neon: Neon,
  operations: readonly Operation[],
  limitMs: number,
): Promise<void> {
  // Neon does them in turn: when the last one is done, the others mostly are too.
  for (const { id } of operations.toReversed()) {
    await polled(neon, limitMs, async () => {
      const operation = await neon.getOperation(id);
      if (operation.status === 'cancelled') throw cancelled(operation);
      return DONE.includes(operation.status) ? undefined : inWords(operation);
    });
  }
}

/** The same for a branch whose operations nobody knows, since the answer that named them was lost. */
export function settleBranch(neon: Neon, id: string, limitMs: number): Promise<void> {
  return polled(neon, limitMs, async () => {
    const { name, state } = await neon.getBranch(id);
    return state === 'ready' ? undefined : `the branch ${name} is ${state}`;
  });
}

/** @param look what is not done yet, in words; undefined when all is */
async function polled(
  { manners: { wait = pause, signal } }: Neon,
  limitMs: number,
  look: () => Promise<string | undefined>,
): Promise<void> {
  const began = performance.now();
  let waitMs = FIRST_WAIT_MS;
  let waitedMs = 0;
  for (;;) {
    const undone = await look();
    if (!undone) return;
    if (Math.max(waitedMs, performance.now() - began) >= limitMs) throw tooSlow(undone, limitMs);
    await wait(waitMs, signal);
    waitedMs += waitMs;
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

function inWords({ action, status, error, failures }: Operation): string {
  const why = error ? ` after ${failures} failures (${error})` : '';
  return `its operation ${action} is ${status}${why}`;
}

function cancelled({ action }: Operation): BackupError {
  return new BackupError('cancelled', `Neon has cancelled its operation ${action}.`, {
    cure: 'Try again; the Neon Console lists the operations of a project.',
  });
}

function tooSlow(undone: string, limitMs: number): BackupError {
  const seconds = Math.round(limitMs / 1000);
  return new BackupError('hung', `Neon was not done in ${seconds} s: ${undone}.`, {
    cure: 'Try again later; neonstatus.com says how Neon is.',
  });
}
