import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { BackupError } from '../errors';
import { classify } from './meanings';

/** A running client program. */
export interface Program {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Ends when the program has: in success only if it exited 0. */
  readonly ended: Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

interface ProgramOptions {
  readonly env: Record<string, string>;
  /** What errors call it. @default the name of its file */
  readonly name?: string;
  /** Ends the program when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Each complete line that the program writes to stderr. */
  readonly onLine?: (line: string) => void;
  readonly stdin?: 'pipe' | 'ignore';
  readonly stdout?: 'pipe' | 'ignore';
}

/**
 * Starts a client program. It gets the connection by its environment alone, dies with this process,
 * and fails with one error that says how it ended and holds its last lines.
 */
export function startProgram(
  path: string,
  args: readonly string[],
  options: ProgramOptions,
): Program {
  const child = execa(path, args, {
    env: options.env,
    extendEnv: false,
    stdin: options.stdin ?? 'ignore',
    stdout: options.stdout ?? 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    forceKillAfterDelay: 2_000,
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  });
  const output = keepLastLines(child.stderr, options.onLine);
  const ended = child.then((result) => {
    if (result.exitCode === 0 && !result.isCanceled) return;
    throw programError(
      options.name ?? basename(path),
      result,
      redact(output(), options.env.PGPASSWORD),
      options.signal,
    );
  });
  // Whoever reads stdout may fail first and never look at `ended`.
  ended.catch(() => undefined);
  return {
    stdin: child.stdin as Writable,
    stdout: child.stdout as Readable,
    ended,
    kill: () => child.kill('SIGKILL'),
  };
}

/** Runs a program to its end and gives back what it printed; for small outputs. */
export async function runProgram(
  path: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<string> {
  const program = startProgram(path, args, options);
  const chunks: Buffer[] = [];
  for await (const chunk of program.stdout) chunks.push(chunk as Buffer);
  await program.ended;
  return Buffer.concat(chunks).toString();
}

const KEPT_BYTES = 16 * 1024;

function keepLastLines(stderr: Readable, onLine?: (line: string) => void): () => string {
  let kept = '';
  let rest = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text).slice(-KEPT_BYTES);
    if (!onLine) return;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return () => telling(kept.trim().split('\n')).slice(-8).map(shorten).join('\n');
}

/** What a program says of its progress, among which parallel jobs bury the error of one of them. */
const PROGRESS =
  /^pg_\w+: (?:launching|finished|processing|creating|executing|entering|skipping|connecting|implied|reading|saving|finding|flagging|identifying|disabling|enabling|dropping)\b/;

function telling(lines: readonly string[]): readonly string[] {
  const others = lines.filter((line) => !PROGRESS.test(line));
  return others.length > 0 ? others : lines;
}

/** A quoted statement can be as long as a table is wide, and a server quotes rows in its errors. */
function shorten(line: string): string {
  const safe = withoutRows(line);
  return safe.length > 400 ? `${safe.slice(0, 400)} …` : safe;
}

/** PostgreSQL's own words about an error, without the data that they quote. */
export function withoutRows(line: string): string {
  return line
    .replace(/(CONTEXT: +COPY .*?, line \d+(?:, column .*?)?):.*/, '$1')
    .replace(/(DETAIL: +Key \(.*?\)=)\(.*\)/, '$1(…)')
    .replace(/(DETAIL: +Failing row contains ).*/, '$1(…)')
    .replace(/(invalid input (?:syntax|value) for .*?: ).*/, '$1"…"');
}

/** Takes a password out of a text. Short ones are left: they would blank out half of every sentence. */
export function redact(text: string, secret: string | undefined): string {
  return secret && secret.length > 3 ? text.replaceAll(secret, '[password]') : text;
}

interface Ended {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly isCanceled: boolean;
  readonly code?: string | undefined;
}

function programError(
  name: string,
  ended: Ended,
  output: string,
  signal?: AbortSignal,
): BackupError {
  if (ended.isCanceled) {
    const why = signal?.reason;
    return why instanceof BackupError ? why : new BackupError('cancelled', `${name} was stopped.`);
  }
  if (ended.exitCode === undefined && ended.signal === undefined) {
    return new BackupError(
      'tool_missing',
      `${name} could not be started (${ended.code ?? 'unknown'}).`,
      {
        cure: 'Run `npx neon-backup doctor` to see which client programs are found.',
      },
    );
  }
  const how = ended.signal
    ? `was killed by ${ended.signal}`
    : `exited with status ${ended.exitCode}`;
  const { reason, cure = ended.signal ? KILLED : UNKNOWN } = classify(output);
  return new BackupError(reason, `${name} ${how}.`, { output, cure });
}

const KILLED = 'Try again; where memory is short, the system ends programs, and its log says so.';
const UNKNOWN = "The program's own words say why; `npx neon-backup doctor` looks for what could.";
