import {
  cpSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { type Entry, openPromise } from 'yauzl';
import { clientToolsFor } from '../../core/postgres/tools';
import { type LayerTree, writeLayerZip } from '../../layer/zip';

/** Of all layers of a function and its code together, unzipped. */
const LAMBDA_LIMIT_BYTES = 250 * 1024 * 1024;

const PROGRAMS = ['igzip', 'pg_dump', 'pg_dumpall', 'pg_restore', 'psql'];

describe('the zip of the layer', () => {
  let folder: string;
  let trees: LayerTree[];
  let file: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neon-backup-zip-'));
    trees = await Promise.all([15, 17, 18].map(treeOf));
    file = join(folder, 'layer.zip');
    await writeLayerZip(trees, file);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('has the same bytes for the same files, wherever and whenever they were made', async () => {
    const again = trees
      .toReversed()
      .map(({ folder: tree, as }) => ({ folder: copyOf(tree, as), as }));

    await writeLayerZip(again, join(folder, 'again.zip'));

    expect(readFileSync(join(folder, 'again.zip')).equals(readFileSync(file))).toBe(true);
  });

  it('holds files alone, executable where they are programs, in order and without a time', async () => {
    const entries = await entriesOf(file);

    const names = entries.map((entry) => entry.fileName);
    expect(names).toEqual([...names].sort());
    expect(new Set(entries.map(modeOf))).toEqual(new Set([0o100755, 0o100644]));
    expect(new Set(entries.map((entry) => entry.lastModFileDate))).toEqual(new Set([33]));
    expect(new Set(entries.map((entry) => entry.lastModFileTime))).toEqual(new Set([0]));
    expect(entries.flatMap((entry) => entry.extraFields)).toEqual([]);
    for (const { as } of trees) {
      for (const program of PROGRAMS) {
        const found = entries.filter(
          ({ fileName }) => fileName.endsWith(`/${program}`) && fileName.startsWith(as),
        );
        expect(found.map(modeOf)).toEqual([0o100755, 0o100755]);
      }
    }
  });

  it('is far smaller than Lambda allows', async () => {
    const entries = await entriesOf(file);
    const bytes = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
    expect(bytes).toBeLessThan(LAMBDA_LIMIT_BYTES / 2);
  });

  it('runs where it is unpacked', async () => {
    const target = join(folder, 'opt');
    await unpack(file, target);

    for (const { as } of trees) {
      const { stdout } = await execa(join(target, as, 'bin/pg_dump'), ['--version']);
      expect(stdout).toMatch(new RegExp(`\\(PostgreSQL\\) ${as.split('/')[1]}\\.`));
    }
    const env = { NEON_BACKUP_TOOLS: join(target, 'postgresql') };
    expect(await clientToolsFor(16, { env })).toMatchObject({ major: 17 });
  });

  /** Another folder and other times, as another machine's build has. */
  function copyOf(tree: string, as: string): string {
    const copy = join(folder, 'copy', as);
    cpSync(tree, copy, { recursive: true });
    utimesSync(join(copy, 'packages.txt'), 1_000_000_000, 1_000_000_000);
    return copy;
  }
});

async function treeOf(major: number): Promise<LayerTree> {
  const tools = await clientToolsFor(major);
  return { folder: join(tools.path('psql'), '../..'), as: `postgresql/${tools.major}` };
}

async function entriesOf(file: string): Promise<Entry[]> {
  const zip = await openPromise(file);
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  return entries;
}

function modeOf(entry: Entry): number {
  return entry.externalFileAttributes >>> 16;
}

async function unpack(file: string, target: string): Promise<void> {
  const zip = await openPromise(file, { autoClose: false });
  for await (const entry of zip.eachEntry()) {
    const path = join(target, entry.fileName);
    mkdirSync(dirname(path), { recursive: true });
    const content = await zip.openReadStreamPromise(entry);
    await pipeline(content, createWriteStream(path, { mode: modeOf(entry) & 0o777 }));
  }
  zip.close();
}
