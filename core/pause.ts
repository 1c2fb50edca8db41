import { setTimeout as wait } from 'node:timers/promises';

/** Waits, at most until the signal is aborted. @throws its reason */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, signal ? { signal } : {}).catch(() =>
    signal?.throwIfAborted(),
  );
}
