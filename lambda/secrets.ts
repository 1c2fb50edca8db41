import { getSecret } from '@aws-lambda-powertools/parameters/secrets';
import { BackupError, isBackupError, messageOf } from '../core/errors';

/** Seconds: longer than any function lives. */
const FOR_LIFE = 86_400;

/**
 * Works with the text of a secret, which is read once in the function's life. Where a server refuses
 * it, it is read anew: a password may have been changed meanwhile.
 * @throws BackupError `usage` where the secret can't be read or holds no text
 */
export async function withSecret<T>(arn: string, work: (text: string) => Promise<T>): Promise<T> {
  const known = await read(arn, false);
  try {
    return await work(known);
  } catch (error) {
    if (!isBackupError(error, 'auth')) throw error;
    const fresh = await read(arn, true);
    if (fresh === known) throw error;
    return work(fresh);
  }
}

async function read(arn: string, forceFetch: boolean): Promise<string> {
  const text = await getSecret(arn, { maxAge: FOR_LIFE, forceFetch }).catch((cause: unknown) => {
    throw new BackupError('usage', `The secret ${arn} can't be read: ${messageOf(cause)}.`, {
      cure: "Check that it is there and that the function's role may read it, then deploy the stack again.",
      cause,
    });
  });
  if (typeof text === 'string' && text !== '') return text;
  throw new BackupError('usage', `The secret ${arn} holds no text.`, {
    cure: 'Set its value again and deploy the stack.',
  });
}
