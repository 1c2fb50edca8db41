import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../core/package-root';

export const PROGRAM = join(packageRoot(), 'dist/neon-backup.js');

/** Builds the command line program where it is older than its sources. */
export function buildCli(): void {
  const sources = ['cli', 'core', 'contract'].flatMap((folder) =>
    readdirSync(join(packageRoot(), folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(packageRoot(), folder, name)),
  );
  const changed = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  const built = statSync(PROGRAM, { throwIfNoEntry: false });
  if (!built || built.mtimeMs < changed)
    execFileSync(process.execPath, [join(packageRoot(), 'build.js')], { stdio: 'inherit' });
}

/** The ended program: its status, the signal that ended it, and all that it said. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Cli {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the built program, away from this checkout's own `.env` and settings. */
export function startCli(args: readonly string[], env: Record<string, string> = {}): Cli {
  return start(process.execPath, [PROGRAM, ...args], env);
}

/** The arguments of `unshare` for who wants to mount. */
export const MOUNTING = ['--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];

/**
 * The same by a shell, as "$@" of this command.
 * @param mount in a namespace of its own, in which it may mount what nobody else sees
 */
export function startCliInShell(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  { mount = false } = {},
): Cli {
  const shell = ['sh', '-c', command, 'sh', process.execPath, PROGRAM, ...args];
  const [program = '', ...rest] = mount ? ['unshare', ...MOUNTING, ...shell] : shell;
  return start(program, rest, env);
}

function start(command: string, args: readonly string[], env: Record<string, string>): Cli {
  const child = spawn(command, args, {
    cwd: tmpdir(),
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, ...said }));
  return { child, ended };
}

export function runCli(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return startCli(args, env).ended;
}
