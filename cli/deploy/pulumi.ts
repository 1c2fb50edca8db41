import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { BackupError } from '../../core/errors';
import { packageRoot } from '../../core/package-root';

const CONFIG = z.record(z.string(), z.object({ value: z.string().optional() }));
const BACKEND = z.object({ user: z.string().default('?'), url: z.string() });

/** Where Pulumi keeps the state, and as whom. */
export type Backend = z.output<typeof BACKEND>;

/** What a command of Pulumi's came to. */
export interface Ended {
  readonly ok: boolean;
  readonly stdout: string;
  /** Its last words, for an error of ours. */
  readonly words: string;
}

/** How a command ended that was shown; `stopped` by Ctrl-C. */
export type Shown = 'done' | 'failed' | 'stopped';

/** Pulumi's own program, working on one stack of this project. It is the only one that changes anything. */
export class Pulumi {
  /** The stack's name, `prod` or `organization/neon-backup/prod`. */
  readonly stack: string;

  constructor(stack: string) {
    this.stack = stack;
  }

  /** The program's version. What npm has put here fetches it when it is first called, and says so. */
  async version(): Promise<string> {
    const { ok, stdout, words } = await this.#call(['version'], { stderr: 'inherit' });
    if (ok) return stdout.trim();
    throw new BackupError('tool_missing', "Pulumi's program does not start.", {
      output: words,
      cure: 'Run `npm ci`, and see that get.pulumi.com can be reached; or install Pulumi.',
    });
  }

  /** Undefined where nobody is logged in. */
  async whoAmI(): Promise<Backend | undefined> {
    const { ok, stdout } = await this.run(['whoami', '--json']);
    return ok ? BACKEND.parse(JSON.parse(stdout)) : undefined;
  }

  /** The stack's settings, decrypted, with the defaults of the project; what is empty is left out. */
  async config(): Promise<Map<string, string>> {
    const args = ['config', '--json', '--show-secrets', '--stack', this.stack];
    const { stdout } = await this.#succeed(args, 'read the settings of the stack');
    const found = Object.entries(CONFIG.parse(JSON.parse(stdout)));
    return new Map(found.flatMap(([key, { value }]) => (value ? [[key, value]] : [])));
  }

  /** @param key `neon-backup:email` */
  async set(key: string, value: string): Promise<void> {
    const args = ['config', 'set', '--plaintext', '--stack', this.stack, key, value];
    await this.#succeed(args, `store the setting ${key}`);
  }

  /** The value goes in by standard input, so that no list of processes shows it; Pulumi encrypts it. */
  async setSecret(key: string, value: string): Promise<void> {
    const args = ['config', 'set', '--secret', '--stack', this.stack, key];
    await this.#succeed(args, `store the setting ${key}`, value);
  }

  /** Answers of Pulumi's that are to be read, not shown. */
  run(args: readonly string[], input?: string): Promise<Ended> {
    return this.#call([...args, '--non-interactive'], input === undefined ? {} : { input });
  }

  /**
   * Hands the terminal over to Pulumi.
   * @param asks whether Pulumi itself may ask
   */
  async show(args: readonly string[], { asks }: { asks: boolean }): Promise<Shown> {
    // Ctrl-C reaches Pulumi too, which first ends what it has begun: it is waited for.
    let interrupted = false;
    const onInterrupt = () => {
      interrupted = true;
    };
    process.on('SIGINT', onInterrupt);
    try {
      const stdin = asks ? 'inherit' : 'ignore';
      const all = asks ? args : [...args, '--non-interactive'];
      const { ok } = await this.#call(all, { stdin, stdout: 'inherit', stderr: 'inherit' });
      return interrupted ? 'stopped' : ok ? 'done' : 'failed';
    } finally {
      process.off('SIGINT', onInterrupt);
    }
  }

  async #succeed(args: readonly string[], what: string, input?: string): Promise<Ended> {
    const ended = await this.run(args, input);
    if (ended.ok) return ended;
    throw new BackupError('tool_failed', `Pulumi could not ${what}.`, {
      output: ended.words,
      cure: cureOf(ended.words),
    });
  }

  async #call(args: readonly string[], options: CallOptions): Promise<Ended> {
    const { PATH = '' } = process.env;
    const { input, ...streams } = options;
    const result = await execa('pulumi', args, {
      cwd: packageRoot(),
      // One that a person has installed comes before the one that npm has brought.
      env: { PATH: [PATH, join(packageRoot(), 'node_modules/.bin')].join(delimiter) },
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      ...streams,
      reject: false,
    });
    const words = result.stderr || result.shortMessage || '';
    return { ok: !result.failed, stdout: result.stdout ?? '', words };
  }
}

interface CallOptions {
  readonly input?: string;
  readonly stdin?: 'inherit' | 'ignore';
  readonly stdout?: 'inherit';
  readonly stderr?: 'inherit';
}

function cureOf(words: string): string {
  if (/passphrase/.test(words))
    return "Set PULUMI_CONFIG_PASSPHRASE to the stack's passphrase; docs/break-glass.md says where it should be kept.";
  return 'Mend what it says, then run npm run deploy again.';
}
