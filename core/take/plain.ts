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
  const copy = tools.igzip
    ? throughIgzip(tools.path('pg_restore'), tools.igzip, env, signal)
    : throughZlib(tools.path('pg_restore'), env, signal);
  // A program may end before it was given everything; its exit status tells.
  copy.archive.on('error', () => undefined);
  copy.ended.catch(() => undefined);
  return copy;
}

/**
 * The two programs hand the SQL on between themselves, since it is ten times the archive. A shell's
 * pipe keeps the last status alone, and a dump that dies half-way would pass: here both are kept.
 */
const BOTH = `
exec 3>&1
status=$({ { "$1" --file=-; echo "$?" >&4; } | "$2" -1 --stdout >&3; echo "$?" >&4; } 4>&1)
[ "$status" = "$(printf '0\\n0')" ] && exit 0
echo "pg_restore and igzip exited with status" $status >&2
exit 1`;

function throughIgzip(
  restore: string,
  igzip: string,
  env: Record<string, string>,
  signal: AbortSignal,
): PlainCopy {
  const args = ['-c', BOTH, 'sh', restore, igzip];
  const name = 'pg_restore | igzip';
  const both = startProgram('/bin/sh', args, { env, signal, stdin: 'pipe', name });
  return { archive: both.stdin, sql: both.stdout, ended: both.ended };
}

function throughZlib(path: string, env: Record<string, string>, signal: AbortSignal): PlainCopy {
  const restore = startProgram(path, ['--file=-'], { env, signal, stdin: 'pipe' });
  const gzip = createGzip({ level: 1 });
  const piped = pipeline(restore.stdout, gzip, { signal }).catch((error: Error) => {
    signal.throwIfAborted();
    throw error;
  });
  const ended = Promise.all([restore.ended, piped]).then(() => undefined);
  return { archive: restore.stdin, sql: gzip, ended };
}
