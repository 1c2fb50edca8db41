import { inspect } from 'node:util';
import { type Neon, type NeonOptions, openNeon } from '../../../core/neon/api';
import type { SimulatedNeon } from './simulator';

/** The adapter, led to the simulator, and what it would have waited for: nothing is really waited for. */
export function apiOf(
  neon: SimulatedNeon,
  options: Partial<NeonOptions> = {},
): { api: Neon; waits: number[] } {
  const waits: number[] = [];
  const wait = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    waits.push(ms);
  };
  const usual = { apiKey: neon.apiKey, baseUrl: neon.url, wait };
  return { api: openNeon(neon.project.id, { ...usual, ...options }), waits };
}

/** Every way in which something thrown or logged could show itself. */
export function allOf(thing: unknown): string {
  const shown = inspect(thing, { depth: Number.POSITIVE_INFINITY, showHidden: true });
  const { stack, cause } = (thing ?? {}) as Error;
  return [shown, String(thing), JSON.stringify(thing), stack, cause && allOf(cause)].join('\n');
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    (value) => {
      throw new Error(`It did not fail, and gave ${inspect(value)}.`);
    },
    (error) => error,
  );
}
