import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { packageRoot } from '../../../core/package-root';
import { emulatorPython } from '../../support/emulator';
import { buildCli } from '../../support/faults/cli';
import { until } from '../../support/until';

/** How a run ended, and all that it said. */
export interface Ended {
  readonly status: number | null;
  readonly said: string;
}

/** The built program in a folder of its own, with nobody's settings. */
export class DeployCheckout {
  readonly folder = mkdtempSync(join(tmpdir(), 'neon-backup-deploy-'));

  constructor() {
    buildCli();
    mkdirSync(join(this.folder, 'dist'));
    // What fetches the client programs of this machine; newer, it would fetch them again.
    cpSync(join(packageRoot(), 'layer'), join(this.folder, 'layer'), {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !path.startsWith(join(packageRoot(), 'layer/dist')),
    });
    mkdirSync(join(this.folder, 'layer/dist'));
    copyFileSync(join(packageRoot(), 'dist/deploy.js'), join(this.folder, 'dist/deploy.js'));
    this.write('package.json', '{ "name": "neon-backup" }');
    this.write('layer/dist/layer-arm64.zip', '');
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  remove(name = ''): void {
    rmSync(join(this.folder, name), { recursive: true });
  }

  /** Runs it without a terminal. */
  async run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
    const child = spawn(process.execPath, this.#command(args), {
      cwd: this.folder,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return endOf(child, listen(child));
  }

  /** Starts it at a terminal. */
  sit(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Terminal> {
    return atTerminal([process.execPath, ...this.#command(args)], env, this.folder);
  }

  #command(args: readonly string[]): string[] {
    return [join(this.folder, 'dist/deploy.js'), ...args];
  }
}

const PTY = `import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))`;

/** Starts a command at a terminal, in a folder. */
export async function atTerminal(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Terminal> {
  const child = spawn(await emulatorPython(), ['-c', PTY, ...command], {
    cwd,
    env: environment({ ...env, TERM: 'xterm', COLUMNS: '200' }),
  });
  return new Terminal(child);
}

/** Somebody who sits before the program. */
export class Terminal {
  readonly #child: ChildProcess;
  readonly #heard: { text: string };
  readonly ended: Promise<Ended>;
  #read = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#heard = listen(child);
    this.ended = endOf(child, this.#heard);
  }

  /**
   * Waits for a question that was not answered yet, and types; after ENTER, until the answer is taken. What is
   * typed earlier would be echoed by the terminal itself.
   */
  async answer(question: string, typed: string): Promise<void> {
    await this.#hear(question);
    this.#child.stdin?.write(typed);
    if (typed.endsWith(ENTER)) await this.#hear(`✔ ${question}`);
  }

  async #hear(words: string): Promise<void> {
    await until(() => this.#heard.text.includes(words, this.#read));
    this.#read = this.#heard.text.indexOf(words, this.#read) + words.length;
  }
}

export const ENTER = '\r';
export const DOWN = '\x1b[B';
export const CTRL_C = '\x03';

function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, NODE_OPTIONS: '', NO_COLOR: '1', AWS_EC2_METADATA_DISABLED: 'true' };
}

function listen(child: ChildProcess): { text: string } {
  const heard = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      heard.text += stripVTControlCharacters(text);
    });
  return heard;
}

async function endOf(child: ChildProcess, heard: { text: string }): Promise<Ended> {
  const [status] = await once(child, 'close');
  return { status, said: heard.text };
}
