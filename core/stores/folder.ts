import { createHash, randomBytes } from 'node:crypto';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { FILES, parseKey } from '../../contract/keys';
import { BackupError, isBackupError, messageOf } from '../errors';
import type { Small, Store, StoredObject } from './store';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** What is being written has a name that no key has. */
const PARTIAL = '.partial-';

/** Backups in a folder of this machine, readable by their owner alone. */
export class FolderStore implements Store {
  readonly url: string;
  readonly #root: string;

  constructor(path: string) {
    if (path.trim() === '')
      throw new BackupError('usage', 'The folder for the backups has no name.');
    this.#root = resolve(path);
    this.url = this.#root;
  }

  put(key: string, body: Readable | Buffer): Promise<number> {
    return this.#guard(key, () => this.#write(this.#path(key), body, publish));
  }

  async swap(key: string, bytes: Buffer, version: string | undefined): Promise<string> {
    const path = this.#path(key);
    if (version === undefined) await this.put(key, bytes);
    else
      await this.#guard(key, () =>
        this.#write(path, bytes, (from, to) => replace(from, to, version)),
      );
    return versionOf(bytes);
  }

  read(key: string, range: { start?: number; end?: number } = {}): Promise<Readable> {
    return this.#guard(key, async () => {
      const file = await open(this.#path(key));
      return file.createReadStream({ ...range, highWaterMark: READ_BYTES });
    });
  }

  readSmall(key: string): Promise<Small> {
    return this.#guard(key, async () => {
      const bytes = await readFile(this.#path(key));
      return { bytes, version: versionOf(bytes) };
    });
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    for await (const object of this.#objects(prefix))
      if (!object.key.includes(PARTIAL)) yield object;
  }

  async *listUnfinished(prefix: string): AsyncIterable<StoredObject> {
    for await (const object of this.#objects(prefix))
      if (object.key.includes(PARTIAL)) yield object;
  }

  /** The manifest goes first, so that no half of a backup is ever listed. */
  async retire(prefix: string): Promise<void> {
    if (!parseKey(`${prefix}${FILES.manifest}`)) {
      throw new BackupError('usage', `"${prefix}" is not the folder of one backup.`);
    }
    const folder = this.#path(prefix);
    await rm(join(folder, FILES.manifest), { force: true });
    await syncDirectory(folder).catch(ignoreMissing);
    await rm(folder, { recursive: true, force: true });
    await this.#removeEmptyParents(dirname(folder));
  }

  localPath(key: string): string {
    return this.#path(key);
  }

  async #write(
    path: string,
    body: Readable | Buffer,
    finish: (from: string, to: string) => Promise<void>,
  ): Promise<number> {
    await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
    const partial = `${path}${PARTIAL}${randomBytes(6).toString('hex')}`;
    try {
      const bytes = await writeDurably(partial, body);
      await finish(partial, path);
      await syncDirectory(dirname(path));
      return bytes;
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  async *#objects(prefix: string): AsyncIterable<StoredObject> {
    const folder = this.#path(prefix.slice(0, prefix.lastIndexOf('/') + 1));
    for (const path of await filesBelow(folder)) {
      const key = relative(this.#root, path).split(sep).join('/');
      // Another run may just have finished or removed it.
      const found = await stat(path).catch(ignoreMissing);
      if (found && key.startsWith(prefix)) yield { key, bytes: found.size, modified: found.mtime };
    }
  }

  /** A folder that another run is just filling is not empty, and stays. */
  async #removeEmptyParents(folder: string): Promise<void> {
    for (let at = folder; at.length > this.#root.length; at = dirname(at)) {
      try {
        await rmdir(at);
      } catch {
        return;
      }
    }
  }

  #path(key: string): string {
    const path = resolve(this.#root, ...key.split('/'));
    if (path === this.#root || path.startsWith(this.#root + sep)) return path;
    throw new BackupError('usage', `The key "${key}" leads out of ${this.#root}.`);
  }

  async #guard<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#explain(key, error);
    }
  }

  #explain(key: string, error: unknown): unknown {
    const code = (error as NodeJS.ErrnoException).code;
    if (isBackupError(error) || code === undefined || !/^E[A-Z]+$/.test(code)) return error;
    if (code === 'EEXIST')
      return new BackupError('exists', `${key} is there already in ${this.url}.`);
    if (code === 'ENOENT')
      return new BackupError('not_found', `There is no ${key} in ${this.url}.`);
    const cure =
      code === 'ENOSPC'
        ? 'Free some space, or choose another folder with --to.'
        : 'Check the folder and its permissions.';
    return new BackupError('store', `The folder ${this.url} failed: ${messageOf(error)}.`, {
      cure,
      cause: error,
    });
  }
}

const READ_BYTES = 256 * 1024;

async function writeDurably(path: string, body: Readable | Buffer): Promise<number> {
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
  for await (const piece of Buffer.isBuffer(body) ? [body] : (body as AsyncIterable<Buffer>)) {
    for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
    bytes += piece.length;
  }
  return bytes;
}

/** Gives a finished file its name, unless that is taken. */
async function publish(partial: string, path: string): Promise<void> {
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

/** Replaces a file that is still the one that was read. */
async function replace(partial: string, path: string, version: string): Promise<void> {
  const lock = `${path}${PARTIAL}lock`;
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

function versionOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    ignoreMissing,
  );
  return (entries ?? [])
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
