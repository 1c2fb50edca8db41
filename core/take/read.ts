import type { TableRows } from '../manifest';
import { runProgram } from '../postgres/program';
import { together } from '../together';
import { dump, sourceEnvironment } from './dump';
import type { Job } from './job';
import type { StoredFile } from './meter';
import { countRows } from './snapshot';

/** All that a backup is made of. */
export interface Read {
  readonly files: StoredFile[];
  readonly tables: TableRows[];
  readonly roles: string;
}

/**
 * Reads the source, each part beside the others, in the job's snapshot.
 * @throws BackupError, the first failure of any part; `lock_timeout` only when nothing was stored yet
 */
export async function readSource(job: Job): Promise<Read> {
  const { watchdog, stallTimeoutMs } = job;
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, job.signal]);
  const firstByte = Promise.withResolvers<void>();
  const began = performance.now();
  let dumped = false;
  const onTable = (done: number): void => {
    if (dumped) job.onProgress?.({ step: 'count', done, tables: job.snapshot.tables.length });
  };
  // pg_dump is silent while it waits for its own locks.
  firstByte.promise.then(() => watchdog.allow(stallTimeoutMs));
  const dumping = dump(job, signal, () => {
    firstByte.resolve();
    watchdog.touch();
  }).then((files) => {
    // Counting a table shows no progress, and takes less time than dumping it did.
    watchdog.allow(Math.max(stallTimeoutMs, 3 * (performance.now() - began)));
    dumped = true;
    return files;
  });
  // Not before pg_dump has its locks, lest somebody's DDL comes between the two.
  const counting = Promise.race([
    firstByte.promise.then(() => countRows(job.session, job.snapshot.tables, onTable)),
    aborted(signal),
  ]);
  const work: [Promise<StoredFile[]>, Promise<TableRows[]>, Promise<string>] = [
    dumping,
    counting,
    dumpRoles(job, signal),
  ];
  const [files, tables, roles] = await together<[StoredFile[], TableRows[], string]>(abort, work);
  return { files, tables, roles };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Roles are no part of a dump; passwords stay where they are. */
function dumpRoles(job: Job, signal: AbortSignal): Promise<string> {
  const args = [
    '--roles-only',
    '--no-role-passwords',
    '--no-password',
    `--database=${job.source.database}`,
  ];
  return runProgram(job.tools.path('pg_dumpall'), args, {
    env: sourceEnvironment(job),
    signal,
  });
}
