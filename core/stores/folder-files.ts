import { createHash } from 'node:crypto';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { BackupError } from '../errors';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Makes a folder and those above it, each so that it outlives a power cut as the files in it do.
 * Node's own recursive mkdir never comes back where nothing can be made, as below /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  if (await makeOne(path)) return;
  await makeFolder(dirname(path));
  if (await makeOne(path)) return;
  throw new BackupError('store', `The folder ${path} can't be made.`, {
    cure: 'Choose another folder with --to.',
  });
}

/** @returns whether the folder is there now; false where the one above it is missing */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: FOLDER_MODE });
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT' && path !== dirname(path)) return false;
    throw error;
  }
}

export async function writeDurably(path: string, body: Readable | Buffer): Promise<number> {
  const file = await open(path, 'wx', FILE_MODE);
  try {
    const bytes = await writeAll(file, body);
    await file.sync();
    return bytes;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, body: Readable | Buffer): Promise<number> {
  let bytes = 0;
  for await (const piece of Buffer.isBuffer(body) ? [body] : piecesOf(body)) {
    for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
    bytes += piece.length;
  }
  return bytes;
}

/** The stream's own failure, which is none of the folder, whatever its code. */
export class SourceFailure extends Error {}

async function* piecesOf(body: Readable): AsyncIterable<Buffer> {
  try {
    yield* body;
  } catch (cause) {
    throw new SourceFailure('The stream failed.', { cause });
  }
}

/** Gives a finished file its name, unless that is taken. */
export async function publish(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (error) {
    if (!hasNoLinks(error)) throw error;
    // FAT and some network shares have no links. Ids are random, so that two never meet here.
    await refuseTaken(path);
    await rename(partial, path);
    return;
  }
  await unlink(partial);
}

function hasNoLinks(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}

async function refuseTaken(path: string): Promise<void> {
  const found = await stat(path).catch(ignoreMissing);
  if (found) throw Object.assign(new Error(`${path} exists`), { code: 'EEXIST' });
}

const LOCK_STALE_MS = 30_000;

/** Replaces a file that is still the one that was read; `lock` is made meanwhile. */
export async function replace(
  partial: string,
  path: string,
  version: string,
  lock: string,
): Promise<void> {
  const held = await stat(lock).catch(ignoreMissing);
  // Its holder died: nobody needs so long for two small calls.
  if (held && Date.now() - held.mtimeMs > LOCK_STALE_MS) await rm(lock, { force: true });
  await (await open(lock, 'wx', FILE_MODE)).close();
  try {
    if (versionOf(await readFile(path)) !== version)
      throw Object.assign(new Error(`${path} has changed`), { code: 'EEXIST' });
    await rename(partial, path);
  } finally {
    await rm(lock, { force: true });
  }
}

export function versionOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function syncFolder(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A folder that goes while we look is empty; its neighbours are not. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
  const below = entries.map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
  return (await Promise.all(below)).flat().sort();
}

export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
