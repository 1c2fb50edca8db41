import type { S3Client, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3';
import type { DeserializeMiddleware } from '@smithy/types';

export interface Answer {
  /** `PutObject`, as the SDK calls it. */
  readonly command: string;
  readonly status: number;
}

/** What a client was answered: each try of the SDK counts. */
export interface Answers {
  readonly seen: readonly Answer[];
  statusesOf(command: string): number[];
  /** The next answer to the command is lost on its way back. */
  lose(command: string): void;
}

export function watchAnswers(client: S3Client): Answers {
  const seen: Answer[] = [];
  const lost = new Set<string>();
  // Nearest to the wire: below the SDK's retries, and before it makes errors of statuses.
  const watch: DeserializeMiddleware<ServiceInputTypes, ServiceOutputTypes> =
    (next, context) => async (request) => {
      const result = await next(request);
      const command = (context.commandName ?? '').replace(/Command$/, '');
      seen.push({ command, status: (result.response as { statusCode: number }).statusCode });
      if (lost.delete(command)) throw Object.assign(new Error('read'), { code: 'ECONNRESET' });
      return result;
    };
  client.middlewareStack.addRelativeTo(watch, {
    name: 'watchAnswers',
    relation: 'after',
    toMiddleware: 'deserializerMiddleware',
  });
  return {
    seen,
    statusesOf: (command) =>
      seen.filter((answer) => answer.command === command).map(({ status }) => status),
    lose: (command) => lost.add(command),
  };
}
