import { randomBytes } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { FILES, parseKey } from '../../contract/keys';
import { BackupError, isBackupError, messageOf } from '../errors';
import {
  filesBelow,
  ignoreMissing,
  makeFolder,
  publish,
  replace,
  SourceFailure,
  syncFolder,
  versionOf,
  writeDurably,
} from './folder-files';
import type { ReadOptions, Small, Store, StoredObject } from './store';

/** What is being written has a name that no key has. */
const PARTIAL = '.partial-';
const IS_PARTIAL = /\.partial-(lock|[0-9a-f]{12})$/;
const PIECE_BYTES = 256 * 1024;

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

  pieceBytes(): number {
    return PIECE_BYTES;
  }

  async swap(key: string, bytes: Buffer, version: string | undefined): Promise<string> {
    const path = this.#path(key);
    if (version === undefined) await this.put(key, bytes);
    else
      await this.#guard(key, () =>
        this.#write(path, bytes, (from, to) => replace(from, to, version, `${to}${PARTIAL}lock`)),
      );
    return versionOf(bytes);
  }

  read(key: string, { start, end, signal }: ReadOptions = {}): Promise<Readable> {
    return this.#guard(key, async () => {
      const file = await open(this.#path(key));
      const stream = file.createReadStream({ start, end, highWaterMark: PIECE_BYTES });
      signal?.addEventListener('abort', () => stream.destroy(signal.reason), { once: true });
      return stream;
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
      if (!IS_PARTIAL.test(object.key)) yield object;
  }

  async *listUnfinished(prefix: string): AsyncIterable<StoredObject> {
    for await (const object of this.#objects(prefix)) if (IS_PARTIAL.test(object.key)) yield object;
  }

  /** The manifest goes first, so that no half of a backup is ever listed. */
  async retire(prefix: string): Promise<void> {
    if (!parseKey(`${prefix}${FILES.manifest}`)) {
      throw new BackupError('usage', `"${prefix}" is not the folder of one backup.`);
    }
    await this.#guard(prefix, async () => {
      const folder = this.#path(prefix);
      await rm(join(folder, FILES.manifest), { force: true });
      await syncFolder(folder).catch(ignoreMissing);
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** What was given up is deleted at once. */
  async retiredAs(): Promise<undefined> {
    return undefined;
  }

  localPath(key: string): string {
    return this.#path(key);
  }

  async #write(
    path: string,
    body: Readable | Buffer,
    finish: (from: string, to: string) => Promise<void>,
  ): Promise<number> {
    await makeFolder(dirname(path));
    const partial = `${path}${PARTIAL}${randomBytes(6).toString('hex')}`;
    try {
      const bytes = await writeDurably(partial, body);
      await finish(partial, path);
      await syncFolder(dirname(path));
      return bytes;
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  async *#objects(prefix: string): AsyncIterable<StoredObject> {
    const folder = this.#path(prefix.slice(0, prefix.lastIndexOf('/') + 1));
    for (const path of await this.#guard(prefix, () => filesBelow(folder))) {
      const key = relative(this.#root, path).split(sep).join('/');
      // Another run may just have finished or removed it.
      const found = await stat(path).catch(ignoreMissing);
      if (found && key.startsWith(prefix)) yield { key, bytes: found.size, modified: found.mtime };
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
    if (error instanceof SourceFailure) return error.cause;
    const code = (error as NodeJS.ErrnoException).code;
    if (isBackupError(error) || code === undefined || !/^E[A-Z]+$/.test(code)) return error;
    if (code === 'EEXIST')
      return new BackupError('exists', `${key} is there already in ${this.url}.`, {
        cure: 'Try again; what was there has not changed.',
      });
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
