/** What went wrong, as a class that metrics, exit codes and tests can rely on. */
export type Reason =
  | 'usage' // the command or a setting is wrong
  | 'refused' // it could be done, but would not be safe
  | 'not_found' // no such backup, file or object
  | 'exists' // something is already there
  | 'auth' // the server knows us, and says no
  | 'permission' // this role may not read or write what it has to
  | 'source_unavailable' // no connection could be made
  | 'source_disconnected' // the connection ended in the middle
  | 'version_mismatch'
  | 'lock_timeout'
  | 'pooler'
  | 'hung' // no byte came for too long
  | 'tool_failed' // a client program exited with an error of another kind
  | 'tool_missing'
  | 'incomplete' // bytes are missing
  | 'corrupt' // bytes are there, and wrong
  | 'undecidable' // it could not be decided whether the backup is good
  | 'store' // the store refused or lost something
  | 'cancelled';

/**
 * A failure that the operator can understand: one sentence each for what failed and what to do.
 * Everything else that is thrown is a defect of ours, and is shown with its stack.
 */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly reason: Reason;
  /** What to do next; a sentence. */
  readonly cure: string | undefined;
  /** The failed program's own last lines. */
  readonly output: string | undefined;

  constructor(
    reason: Reason,
    message: string,
    more: { cure?: string; output?: string; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.reason = reason;
    this.cure = more.cure;
    this.output = more.output;
  }
}

export function isBackupError(error: unknown, ...reasons: Reason[]): error is BackupError {
  return error instanceof BackupError && (reasons.length === 0 || reasons.includes(error.reason));
}

/** The message of anything thrown, for a sentence of ours that quotes it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
