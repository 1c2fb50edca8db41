import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { clientToolsFor } from '../../../core/postgres/tools';
import { type LayerTree, writeLayerZip } from '../../../layer/zip';
import { giveAway } from './image';

/** The layer of this machine's architecture, as Lambda unpacks it into /opt. */
export interface UnpackedLayer {
  readonly folder: string;
  remove(): void;
}

/**
 * Makes the layer's zip and unpacks it.
 * @param servers the majors of the servers that it has to serve
 */
export async function unpackLayer(servers: readonly number[] = [18]): Promise<UnpackedLayer> {
  const base = mkdtempSync(join(tmpdir(), 'neon-backup-layer-'));
  const zip = join(base, 'layer.zip');
  const folder = join(base, 'opt');
  mkdirSync(folder);
  await writeLayerZip(await Promise.all(servers.map(treeFor)), zip);
  await unzip(zip, folder);
  rmSync(zip);
  giveAway(folder);
  return { folder, remove: () => rmSync(base, { recursive: true }) };
}

async function treeFor(server: number): Promise<LayerTree> {
  const tools = await clientToolsFor(server, { env: { ...process.env, NEON_BACKUP_TOOLS: '' } });
  return { folder: join(tools.path('psql'), '../..'), as: `postgresql/${tools.major}` };
}

/** Files get the modes that the zip has for them, folders those that Lambda gives. */
async function unzip(file: string, target: string): Promise<void> {
  const zip = await openPromise(file, { autoClose: false });
  for await (const entry of zip.eachEntry()) {
    const path = join(target, entry.fileName);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const mode = (entry.externalFileAttributes >>> 16) & 0o777;
    const content = await zip.openReadStreamPromise(entry);
    await pipeline(content, createWriteStream(path, { mode }));
  }
  zip.close();
}
