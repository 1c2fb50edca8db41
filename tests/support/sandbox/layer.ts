import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientToolsFor } from '../../../core/postgres/tools';
import { type LayerTree, writeLayerZip } from '../../../layer/zip';
import { giveAway } from './image';
import { unzip } from './unzip';

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
