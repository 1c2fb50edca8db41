import { pipeline } from 'node:stream';
import { FILES } from '../../contract/keys';
import { BackupError, isBackupError } from '../errors';
import { programEnvironment, withoutTransactionTimeout } from '../postgres/address';
import { startProgram } from '../postgres/program';
import { together } from '../together';
import { copyArchive } from './archive-stream';
import { Batches } from './batches';
import type { Job } from './job';
import { Meter, type StoredFile } from './meter';
import { startPlainCopy } from './plain';

/**
 * Runs pg_dump in the job's snapshot and stores what it writes; with `plain`, in the same pass, the
 * SQL too. The files are finished only when pg_dump has exited 0 and its stream was a whole archive.
 */
export async function dump(
  job: Job,
  signal: AbortSignal,
  onBytes: () => void,
): Promise<StoredFile[]> {
  const abort = new AbortController();
  const env = sourceEnvironment(job);
  const either = AbortSignal.any([signal, abort.signal]);
  const program = startProgram(job.tools.path('pg_dump'), dumpArguments(job), {
    env,
    signal: either,
  });
  program.stdout.on('data', onBytes);
  const dumped = pipeline(program.stdout, batches(job), () => undefined);
  const archive = new Meter();
  const plain = job.plain ? startPlainCopy(job.tools, env, either) : undefined;
  const sql = plain && pipeline(plain.sql, batches(job), new Meter(), () => undefined);
  // A store that fails, or hangs, before it reads would leave the writer waiting for ever.
  const giveUp = (): void => void [archive, sql].map((file) => file?.destroy(either.reason));
  either.addEventListener('abort', giveUp, { once: true });
  const copying = async (): Promise<void> => {
    const sinks = plain ? [archive, plain.archive] : [archive];
    try {
      await copyArchive(dumped, sinks, (progress) =>
        job.onProgress?.({ step: 'dump', ...progress }),
      );
      await program.ended;
      for (const sink of sinks) sink.end();
    } catch (error) {
      const cause = await causeOf(error, program.ended);
      archive.destroy(cause);
      sql?.destroy(cause);
      throw cause;
    }
  };
  // The SQL may end early too, when one of its programs fails.
  const plainEnded = plain?.ended.catch((error: Error) => {
    sql?.destroy(error);
    throw error;
  });
  const files = await together<(StoredFile | undefined)[]>(abort, [
    putStream(job, FILES.archive, archive),
    ...(sql ? [putStream(job, FILES.plain, sql)] : []),
    copying().then(() => undefined),
    ...(plainEnded ? [plainEnded.then(() => undefined)] : []),
  ]);
  return files.filter((file) => file !== undefined);
}

/**
 * A stream that ends too soon is what a failing program leaves: the program's own word comes first.
 * After a wrong byte it is we who hang up, and the program's word is about that.
 */
async function causeOf(error: unknown, ended: Promise<void>): Promise<Error> {
  try {
    await ended;
  } catch (cause) {
    if (!isBackupError(error, 'corrupt')) return cause as Error;
  }
  return isBackupError(error, 'corrupt', 'incomplete') ? notPgDump(error) : (error as Error);
}

function notPgDump({ reason, message, cause }: BackupError): BackupError {
  return new BackupError(reason, message, {
    cure: 'pg_dump itself said that all went well: `npx neon-backup doctor` shows which one is used. Try again.',
    cause,
  });
}

/**
 * Our session holds every lock that pg_dump takes. So it only ever waits for somebody who waits for
 * us, and makes everybody else wait who wants that table.
 */
const LOCK_WAIT_MS = 10_000;

function dumpArguments({ snapshot, tools, lockTimeoutMs }: Job): string[] {
  return [
    '--format=custom',
    // Client 15 knows no zstd.
    `--compress=${tools.major >= 16 ? 'zstd:3' : '1'}`,
    `--snapshot=${snapshot.name}`,
    `--lock-wait-timeout=${Math.min(lockTimeoutMs, LOCK_WAIT_MS)}`,
    '--no-password',
  ];
}

export function sourceEnvironment({ source, tools, inventory }: Job): Record<string, string> {
  // Bytes of a SQL_ASCII database have no known encoding to convert from.
  const encoding = inventory.server.encoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8';
  const address = inventory.server.major >= 17 ? withoutTransactionTimeout(source) : source;
  return programEnvironment(address, { caFile: tools.caFile, encoding });
}

function batches({ store }: Job): Batches {
  return new Batches(store.pieceBytes());
}

/** Stores a stream under the backup's prefix, and checks the store's word against our own count. */
export async function putStream(job: Job, name: string, body: Meter): Promise<StoredFile> {
  const expectedBytes = job.inventory.server.bytes;
  const bytes = await job.store.put(job.prefix + name, body, { expectedBytes, signal: job.signal });
  const file = body.file(name);
  if (bytes === file.bytes) return file;
  throw new BackupError(
    'store',
    `${job.store.url} kept ${bytes} of the ${file.bytes} bytes of ${name}.`,
    {
      cure: 'Try again, and check the store.',
    },
  );
}
