import { randomUUID } from 'node:crypto';
import { ARN, type Configuration } from './command';
import type { Image } from './image';
import { beginLife, type End, type Life } from './life';
import type { LimitedBy } from './memory';
import { type Answer, type FunctionError, type RuntimeApi, startRuntimeApi } from './runtime-api';

/** What became of one event. */
export interface Outcome {
  readonly result?: unknown;
  readonly error?: FunctionError;
  /** What the function printed; with its first event also what its start printed. */
  readonly log: string;
  /** The most that all its processes had in memory since the sandbox began; looked at every 25 ms. */
  readonly peakMiB: number;
  readonly memoryLimitedBy: LimitedBy;
  /** From handing out the event to the answer, or to the end. */
  readonly durationMs: number;
}

/** One execution environment of a function: it takes one event after the other, until it ends. */
export interface Sandbox {
  /** From the start of its first process until it asked for an event. */
  readonly coldStartMs: number;
  ended(): boolean;
  invoke(event: unknown): Promise<Outcome>;
  /** Ends it at once, as Lambda does with one that fails or isn't needed. */
  kill(): Promise<void>;
}

/** Starts one, and waits until it is ready, or has failed to become so. */
export async function startSandbox(
  image: Image,
  configuration: Required<Configuration>,
): Promise<Sandbox> {
  const api = await startRuntimeApi();
  const began = performance.now();
  const life = beginLife(image, configuration, api.address);
  let ended = false;
  const end = life.end.finally(() => {
    ended = true;
    return api.close();
  });
  await Promise.race([api.ready(), end]);
  return {
    coldStartMs: Math.round(performance.now() - began),
    ended: () => ended,
    invoke: (event) => invoke({ event, api, life, end, seconds: configuration.timeoutSeconds }),
    kill: async () => {
      life.kill();
      await end;
    },
  };
}

interface Invocation {
  readonly event: unknown;
  readonly api: RuntimeApi;
  readonly life: Life;
  readonly end: Promise<End>;
  readonly seconds: number;
}

async function invoke(invocation: Invocation): Promise<Outcome> {
  const { life } = invocation;
  const began = performance.now();
  const answer = await answerInTime(invocation);
  return {
    ...answer,
    log: life.log.take(),
    peakMiB: life.peakMiB(),
    memoryLimitedBy: life.limitedBy,
    durationMs: Math.round(performance.now() - began),
  };
}

async function answerInTime({ event, api, life, end, seconds }: Invocation): Promise<Answer> {
  const id = randomUUID();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    life.kill();
  }, seconds * 1000);
  let answer: Answer | undefined;
  const answered = async () => {
    answer = await api.hand({ id, arn: ARN, event, deadline: Date.now() + seconds * 1000 });
    // The log comes another way, and may be later.
    await life.log.has(`END RequestId: ${id}\n`);
  };
  const ending = await Promise.race([answered(), end]);
  clearTimeout(timer);
  if (answer) return answer;
  return { error: late || !ending ? timedOut(id, seconds) : exited(id, ending) };
}

function exited(id: string, { how, outOfMemory }: End): FunctionError {
  return {
    errorType: outOfMemory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError',
    errorMessage: `RequestId: ${id} Error: Runtime exited with error: ${how}`,
  };
}

function timedOut(id: string, seconds: number): FunctionError {
  const errorMessage = `RequestId: ${id} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
  return { errorType: 'Sandbox.Timedout', errorMessage };
}
