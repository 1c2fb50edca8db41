import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What the probe is asked to do. */
export type ProbeEvent =
  | { readonly do: 'look' }
  | { readonly do: 'write'; readonly path: string; readonly bytes: number }
  | { readonly do: 'run'; readonly command: readonly string[] }
  | { readonly do: 'list'; readonly path: string }
  | { readonly do: 'hold'; readonly mebibytes: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'throw'; readonly message: string }
  | { readonly do: 'reject-unseen' }
  | { readonly do: 'exit'; readonly status: number };

interface Context {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly memoryLimitInMB: string;
  getRemainingTimeInMillis(): number;
}

/** Thrown when asked for. */
class ProbeError extends Error {
  override name = 'ProbeError';
}

let events = 0;

/** A function that does what it is asked, and says what it sees. */
export async function handler(event: ProbeEvent, context: Context): Promise<unknown> {
  console.log(`event ${++events}: ${event.do}`);
  switch (event.do) {
    case 'look':
      return look(context);
    case 'write':
      return attempt(() => writeFileSync(event.path, Buffer.alloc(event.bytes)));
    case 'run':
      return execFileSync(event.command[0] ?? '', event.command.slice(1), { encoding: 'utf8' });
    case 'list':
      return readdirSync(event.path);
    case 'hold':
      return Buffer.alloc(event.mebibytes * 1024 * 1024, 1).length;
    case 'wait':
      return delay(event.ms, context.getRemainingTimeInMillis());
    case 'throw':
      throw new ProbeError(event.message);
    case 'reject-unseen':
      void Promise.reject(new ProbeError('Nobody looks at this.'));
      return delay(60_000);
    case 'exit':
      return process.exit(event.status);
  }
}

function look({ getRemainingTimeInMillis, ...context }: Context) {
  return {
    uid: process.getuid?.(),
    gid: process.getgid?.(),
    status: readFileSync('/proc/self/status', 'utf8'),
    environment: process.env,
    remaining: getRemainingTimeInMillis(),
    root: readdirSync('/'),
    version: process.version,
    processes: readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length,
    context,
    events,
  };
}

/** The code of the error, or `done`. */
function attempt(work: () => void): string {
  try {
    work();
    return 'done';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
