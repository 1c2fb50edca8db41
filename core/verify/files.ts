import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { backupPrefix, FILES } from '../../contract/keys';
import { type Fingerprint, fingerprint } from '../archive/fingerprint';
import type { Backup } from '../catalog';
import { BackupError, isBackupError, messageOf } from '../errors';
import type { Check, Manifest } from '../manifest';
import type { Store } from '../stores/store';
import { verdict } from './tables';

type File = Manifest['files'][number];

export interface ReadBack {
  readonly checks: readonly Check[];
  /** Of the archive; undefined where it could not be decoded. */
  readonly fingerprint: Fingerprint | undefined;
}

/** Reads every stored byte of a backup: sizes, checksums, and both formats decoded to the end. */
export async function readBack(
  store: Store,
  { address, manifest }: Backup,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<ReadBack> {
  const results: Inspected[] = [];
  for (const file of manifest.files) {
    const inspectOnce = async () =>
      inspect(await store.read(backupPrefix(address) + file.name, { signal }), file, onBytes);
    // What went wrong on the way does not go wrong twice; what is wrong in the store does.
    const first = await inspectOnce().catch(unlessOfTheStore);
    results.push(first && isFine(first) ? first : await inspectOnce());
  }
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const fine = `${manifest.files.length} files, ${total} bytes, each with the SHA-256 that it was written with`;
  const problems = results.flatMap(({ problem }) => problem ?? []);
  return {
    checks: [verdict('files', problems, fine), ...results.flatMap(({ check }) => check ?? [])],
    fingerprint: results.find((each) => each.fingerprint)?.fingerprint,
  };
}

function unlessOfTheStore(error: unknown): undefined {
  if (!isBackupError(error, 'store')) throw error;
  return undefined;
}

/** What one reading of a file has shown. */
interface Inspected {
  /** Its bytes are not those that were written. */
  readonly problem: string | undefined;
  /** Of what has a format. */
  readonly check: Check | undefined;
  readonly fingerprint: Fingerprint | undefined;
}

function isFine({ problem, check }: Inspected): boolean {
  return problem === undefined && check?.ok !== false;
}

async function inspect(
  stream: Readable,
  file: File,
  onBytes: (bytes: number) => void,
): Promise<Inspected> {
  let problem: string | undefined;
  let decoded: Fingerprint | undefined;
  const bytes = measured(stream, file, onBytes, (found) => {
    problem = found;
  });
  // A decoder stops at the first error, and must not stop the measuring with it.
  const unstopped = { [Symbol.asyncIterator]: () => ({ next: () => bytes.next() }) };
  const decoders: Record<string, () => Promise<unknown>> = {
    [FILES.archive]: async () => {
      decoded = await fingerprint(unstopped);
    },
    [FILES.plain]: () => readPlain(unstopped),
  };
  const decode = decoders[file.name];
  const check = decode && (await attempt(file.name, decode));
  await drain(bytes);
  return { problem, check, fingerprint: decoded };
}

/** Passes the bytes of a file on; once all have been read, notes what is wrong with them. */
async function* measured(
  stream: Readable,
  file: File,
  onBytes: (bytes: number) => void,
  onProblem: (problem: string) => void,
): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    hash.update(piece);
    bytes += piece.length;
    onBytes(piece.length);
    yield piece;
  }
  if (bytes !== file.bytes)
    onProblem(`${file.name} has ${bytes} bytes, and had ${file.bytes} when it was written`);
  else if (hash.digest('hex') !== file.sha256)
    onProblem(`${file.name} has another SHA-256 than when it was written`);
}

async function drain(bytes: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of bytes);
}

/** Bad bytes are a finding; everything else, such as a store that fails, is not the backup's fault. */
async function attempt(file: string, work: () => Promise<unknown>): Promise<Check> {
  const name = file === FILES.archive ? 'archive' : 'plain';
  try {
    await work();
    return { name, ok: true, detail: 'decoded to its last byte' };
  } catch (error) {
    if (isBackupError(error, 'corrupt', 'incomplete'))
      return { name, ok: false, detail: error.message };
    if (isBackupError(error, 'undecidable')) return { name, ok: null, detail: error.message };
    throw error;
  }
}

const END_OF_SQL = '-- PostgreSQL database dump complete';

async function readPlain(source: AsyncIterable<Buffer>): Promise<void> {
  let tail = '';
  const keepTail = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces)
      tail = (tail + piece.subarray(-200).toString('latin1')).slice(-200);
  };
  try {
    await pipeline(source, createGunzip({ chunkSize: 256 * 1024 }), keepTail);
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error;
    throw new BackupError('corrupt', `The SQL can't be decompressed (${messageOf(error)}).`);
  }
  if (!tail.includes(END_OF_SQL))
    throw new BackupError('incomplete', 'The SQL ends in the middle.');
}
