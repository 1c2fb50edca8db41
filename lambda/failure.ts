import { isBackupError } from '../core/errors';

/** What a log says of a failure: our own words, or the stack of what we did not foresee. */
export function describe(error: unknown) {
  if (!isBackupError(error))
    return { error: error instanceof Error ? error : new Error(String(error)) };
  const { reason, message: detail, cure, output } = error;
  return { reason, detail, cure, output };
}
