import { BackupError } from '../core/errors';

/** What a run needs to abort its upload and say that it failed, in ms. */
const TO_CLEAN_UP = 30_000;

/** The part of Lambda's context that the functions look at. */
export interface Call {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** Runs work that is told to stop before Lambda would end it without a word. */
export async function beforeDeadline<T>(
  call: Call,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const left = Math.max(0, call.getRemainingTimeInMillis() - TO_CLEAN_UP);
  const timer = setTimeout(() => controller.abort(tooLate(left)), left);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** In seconds. */
export function timeLeft(call: Call): number {
  return call.getRemainingTimeInMillis() / 1000;
}

function tooLate(left: number): BackupError {
  const seconds = Math.round(left / 1000);
  return new BackupError(
    'cancelled',
    `It was not done in the ${seconds} s that the function had.`,
    {
      cure: "Raise the stack's timeoutSeconds or memoryMb.",
    },
  );
}
