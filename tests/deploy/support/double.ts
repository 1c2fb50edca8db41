import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const PROGRAM = join(__dirname, 'pulumi.js');

/** One call of `pulumi`. */
export interface Call {
  readonly argv: readonly string[];
  readonly stdin: string;
}

export interface Setting {
  readonly value: string;
  readonly secret: boolean;
}

interface State {
  backend?: string;
  passphrase?: string;
  selected?: string;
  stacks: { [name: string]: { config: Record<string, Setting>; outputs: object } };
}

/** A `pulumi` that deploys nothing, and whose state is empty at first. */
export class PulumiDouble {
  readonly folder = mkdtempSync(join(tmpdir(), 'neon-backup-pulumi-'));

  constructor() {
    mkdirSync(join(this.folder, 'bin'));
    symlinkSync(PROGRAM, join(this.folder, 'bin/pulumi'));
  }

  /** What a process has to be started with to find it first. */
  get env(): { readonly PATH: string; readonly PULUMI_DOUBLE: string } {
    const { PATH = '' } = process.env;
    const PULUMI_DOUBLE = this.folder;
    return { PATH: [join(this.folder, 'bin'), PATH].join(delimiter), PULUMI_DOUBLE };
  }

  /** What it has kept. */
  get state(): State {
    return this.#read('state.json') ?? { stacks: {} };
  }

  set state(state: State) {
    writeFileSync(join(this.folder, 'state.json'), JSON.stringify(state));
  }

  /** What the stack says of itself once it is deployed. */
  set outputs(outputs: object) {
    writeFileSync(join(this.folder, 'outputs.json'), JSON.stringify(outputs));
  }

  get calls(): Call[] {
    const file = join(this.folder, 'calls.jsonl');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Call);
  }

  /** `config set`, … in order, without flags. */
  get commands(): string[] {
    return this.calls.map(({ argv }) => argv.filter((word) => !word.startsWith('--')).join(' '));
  }

  config(stack = 'prod'): Record<string, Setting> {
    return this.state.stacks[stack]?.config ?? {};
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #read(name: string): State | undefined {
    const file = join(this.folder, name);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as State) : undefined;
  }
}

/** A double for each test of the file or `describe` that calls this, found by this process, too. */
export function pulumiForTests(): () => PulumiDouble {
  const before = { ...process.env };
  let double: PulumiDouble | undefined;
  beforeEach(() => {
    double = new PulumiDouble();
    Object.assign(process.env, double.env);
  });
  afterEach(() => {
    double?.remove();
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  });
  return () => {
    if (!double) throw new Error('The double is made by beforeEach, and there only.');
    return double;
  };
}

/** All that is printed while the work goes on. */
export async function printed(work: () => Promise<unknown>): Promise<string> {
  let text = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    await work();
  } finally {
    write.mockRestore();
  }
  return text;
}
