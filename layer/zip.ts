import { createWriteStream, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** The zip format keeps local time without a zone, and begins with this year. */
const NO_TIME = new Date(1980, 0, 1);

/** A tree of `build.sh`, and the folder of the zip that it goes to. */
export interface LayerTree {
  readonly folder: string;
  readonly as: string;
}

/**
 * Zips trees for Lambda: links resolved, programs executable, and the same bytes for the same files,
 * so that an unchanged layer is not deployed again. The file appears when it is whole.
 */
export async function writeLayerZip(trees: readonly LayerTree[], file: string): Promise<void> {
  const zip = new ZipFile();
  for (const { path, as } of (await Promise.all(trees.map(filesOf))).flat().sort(byName)) {
    zip.addBuffer(readFileSync(path), as, {
      mtime: NO_TIME,
      forceDosTimestamp: true,
      mode: statSync(path).mode & 0o100 ? 0o100755 : 0o100644,
    });
  }
  zip.end();
  await writeWhole(zip.outputStream, file);
}

interface LayerFile {
  readonly path: string;
  readonly as: string;
}

async function filesOf(tree: LayerTree): Promise<LayerFile[]> {
  const paths = await readdir(tree.folder, { recursive: true });
  return paths
    .map((path) => ({ path: join(tree.folder, path), as: `${tree.as}/${path}` }))
    .filter(({ path }) => statSync(path).isFile());
}

/** By code unit: a locale's order may differ elsewhere. */
function byName(a: LayerFile, b: LayerFile): number {
  return a.as < b.as ? -1 : 1;
}

async function writeWhole(stream: NodeJS.ReadableStream, file: string): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  try {
    await pipeline(stream, createWriteStream(part));
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}
