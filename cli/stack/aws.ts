import type { StackOutputs } from '../../contract/outputs';
import { BackupError, messageOf, type Reason } from '../../core/errors';

/** What every client of the stack's services is made with. A person waits: it gives up early. */
export function clientOptions({ region }: Pick<StackOutputs, 'region'>) {
  return {
    region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 20_000 },
  };
}

/**
 * Waits for an answer of AWS.
 * @param what is asked, as it follows "Could not": `read the alarms`
 * @throws BackupError `auth`, `permission`, `not_found`, or `store` for everything else
 */
export async function answered<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw awsError(cause, what);
  }
}

/** Whether AWS says that what was asked for is not there. */
export function isMissing(error: unknown): boolean {
  return /NotFound|NoSuch|NonExistent/.test((error as Error | undefined)?.name ?? '');
}

/** By the error's name and message; the first that fits. */
const MEANINGS: readonly (readonly [RegExp, Reason, string])[] = [
  [/CredentialsProvider|load credentials/, 'auth', 'Sign in to AWS, or set AWS_PROFILE.'],
  [/Expired|TokenRefresh|SSO session/i, 'auth', 'Sign in to AWS again.'],
  [
    /InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken/,
    'auth',
    'Check AWS_PROFILE or the keys: AWS does not know these.',
  ],
  [
    /AccessDenied|AuthorizationError|NotAuthorized|Forbidden/,
    'permission',
    'Use credentials that may read what the stack has made, such as those it was deployed with.',
  ],
  [/NotFound|NoSuch|NonExistent/, 'not_found', 'Make it again: npx pulumi up --refresh'],
];
const OTHERWISE = ['', 'store', 'Check the network, and try again.'] as const;

function awsError(error: unknown, what: string): BackupError {
  const { name } = (error ?? {}) as Error;
  const words = `${name} ${messageOf(error)}`;
  const [, reason, cure] = MEANINGS.find(([pattern]) => pattern.test(words)) ?? OTHERWISE;
  const message = `Could not ${what}: ${name}, ${messageOf(error).replace(/\.$/, '')}.`;
  return new BackupError(reason, message, { cure, cause: error });
}
