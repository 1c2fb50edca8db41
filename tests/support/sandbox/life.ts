import { type ChildProcess, spawn } from 'node:child_process';
import { type Configuration, lambdaEnvironment, sandboxCommand } from './command';
import type { Image } from './image';
import { Log } from './log';
import {
  type LimitedBy,
  limitMemory,
  type MemoryLimit,
  measuredMemory,
  residentMiB,
} from './memory';

/** How often the memory is looked at, in ms. */
const LOOK_MS = 25;

/** How a sandbox ended. */
export interface End {
  /** As Lambda says it: `signal: killed`, `exit status 1`. */
  readonly how: string;
  readonly outOfMemory: boolean;
}

/** The processes of one sandbox. */
export interface Life {
  readonly log: Log;
  readonly limitedBy: LimitedBy;
  /** Resolves when the last of them has ended. */
  readonly end: Promise<End>;
  /** The most that all of them had in memory at a time, in MiB. */
  peakMiB(): number;
  /** Ends all of them at once. */
  kill(): void;
}

/** Starts the runtime of a function in a sandbox. */
export function beginLife(image: Image, configuration: Required<Configuration>, api: string): Life {
  const limit = configuration.measureMemory
    ? measuredMemory()
    : limitMemory(configuration.memoryMb);
  const [program = '', ...args] = sandboxCommand(image, configuration, limit.members);
  const env = lambdaEnvironment(api, configuration);
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const kill = () => child.kill('SIGKILL');
  const memory = watchMemory(child, limit, configuration.memoryMb, kill);
  return {
    log: new Log(child.stdout),
    limitedBy: limit.by,
    end: endOf(child, limit, memory),
    peakMiB: memory.peakMiB,
    kill,
  };
}

interface Memory {
  peakMiB(): number;
  /** Whether it was ended because more was seen than it may have. */
  exceeded(): boolean;
  stop(): void;
}

function watchMemory(
  { pid = 0 }: ChildProcess,
  { by }: MemoryLimit,
  allowedMiB: number,
  kill: () => void,
): Memory {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMiB(pid));
    if (by === 'measuring' && peak > allowedMiB) kill();
  }, LOOK_MS);
  return {
    peakMiB: () => Math.round(peak),
    exceeded: () => by === 'measuring' && peak > allowedMiB,
    stop: () => clearInterval(timer),
  };
}

/** A pipe is closed when the last process that has it ends. */
async function endOf(child: ChildProcess, limit: MemoryLimit, memory: Memory): Promise<End> {
  const how = await new Promise<string>((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (status) => resolve(manner(status)));
  });
  memory.stop();
  const outOfMemory = limit.exceeded() || memory.exceeded();
  await limit.remove();
  return { how, outOfMemory };
}

/** bubblewrap ends with 128 and the signal's number, or by the signal itself where that was for it. */
function manner(status: number | null): string {
  if (status === null || status === 128 + 9) return 'signal: killed';
  return status === 128 + 6 ? 'signal: aborted' : `exit status ${status}`;
}
