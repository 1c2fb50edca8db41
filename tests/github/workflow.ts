import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { temporaryFolder } from '../support/faults/folder';

const FOLDER = join(__dirname, '../../infra/github/workflows');
/** Every program outside bash that a step starts. */
const PROGRAMS = ['curl', 'jq'];
const RUNNERS = temporaryFolder('runners');

export const WORKFLOWS = readdirSync(FOLDER);

export interface Step {
  readonly env?: Readonly<Record<string, string | number>>;
  readonly run?: string;
  readonly uses?: string;
}

export interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly permissions?: unknown;
  readonly concurrency?: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

export function workflowText(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

export function readWorkflow(file: string): Workflow {
  return parse(workflowText(file));
}

/** What GitHub knows when it starts a job. */
export interface Repository {
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string | number>>;
  /** What else is in the environment: what the runner gives, and where the test's servers are. */
  readonly env?: Readonly<Record<string, string>>;
  /** Given to jobs that may ask for a token of theirs, and to no others. */
  readonly identities?: Readonly<Record<string, string>>;
  /** Of more programs than the machine has. */
  readonly path?: string;
}

export interface Run {
  readonly exitCode: number | undefined;
  /** The log: both outputs. */
  readonly log: string;
  readonly summary: string;
  /** Every argument of every program that was started, a line each. */
  readonly args: string;
}

/** Runs the one job of a workflow as a runner does: its steps by bash, with the environment that the file declares. */
export async function runWorkflow(file: string, repository: Repository): Promise<Run> {
  const [job] = Object.values(readWorkflow(file).jobs) as [Job];
  const [step] = job.steps as [Step];
  const folder = mkdtempSync(join(RUNNERS, 'runner-'));
  const temp = join(folder, 'temp');
  mkdirSync(temp);
  const summary = join(folder, 'summary.md');
  const args = join(folder, 'args.txt');
  const script = join(folder, 'step.sh');
  writeFileSync(script, step.run ?? '');
  const contexts = {
    ...{ secrets: {}, vars: {}, inputs: {} },
    ...repository,
    github: { run_id: '1234567' },
    runner: { temp },
  };
  const path = [repository.path, recorders(folder, args), process.env.PATH];
  const { exitCode, all } = await execa('bash', ['-e', script], {
    all: true,
    reject: false,
    extendEnv: false,
    env: {
      ...declared(step, contexts),
      ...(job.permissions?.['id-token'] === 'write' && repository.identities),
      ...repository.env,
      PATH: path.filter(Boolean).join(delimiter),
      RUNNER_TEMP: temp,
      GITHUB_STEP_SUMMARY: summary,
    },
  });
  return { exitCode, log: all, summary: textOf(summary), args: textOf(args) };
}

/** The environment of a step, with what its expressions stand for; GitHub's for what is not there is empty. */
function declared({ env = {} }: Step, contexts: Contexts): Record<string, string> {
  const meant = (expression: string, context: string, name: string) => {
    const values = contexts[context as keyof Contexts];
    if (typeof values !== 'object') throw new Error(`There is no ${expression} in a step.`);
    return String((values as Record<string, unknown>)[name] ?? '');
  };
  return Object.fromEntries(
    Object.entries(env).map(([name, text]) => [
      name,
      String(text).replace(/\$\{\{ (\w+)\.([\w-]+) \}\}/g, meant),
    ]),
  );
}

type Contexts = Repository & Record<'github' | 'runner', Record<string, string>>;

/** A folder for PATH whose programs write their arguments down before they start. */
function recorders(folder: string, args: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const program of PROGRAMS) {
    const script = `#!/bin/sh\necho ${program} "$@" >> '${args}'\nexec '${find(program)}' "$@"\n`;
    writeFileSync(join(bin, program), script, { mode: 0o755 });
  }
  return bin;
}

function find(program: string): string {
  try {
    return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error(
      `The steps of GitHub's workflows need ${program}: \`apt-get install ${program}\`.`,
    );
  }
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
