import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process used of the machine, itself and not the programs that it started. */
export interface Usage {
  /** Its peak of resident memory. */
  readonly peakMiB: number;
  /** User and system. */
  readonly cpuSeconds: number;
}

/** One run of a command, as a whole process. */
export interface Run {
  readonly seconds: number;
  /** Undefined where the system does not tell. */
  readonly usage: Usage | undefined;
  readonly output: string;
}

/** @throws Error unless the command exits with 0 */
export function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let usage: Usage | undefined;
    let output = '';
    // The kernel keeps both until the process is gone: the last look is what counts.
    const looking = setInterval(() => {
      usage = usageOf(child.pid) ?? usage;
    }, 20);
    child.stdout.on('data', (bytes) => {
      output += bytes;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(looking);
      if (code === 0) resolve({ seconds: (performance.now() - began) / 1000, usage, output });
      else reject(new Error(`${command} ${args[0]} exited with ${code}`));
    });
  });
}

function usageOf(pid: number | undefined): Usage | undefined {
  try {
    const kib = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (kib === undefined) return undefined;
    return { peakMiB: Number(kib) / 1024, cpuSeconds: cpuOf(pid) };
  } catch {
    return undefined;
  }
}

/** Linux counts in these for every program, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

/** Fields 14 and 15, user and system time; those of children that ended are in 16 and 17. */
function cpuOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name, in parentheses, may hold spaces.
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(afterName[11]) + Number(afterName[12])) / TICKS_PER_SECOND;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
