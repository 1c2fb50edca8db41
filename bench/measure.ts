import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One run of a command, as a whole process. */
export interface Run {
  readonly seconds: number;
  /** The process's own peak of resident memory in MiB; undefined where the system does not tell. */
  readonly peakMiB: number | undefined;
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
    let peakMiB: number | undefined;
    let output = '';
    // The kernel keeps the peak until the process is gone: the last look is what counts.
    const looking = setInterval(() => {
      peakMiB = peakOf(child.pid) ?? peakMiB;
    }, 20);
    child.stdout.on('data', (bytes) => {
      output += bytes;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(looking);
      if (code === 0) resolve({ seconds: (performance.now() - began) / 1000, peakMiB, output });
      else reject(new Error(`${command} ${args[0]} exited with ${code}`));
    });
  });
}

function peakOf(pid: number | undefined): number | undefined {
  try {
    const kib = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
