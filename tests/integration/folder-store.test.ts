import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { packageRoot } from '../../core/package-root';
import { FolderStore } from '../../core/stores/folder';
import { describeStore } from '../support/store-contract';

const BACKUP = 'app/daily/20261123T020000Z-k3f9/';

let base: string;
let root: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'neon-backup-folder-'));
  root = join(base, 'backups');
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

describeStore('a folder', () => new FolderStore(root), { retires: 'deletes' });

it('refuses a folder without a name', () => {
  expect(() => new FolderStore(' ')).toThrow(expect.objectContaining({ reason: 'usage' }));
});

it.each(['../outside', 'app/../../outside', '..'])(
  'refuses the key "%s", which leads out',
  async (key) => {
    const store = new FolderStore(root);

    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ reason: 'usage' });

    expect(readdirSync(base)).toEqual([]);
  },
);

it('lists nothing in a folder that is not there yet', async () => {
  expect(await listed(new FolderStore(root))).toEqual([]);
});

it('keeps out everybody but its owner, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    const store = new FolderStore(root);
    await store.put(`${BACKUP}database.dump`, Buffer.from('rows'));
    const version = await store.swap(`${BACKUP}verification.json`, Buffer.from('1'), undefined);
    await store.swap(`${BACKUP}verification.json`, Buffer.from('2'), version);
  } finally {
    process.umask(before);
  }

  const found = [
    root,
    ...readdirSync(root, { recursive: true }).map((name) => join(root, String(name))),
  ];
  const modes = Object.groupBy(
    found.map((path) => statSync(path)),
    (each) => (each.isDirectory() ? 'folders' : 'files'),
  );
  expect(modes.folders?.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o700, 0o700, 0o700]);
  expect(modes.files?.map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o600]);
});

it('tells where a file is, for programs that need one', async () => {
  const store = new FolderStore(root);
  await store.put(`${BACKUP}database.dump`, Buffer.from('rows'));

  expect(
    execFileSync('cat', [store.localPath(`${BACKUP}database.dump`)], { encoding: 'utf8' }),
  ).toBe('rows');
});

it('follows no link out of a backup that it retires', async () => {
  const store = new FolderStore(root);
  await store.put(`${BACKUP}database.dump`, Buffer.from('rows'));
  writeFileSync(join(base, 'precious'), 'x');
  symlinkSync(base, join(root, BACKUP, 'link'));

  await store.retire(BACKUP);

  expect(readdirSync(base).sort()).toEqual(['backups', 'precious']);
});

it('explains a path that cannot be a folder, whatever is asked of it', async () => {
  writeFileSync(root, 'a file');
  const store = new FolderStore(root);

  const failure = { reason: 'store', cure: expect.any(String) };
  await expect(store.put(`${BACKUP}file`, Buffer.from('x'))).rejects.toMatchObject(failure);
  await expect(store.readSmall(`${BACKUP}file`)).rejects.toMatchObject(failure);
  await expect(listed(store)).rejects.toMatchObject(failure);
  await expect(store.retire(BACKUP)).rejects.toMatchObject(failure);
});

describe('a full disk', () => {
  it('ends the put, leaves nothing, and keeps what was there', () => {
    // A limit on the size of files is the full disk that needs no rights; in blocks of 512 bytes.
    const result = putLarge(root, 'ulimit -f 1024');

    expect(result).toEqual({ reason: 'store', files: [`${BACKUP}before`] });
  });

  if (canMount()) {
    it('is called by its name', () => {
      const result = onTinyDisk((folder) => putLarge(join(folder, 'backups')));

      expect(result).toEqual({
        reason: 'store',
        cure: expect.stringContaining('Free some space'),
        files: [`${BACKUP}before`],
      });
    });
  }
});

async function listed(store: FolderStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

interface Outcome {
  reason: string;
  cure?: string;
  files: string[];
}

/** In a program of its own: puts a small file, then one of 4 MiB, and tells what became of them. */
function putLarge(folder: string, limit = ':'): Outcome {
  const program = join(base, 'put.js');
  buildSync({
    stdin: { contents: PUT_LARGE, resolveDir: packageRoot(), loader: 'ts' },
    bundle: true,
    platform: 'node',
    outfile: program,
  });
  const args = ['-c', `${limit}; exec "$@"`, 'sh', process.execPath, program, folder];
  const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  const { cure, ...outcome } = JSON.parse(stdout);
  return limit === ':' ? { cure, ...outcome } : outcome;
}

const PUT_LARGE = `
  import { readdirSync } from 'node:fs';
  import { Readable } from 'node:stream';
  import { FolderStore } from './core/stores/folder';
  const folder = process.argv[2];
  const store = new FolderStore(folder);
  const pieces = Array.from({ length: 64 }, () => Buffer.alloc(65536, 1));
  store.put('${BACKUP}before', Buffer.from('x'))
    .then(() => store.put('${BACKUP}large', Readable.from(pieces)))
    .catch(({ reason, cure }) => {
      const files = readdirSync(folder, { recursive: true }).filter((name) => /before|large/.test(name));
      console.log(JSON.stringify({ reason, cure, files }));
    });
`;

/** Only root can, and not in every container. */
function canMount(): boolean {
  try {
    return onTinyDisk(() => true);
  } catch {
    return false;
  }
}

/** Lends out a file system of 1 MiB. */
function onTinyDisk<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'neon-backup-tiny-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' });
    try {
      return work(folder);
    } finally {
      execFileSync('umount', [folder]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
