import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { backupPrefix, FILES } from '../../contract/keys';
import type { Backup } from '../../core/catalog';
import { BackupError } from '../../core/errors';
import type { Manifest } from '../../core/manifest';
import { type ArchiveSource, withArchive } from '../../core/restore/archive-source';
import type { Store } from '../../core/stores/store';
import { folderStoreForTests } from '../support/folder-store';

const CONTENT = randomBytes(700_000);
const ADDRESS = { database: 'app', kind: 'daily', id: '20261123T020000Z-aaaa' } as const;
const KEY = backupPrefix(ADDRESS) + FILES.archive;

const store = folderStoreForTests();
let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(os.tmpdir(), 'neon-backup-temporary-'));
  // What a test sets in its environment does not reach Node's own modules.
  jest.spyOn(os, 'tmpdir').mockReturnValue(temporary);
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(temporary, { recursive: true });
});

/** A store like S3: its objects are no files of this machine. */
function remote(read?: Store['read']): Store {
  return new Proxy<Store>(store(), {
    get: (target, name: keyof Store) => {
      if (name === 'localPath') return () => undefined;
      if (name === 'read' && read) return read;
      return (target[name] as (...args: unknown[]) => unknown).bind(target);
    },
  });
}

/** @param stored what the store has in the place of what the manifest says */
async function backup(stored = CONTENT, bytes = CONTENT.length): Promise<Backup> {
  await store().put(KEY, stored);
  const file = { name: FILES.archive, bytes, sha256: hash('sha256', CONTENT) };
  const manifest = { ...ADDRESS, files: [file] } as unknown as Manifest;
  return { address: ADDRESS, manifest, verification: undefined };
}

const pathOf = async ({ path }: ArchiveSource): Promise<string> => path ?? 'none';

async function readTwice({ open }: ArchiveSource): Promise<void> {
  for (let time = 0; time < 2; time++)
    expect(CONTENT.equals(await buffer(await open()))).toBe(true);
}

it("is the store's own file where there is one", async () => {
  const path = await withArchive(store(), await backup(), {}, pathOf);

  expect(path).toBe(store().localPath(KEY));
  expect(readdirSync(temporary)).toEqual([]);
});

describe('a store without files', () => {
  it('lends a copy for as long as the work takes, which nobody else can read', async () => {
    const path = await withArchive(remote(), await backup(), {}, async (archive) => {
      const at = await pathOf(archive);
      expect(dirname(dirname(at))).toBe(temporary);
      expect(CONTENT.equals(readFileSync(at))).toBe(true);
      expect(statSync(at).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(at)).mode & 0o777).toBe(0o700);
      await readTwice(archive);
      return at;
    });

    expect(path).toContain(FILES.archive);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('has its copy removed also when the work fails', async () => {
    const failure = new Error('the work');

    const outcome = withArchive(remote(), await backup(), {}, async (archive) => {
      expect(statSync(await pathOf(archive)).size).toBe(CONTENT.length);
      throw failure;
    });

    await expect(outcome).rejects.toBe(failure);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each([
    [
      'a changed byte',
      Buffer.concat([CONTENT.subarray(0, -1), Buffer.from([~(CONTENT.at(-1) ?? 0)])]),
    ],
    ['a byte too few', CONTENT.subarray(0, -1)],
    ['a byte too many', Buffer.concat([CONTENT, Buffer.from([0])])],
  ])('lends nothing with %s', async (_, stored) => {
    const work = jest.fn();

    const outcome = withArchive(remote(), await backup(stored), {}, work);

    await expect(outcome).rejects.toMatchObject({
      reason: 'corrupt',
      cure: expect.stringContaining(ADDRESS.id),
    });
    expect(work).not.toHaveBeenCalled();
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('leaves nothing where it fails half-way', async () => {
    const lost = new BackupError('store', 'Lost.');
    const read = async () =>
      Readable.from(
        (async function* () {
          yield CONTENT.subarray(0, 1000);
          throw lost;
        })(),
      );

    await expect(withArchive(remote(read), await backup(), {}, jest.fn())).rejects.toBe(lost);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is read as a stream, and says so, where there is no room for a copy', async () => {
    const onNote = jest.fn();

    await withArchive(remote(), await backup(CONTENT, 1e15), { onNote }, async (archive) => {
      expect(archive.path).toBeUndefined();
      expect(readdirSync(temporary)).toEqual([]);
      await readTwice(archive);
    });

    expect(onNote.mock.calls).toEqual([[expect.stringMatching(/no room .* as a stream/)]]);
  });
});

describe('a signal', () => {
  const reason = new BackupError('cancelled', 'Stopped.');

  /** Gives one piece; who waits for another one waits until it is stopped. */
  function stopped(controller: AbortController): Store {
    let pieces = 0;
    const next = function (this: Readable) {
      if (pieces++ === 0) this.push(CONTENT.subarray(0, 1000));
      else controller.abort(reason);
    };
    return remote(async () => new Readable({ read: next }));
  }

  it('ends the fetch in the middle, and leaves nothing', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const work = jest.fn();

    const outcome = withArchive(stopped(controller), await backup(), { signal }, work);

    await expect(outcome).rejects.toThrow();
    expect(work).not.toHaveBeenCalled();
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is what the fetch then ends with', async () => {
    const controller = new AbortController();
    const { signal } = controller;

    const outcome = withArchive(stopped(controller), await backup(), { signal }, jest.fn());

    await expect(outcome).rejects.toBe(reason);
  });
});
