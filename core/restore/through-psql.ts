import { Transform } from 'node:stream';
import { type Program, startProgram } from '../postgres/program';
import type { ClientTools } from '../postgres/tools';
import { together } from '../together';
import { feed } from './feed';
import type { ReplayOptions } from './replay';

/**
 * Restores by way of SQL: pg_restore writes it, the one statement that an older server doesn't know
 * is left out, and psql runs the rest, over one connection.
 * @param args what pg_restore is to choose and leave out
 */
export async function throughPsql(
  options: ReplayOptions,
  env: Record<string, string>,
  args: readonly string[],
): Promise<void> {
  const { archive, signal, tools } = options;
  const abort = new AbortController();
  const either = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
  const restore = startRestore(options, env, args, either);
  const psql = startPsql(tools, env, either);
  // When psql ends early, pg_restore has nobody to write to: psql's own word comes first.
  const restored = restore.ended.catch(async (error: unknown) => {
    await psql.ended;
    throw error;
  });
  await together(abort, [
    psql.ended,
    feed([restore.stdout, withoutNewParameter()], psql.stdin, psql.ended),
    restored,
    ...(archive.path === undefined ? [feed([await archive.open()], restore.stdin, restored)] : []),
  ]);
}

function startRestore(
  { tools, archive: { path }, onLine }: ReplayOptions,
  env: Record<string, string>,
  args: readonly string[],
  signal: AbortSignal,
): Program {
  return startProgram(
    tools.path('pg_restore'),
    ['--file=-', '--verbose', ...args, ...(path === undefined ? [] : [path])],
    { env, signal, stdin: path === undefined ? 'pipe' : 'ignore', ...(onLine ? { onLine } : {}) },
  );
}

function startPsql(tools: ClientTools, env: Record<string, string>, signal: AbortSignal): Program {
  return startProgram(
    tools.path('psql'),
    ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--no-password'],
    { env, signal, stdin: 'pipe', stdout: 'ignore' },
  );
}

const NEW_PARAMETER = 'SET transaction_timeout = 0;\n';

/** Takes the one SET out of pg_restore's preamble; what comes later is the database's own. */
function withoutNewParameter(): Transform {
  let preamble: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(bytes: Buffer, _encoding, done) {
      if (!preamble) return done(null, bytes);
      preamble = Buffer.concat([preamble, bytes]);
      const at = preamble.indexOf(NEW_PARAMETER);
      if (at === -1 && preamble.length < PREAMBLE_BYTES) return done();
      const text = preamble;
      preamble = undefined;
      return done(
        null,
        at === -1
          ? text
          : Buffer.concat([text.subarray(0, at), text.subarray(at + NEW_PARAMETER.length)]),
      );
    },
    flush(done) {
      done(null, preamble ?? Buffer.alloc(0));
    },
  });
}

const PREAMBLE_BYTES = 8 * 1024;
