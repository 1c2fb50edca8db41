import { BackupError, type Reason } from '../errors';

/** One call of Neon's API that failed, in words that hold no secret. */
export interface FailedCall {
  /** `POST` */
  readonly method: string;
  /** `/projects/p/branches` */
  readonly path: string;
  /** Undefined where no answer came. */
  readonly status?: number | undefined;
  /** Neon's own code, often empty: `BRANCHES_LIMIT_EXCEEDED`. */
  readonly code?: string | undefined;
  /** Neon's own words, or what the network did. */
  readonly detail: string;
  /** For Neon's support. */
  readonly requestId?: string | undefined;
  /** What the answer asks to wait before the next try, in ms. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Neon refused, failed, or did not answer. It has no cause: the HTTP client's own error holds the API
 * key, in its settings, its request and its headers.
 */
export class NeonError extends BackupError {
  readonly call: FailedCall;

  constructor(call: FailedCall) {
    const { method, path, status, detail, code, requestId } = call;
    const answered = status === undefined ? 'got no answer' : `was answered with ${status}`;
    const id = requestId ? ` (request ${requestId})` : '';
    const words = [code, detail].filter(Boolean).join(', ').replace(/\.$/, '');
    super(reasonOf(status), `Neon's API: ${method} ${path} ${answered}: ${words}${id}.`, {
      cure: cureOf(call),
    });
    this.call = call;
  }

  /** Whether Neon did nothing, for certain: the call was turned away as it came. */
  get wasTurnedAway(): boolean {
    const { status = 0 } = this.call;
    return status === 503 || (status >= 400 && status < 500);
  }
}

export function isNeonError(error: unknown, ...statuses: number[]): error is NeonError {
  if (!(error instanceof NeonError)) return false;
  return statuses.length === 0 || statuses.includes(error.call.status ?? 0);
}

/** Whether the plan allows no further branch. */
export function isOutOfBranches(error: unknown): boolean {
  if (!isNeonError(error)) return false;
  const { status = 0, code = '', detail } = error.call;
  const refused = status >= 400 && status < 500;
  return refused && (/BRANCHES_LIMIT/.test(code) || /branch(es)? limit/i.test(detail));
}

function reasonOf(status = 0): Reason {
  if (status === 401) return 'auth';
  if (status === 403) return 'permission';
  if (status === 404) return 'not_found';
  const passing = status === 0 || status === 423 || status === 429 || status >= 500;
  return passing ? 'source_unavailable' : 'refused';
}

function cureOf(call: FailedCall): string {
  const { status = 0 } = call;
  if (status === 0) return 'Check the network and that console.neon.tech can be reached.';
  if (status === 401)
    return 'Check the API key; a new one is made in the Neon Console, under Settings, API keys.';
  if (status === 403)
    return 'Use an API key that may change this project: a project-scoped one is enough.';
  if (status === 404)
    return 'Check the ids of the project and the branch, and that the API key belongs to them.';
  if (status === 423) return 'Try again later: the project is busy with other operations.';
  if (status === 429) return 'Try again later: Neon asks for fewer requests.';
  if (status >= 500) return 'Try again later; neonstatus.com says how Neon is.';
  return "Neon's own words say what it did not like.";
}
