import type { z } from 'zod';
import { pause } from '../pause';
import { isNeonError, NeonError } from './errors';
import { type Answer, callOf } from './http';

export type Wait = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** What holds for every call. */
export interface Manners {
  /** Ends what is under way, and every wait. */
  readonly signal?: AbortSignal | undefined;
  /** How long one try may take, in ms. @default 30,000 */
  readonly timeoutMs?: number | undefined;
  /** @default the clock of this machine */
  readonly wait?: Wait | undefined;
}

/** Half a minute in all: an operation that blocks others takes some seconds. */
const ATTEMPTS = 6;
const LONGEST_WAIT_MS = 60_000;

/**
 * Makes a call, again where that is safe: what was turned away (423, 429, 503) whatever it is, and what
 * got no answer or a broken one where it only reads. A write that got no answer may have been done:
 * only its caller can find out.
 * @param shape what the answer has to be
 * @throws NeonError, or the signal's reason
 */
export async function ask<Shape extends z.ZodType>(
  { signal, timeoutMs = 30_000, wait = pause }: Manners,
  shape: Shape,
  send: (parameters: { signal: AbortSignal }) => Promise<Answer>,
): Promise<z.output<Shape>> {
  for (let attempt = 1; ; attempt++) {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      signal?.throwIfAborted();
      const answer = await send({ signal: signal ? AbortSignal.any([signal, limit]) : limit });
      return understand(answer, shape);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isNeonError(error) || attempt >= ATTEMPTS || !mayRepeat(error)) throw error;
      await wait(delay(error, attempt), signal);
    }
  }
}

const TURNED_AWAY = [423, 429, 503];

function mayRepeat(error: NeonError): boolean {
  const { method, status = 0 } = error.call;
  if (TURNED_AWAY.includes(status)) return true;
  return method === 'GET' && (status === 0 || status >= 500);
}

function delay({ call }: NeonError, attempt: number): number {
  const backoff = 500 * 2 ** attempt * (0.5 + Math.random());
  return Math.min(Math.max(backoff, call.retryAfterMs ?? 0), LONGEST_WAIT_MS);
}

/** An answer's content, none of it taken on trust. */
function understand<Shape extends z.ZodType>(answer: Answer, shape: Shape): z.output<Shape> {
  const { data, error } = shape.safeParse(answer.data);
  if (!error) return data;
  const wrong = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new NeonError({
    ...callOf(answer.config),
    status: answer.status,
    detail: `the answer is not what it should be (${wrong.slice(0, 3).join('; ')})`,
  });
}
