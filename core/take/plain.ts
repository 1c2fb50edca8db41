import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { startProgram } from '../postgres/program';
import type { ClientTools } from '../postgres/tools';

/** The same dump as compressed plain SQL, made out of the archive that is written to `archive`. */
export interface PlainCopy {
  readonly archive: Writable;
  readonly sql: Readable;
  /** Ends when every program has, in success only if all exited 0. */
  readonly ended: Promise<void>;
}

/** pg_restore turns the archive's own stream into SQL; igzip, or zlib where there is none, packs it. */
export function startPlainCopy(
  tools: ClientTools,
  env: Record<string, string>,
  signal: AbortSignal,
): PlainCopy {
  const restore = startProgram(tools.path('pg_restore'), ['--file=-'], {
    env,
    signal,
    stdin: 'pipe',
  });
  const packer = startPacker(tools, env, signal);
  const piped = pipeline(restore.stdout, packer.input, { signal }).catch((error: Error) => {
    signal.throwIfAborted();
    throw error;
  });
  const ended = Promise.all([restore.ended, piped, packer.ended]).then(() => undefined);
  ended.catch(() => undefined);
  // pg_restore may end before it was given everything; its exit status tells.
  restore.stdin.on('error', () => undefined);
  return { archive: restore.stdin, sql: packer.output, ended };
}

interface Packer {
  readonly input: Writable;
  readonly output: Readable;
  readonly ended: Promise<void>;
}

function startPacker(tools: ClientTools, env: Record<string, string>, signal: AbortSignal): Packer {
  if (tools.igzip === undefined) {
    const gzip = createGzip({ level: 1 });
    return { input: gzip, output: gzip, ended: Promise.resolve() };
  }
  const igzip = startProgram(tools.igzip, ['-1', '--stdout'], { env, signal, stdin: 'pipe' });
  return { input: igzip.stdin, output: igzip.stdout, ended: igzip.ended };
}
