import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import type { StackOutputs } from '../../contract/outputs';
import { BackupError } from '../../core/errors';
import type { State } from '../../core/manifest';
import { pause } from '../../core/pause';
import { bytes } from '../print';
import { answered, clientOptions } from '../stack/aws';
import type { Guide } from './guide';

const MADE = z.object({ id: z.string().min(1) });
const OVERVIEW = z.object({ download: z.string().nullable() });
const STATUS = z.object({
  state: z.enum(['VERIFIED', 'FAILED', 'UNVERIFIABLE']).nullable(),
  proof: z.string().nullable(),
  bytes: z.number(),
  dataTime: z.string(),
});
type Status = z.output<typeof STATUS>;

/** How the verdict is waited for. */
export interface Patience {
  /** How often it is asked for, in ms. @default 10,000 */
  readonly pollMs?: number;
  /** How long, after the backup was made, in ms. @default as long as a function may run, and five minutes */
  readonly limitMs?: number;
}

/** Step 9, where no backup was wanted. */
export function leaveOutFirstBackup(guide: Guide, { commands }: StackOutputs): void {
  guide.begin('First backup', 'Left out, as --no-first-backup says.');
  guide.note(`Until the first scheduled one, nothing is protected: ${commands.backUpNow}`);
}

/**
 * Step 9: one backup, and its verdict; nothing, where a verified one is there.
 * @throws BackupError `tool_failed` where there is no backup, `undecidable` where no verdict came in time
 */
export async function takeFirstBackup(
  guide: Guide,
  outputs: StackOutputs,
  patience: Patience = {},
): Promise<State> {
  guide.begin(
    'First backup',
    'Taken by the deployed function, then read back in full and checked by another one.',
  );
  const { download } = OVERVIEW.parse(await call(outputs, 'status', {}));
  if (download) {
    guide.found('a verified backup is there already');
    return 'VERIFIED';
  }
  const { id } = await guide.during('backing up, at most 15 minutes', () => make(outputs));
  guide.found(`backup ${id} is made`);
  const status = await guide.during('waiting for its verdict', () =>
    verdictOf(outputs, id, patience),
  );
  say(guide, id, status);
  return status.state;
}

/** By its time, the same run is meant however often it is asked for: a connection may be cut meanwhile. */
async function make(outputs: StackOutputs): Promise<{ id: string }> {
  const scheduledAt = new Date().toISOString();
  return MADE.parse(await call(outputs, 'backup', { kind: 'manual', scheduledAt }));
}

const POLL_MS = 10_000;
const LIMIT_MS = 20 * 60_000;

type Judged = Status & { readonly state: State };

async function verdictOf(
  outputs: StackOutputs,
  id: string,
  { pollMs = POLL_MS, limitMs = LIMIT_MS }: Patience,
): Promise<Judged> {
  const until = performance.now() + limitMs;
  for (;;) {
    const { state, ...status } = STATUS.parse(await call(outputs, 'status', { id }));
    if (state) return { ...status, state };
    if (performance.now() > until)
      throw new BackupError('undecidable', `The backup ${id} has no verdict yet.`, {
        cure: `Everything is deployed. Look at the log of ${outputs.functions.verify}, or ask again later: ${outputs.commands.list}`,
      });
    await pause(pollMs);
  }
}

function say(guide: Guide, id: string, { state, proof, bytes: size, dataTime }: Judged): void {
  const words = `${id} is ${state}${proof ? ` (${proof})` : ''}: data of ${dataTime}, ${bytes(size)}`;
  if (state === 'VERIFIED') guide.found(words);
  else
    guide.warn(
      `${words}. The message to the topic, and the log of the function that verifies, say why.`,
    );
}

/** A connection that is silent for longer may be cut on the way; then it is asked again. */
const SILENCE_MS = 200_000;
const ATTEMPTS = 6;

/** @throws BackupError `tool_failed` with the function's own words */
async function call(
  outputs: StackOutputs,
  which: 'backup' | 'status',
  event: object,
): Promise<unknown> {
  const FunctionName = outputs.functions[which];
  const options = clientOptions(outputs);
  const client = new LambdaClient({
    ...options,
    maxAttempts: ATTEMPTS,
    requestHandler: { ...options.requestHandler, socketTimeout: SILENCE_MS },
  });
  const asked = client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  const { FunctionError, Payload } = await answered(`call function ${FunctionName}`, asked);
  const answer: unknown = JSON.parse(new TextDecoder().decode(Payload) || 'null');
  if (FunctionError === undefined) return answer;
  const { errorMessage = 'no reason given' } = (answer ?? {}) as { errorMessage?: string };
  throw new BackupError('tool_failed', `The function ${FunctionName} failed: ${errorMessage}`, {
    cure: 'Everything is deployed. Mend what it says, then run npm run deploy again; npx neon-backup doctor --stack looks at what is there.',
  });
}
