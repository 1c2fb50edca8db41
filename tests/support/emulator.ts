import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const SOURCES = join(__dirname, '../aws/emulator');
const REQUIREMENTS = join(SOURCES, 'requirements.txt');
const run = promisify(execFile);

/** AWS in a process of its own: moto's server, which keeps everything in memory. */
export interface Emulator {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts an empty one; it ends with this process, however that ends. */
export async function startEmulator(): Promise<Emulator> {
  const python = await emulatorPython();
  const child = spawn(python, [join(SOURCES, 'emulator.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const port = await Promise.race([firstLine(child), ended.then(() => undefined)]);
  if (!port) throw new Error('The emulator ended before it listened; its own words are above.');
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
  for await (const line of createInterface({ input: stdout as NodeJS.ReadableStream })) return line;
  return undefined;
}

/**
 * The Python that has moto. It is installed into a virtual environment of its own in the cache, once
 * for each version of Python and each list of requirements.
 * @throws Error that says what to install, where this machine's Python makes no virtual environments
 */
export async function emulatorPython(): Promise<string> {
  const folder = await cached();
  const python = join(folder, 'bin/python');
  if (!existsSync(python)) await install(folder);
  return python;
}

async function cached(): Promise<string> {
  const version = await run('python3', ['-c', 'import ensurepip, sys, venv; print(sys.version)'])
    .then(({ stdout }) => stdout)
    .catch((cause) => {
      throw new Error(
        'The emulated AWS needs Python with virtual environments: apt-get install python3 python3-venv.',
        { cause },
      );
    });
  const hash = createHash('sha256').update(await readFile(REQUIREMENTS));
  const name = `emulator-${hash.update(version).digest('hex').slice(0, 12)}`;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'neon-backup', name);
}

/** Under another name first: what is there under its own is whole. */
async function install(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const partial = await mkdtemp(`${folder}.`);
  try {
    await run('python3', ['-m', 'venv', partial]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await run(join(partial, 'bin/python'), [...pip, '--requirement', REQUIREMENTS]);
    await rename(partial, folder).catch(unlessInstalled);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Another run was faster. */
function unlessInstalled(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
}
