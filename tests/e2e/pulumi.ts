import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';

/**
 * The Pulumi that is installed here, or undefined. What npm has put beside the project is none: it fetches
 * Pulumi when it is first called.
 */
export function installedPulumi(
  { PATH = '' }: NodeJS.ProcessEnv = process.env,
): string | undefined {
  return PATH.split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .map((folder) => join(folder, 'pulumi'))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What was done to one resource. */
export interface Step {
  /** `aws:s3/bucket:Bucket vault-bucket`. */
  readonly resource: string;
  /** `create`, `update`, `replace`, … */
  readonly op: string;
}

/** One stack of a project: its state is in a folder, its secrets under a passphrase. */
export class Stack {
  readonly #program: string;
  readonly #project: string;
  readonly #env: Record<string, string>;

  /**
   * @param project the folder with Pulumi.yaml
   * @param state an empty folder
   */
  constructor(project: string, { state, passphrase }: { state: string; passphrase: string }) {
    this.#program = installedPulumi() ?? 'pulumi';
    this.#project = project;
    this.#env = {
      // Jest's own options are none of the program's.
      NODE_OPTIONS: '',
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_SKIP_CONFIRMATIONS: 'true',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
    };
  }

  /**
   * Runs a command of Pulumi's, and gives what it prints.
   * @param input what it reads from its standard input
   * @throws Error with all that it printed, also of why a plugin can't be had
   */
  async run(args: readonly string[], input = ''): Promise<string> {
    const options = { cwd: this.#project, env: this.#env, input, reject: false, all: true };
    const { failed, stdout, all } = await execa(
      this.#program,
      [...args, '--non-interactive'],
      options,
    );
    if (failed) throw new Error(`pulumi ${args.join(' ')} failed:\n${wordsIn(all)}`);
    return stdout;
  }

  set(key: string, value: string): Promise<string> {
    return this.run(['config', 'set', key, value]);
  }

  setSecret(key: string, value: string): Promise<string> {
    return this.run(['config', 'set', '--secret', key], value);
  }

  /** Deploys; what was done to which resource. What stayed as it was is left out. */
  async up(): Promise<Step[]> {
    const events = (await this.run(['up', '--skip-preview', '--json'])).split('\n');
    return events
      .filter((line) => line.startsWith('{'))
      .map((line) => (JSON.parse(line) as Event).resourcePreEvent?.metadata)
      .filter((step): step is Begun => step !== undefined && step.op !== 'same')
      .map(({ urn, op }) => ({ op, resource: nameOf(urn) }));
  }
}

/** Of the engine's events: something is about to be done, or there is something to say. */
interface Event {
  readonly resourcePreEvent?: { readonly metadata: Begun };
  readonly diagnosticEvent?: { readonly message: string };
}

interface Begun {
  readonly urn: string;
  readonly op: string;
}

/** Of a URN: the resource's own type, without its parents', and its name. */
function nameOf(urn: string): string {
  const [, , types = '', name] = urn.split('::');
  return `${types.split('$').pop()} ${name}`;
}

/** What was printed, without those events that are for programs alone. */
function wordsIn(printed = ''): string {
  const lines = printed.split('\n').map((line) => {
    if (!line.startsWith('{"')) return line;
    return (JSON.parse(line) as Event).diagnosticEvent?.message ?? '';
  });
  return lines.filter(Boolean).join('\n');
}
