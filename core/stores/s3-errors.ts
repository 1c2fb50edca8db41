import { BackupError, messageOf, type Reason } from '../errors';

/**
 * What S3 or the way to it failed at, as a `BackupError`: `not_found`, `exists`, or `store`.
 * @param what what was tried, as it follows "Could not": `read s3://bucket/key`
 */
export function storeError(error: unknown, what: string): BackupError {
  if (error instanceof BackupError) return error;
  const reason = reasonOf(error);
  const message = `Could not ${what}: ${describe(error)}.`;
  return new BackupError(reason, message, { cure: cureOf(error), cause: error });
}

interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function reasonOf(error: unknown): Reason {
  const { name = '', $metadata } = (error ?? {}) as Failure;
  const status = $metadata?.httpStatusCode;
  // The bucket or the upload is what is not there, no object of ours.
  if (/^NoSuch(Bucket|Upload)$/.test(name)) return 'store';
  if (status === 404) return 'not_found';
  return status === 409 || status === 412 ? 'exists' : 'store';
}

/** By name, code and message of the error, or its status; the first that fits. */
const CURES: readonly (readonly [RegExp, string])[] = [
  [/NoSuchBucket/, 'Check the bucket in the URL, and the region and account.'],
  [/NoSuchUpload/, 'Try again; the lifecycle rule for unfinished uploads has to leave them a day.'],
  [/KMS/i, "Enable the bucket's KMS key, and allow kms:GenerateDataKey and kms:Decrypt with it."],
  [/Expired|TokenRefresh|SSO session/i, 'Sign in to AWS again, or use a role that renews itself.'],
  [/TimeTooSkewed|RequestInTheFuture/, "Set this machine's clock: it is minutes off."],
  [
    /InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|InvalidClientTokenId/,
    'Check AWS_PROFILE or the keys: AWS does not know these.',
  ],
  [/CredentialsProvider|Could not load credentials/, 'Sign in to AWS, or set AWS_PROFILE.'],
  [
    /region is missing|PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocation|\b301\b/i,
    "Set AWS_REGION to the bucket's region.",
  ],
  [/AccessDenied|Forbidden|\b403\b/, 'Check what these credentials may do in this bucket.'],
  [/SlowDown|TooManyRequests|Throttl|\b429\b/, 'S3 asks for fewer requests: try again later.'],
  [/BadDigest|ChecksumMismatch|Checksum mismatch/, 'Try again: it arrived damaged.'],
  [
    /Timeout|timed out|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|socket|aborted/i,
    'Check the network and the address of S3, then try again.',
  ],
  // The answer to a HEAD has no words: a session that has expired looks like this.
  [/\b400\b/, 'Sign in to AWS again, and check the region.'],
  [/\b404\b/, 'Check the name.'],
  [/\b(409|412)\b/, 'Try again: somebody else wrote it at the same time.'],
];

function cureOf(error: unknown): string {
  const { name, code, $metadata } = (error ?? {}) as Failure;
  const words = [name, code, messageOf(error), $metadata?.httpStatusCode].join(' ');
  return CURES.find(([pattern]) => pattern.test(words))?.[1] ?? 'Try again later.';
}

/** SDK errors of answers without a body have the message "UnknownError": their status says more. */
function describe(error: unknown): string {
  const { name, $metadata } = (error ?? {}) as Failure;
  const message = messageOf(error).replace(/\.$/, '');
  if ($metadata?.httpStatusCode === undefined) return message;
  return message === 'UnknownError' || message === name
    ? `S3 answered ${$metadata.httpStatusCode} (${name})`
    : `${name}, ${message}`;
}
