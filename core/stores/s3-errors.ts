import { BackupError, messageOf, type Reason } from '../errors';

/**
 * What S3 or the way to it failed at, as a `BackupError`: `not_found`, `exists`, or `store`.
 * @param what what was tried, as it follows "Could not": `read s3://bucket/key`
 */
export function storeError(error: unknown, what: string): BackupError {
  if (error instanceof BackupError) return error;
  const { reason, cure } = explain(error);
  return new BackupError(reason, `Could not ${what}: ${describe(error)}.`, { cure, cause: error });
}

interface Failure {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function explain(error: unknown): { reason: Reason; cure?: string } {
  const { name = '', $metadata } = (error ?? {}) as Failure;
  const status = $metadata?.httpStatusCode;
  if (name === 'NoSuchBucket')
    return { reason: 'store', cure: 'Check the bucket in the URL, and the region and account.' };
  if (status === 404) return { reason: 'not_found' };
  if (status === 409 || status === 412) return { reason: 'exists' };
  if (status === 403)
    return { reason: 'store', cure: 'Check what these credentials may do there.' };
  if (name === 'CredentialsProviderError')
    return { reason: 'store', cure: 'Sign in to AWS, or set AWS_PROFILE.' };
  if (/region is missing/i.test(messageOf(error)))
    return { reason: 'store', cure: "Set AWS_REGION to the bucket's region." };
  return { reason: 'store' };
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
