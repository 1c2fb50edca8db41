import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { BackupError } from '../../errors';
import type { ClientTools, Tool, ToolsOptions } from '../tools';

/** Where Lambda unpacks the layer. */
const LAYER = '/opt/postgresql';

/**
 * The trees of `layer/build.sh`, one folder a major, where NEON_BACKUP_TOOLS says or the layer is.
 * @throws BackupError `usage` where the setting leads to nothing that fits
 */
export async function deployedTools(
  serverMajor: number,
  { env = process.env }: ToolsOptions,
): Promise<ClientTools | undefined> {
  const setting = env.NEON_BACKUP_TOOLS;
  const folder = setting || LAYER;
  const major = fittingMajor(serverMajor, majorsIn(folder));
  if (major !== undefined) return openTree(join(folder, `${major}`), folder);
  if (!setting) return undefined;
  throw new BackupError(
    'usage',
    `Expected NEON_BACKUP_TOOLS to be a folder with a folder ${serverMajor} or newer of client tools, got ${setting}.`,
    { cure: 'Unset it, or make the folder with layer/build.sh.' },
  );
}

/** The server's own major where there is one, else the next newer. */
export function fittingMajor(serverMajor: number, majors: readonly number[]): number | undefined {
  return [...majors].sort((a, b) => a - b).find((major) => major >= serverMajor);
}

function majorsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Opens one tree. Links are followed once, here, so that a rebuild meanwhile changes nothing for this run. */
export function openTree(tree: string, origin: string): Promise<ClientTools> {
  const folder = realpathSync(tree);
  const [caFile, igzip] = ['share/ca-certificates.crt', 'bin/igzip'].map((name) => {
    const path = join(folder, name);
    return existsSync(path) ? path : undefined;
  });
  return openTools(join(folder, 'bin'), origin, caFile, igzip);
}

/**
 * Client tools in a folder of programs.
 * @throws BackupError `tool_missing` where pg_dump doesn't run there
 */
export async function openTools(
  bin: string,
  origin: string,
  caFile?: string,
  igzip?: string,
): Promise<ClientTools> {
  const version = await versionOf(join(bin, 'pg_dump'));
  const path = (tool: Tool) => (tool === 'igzip' ? (igzip ?? noIgzip(origin)) : join(bin, tool));
  return { major: Number.parseInt(version, 10), version, path, igzip, caFile, origin };
}

async function versionOf(pgDump: string): Promise<string> {
  const result = await execa(pgDump, ['--version'], { reject: false });
  const version = /\(PostgreSQL\) (\d+\S*)/.exec(result.stdout ?? '')?.[1];
  if (version) return version;
  const output = result.failed ? result.message : result.stdout;
  throw new BackupError('tool_missing', `${pgDump} does not tell its version.`, { output });
}

function noIgzip(origin: string): never {
  throw new BackupError('tool_missing', `There is no igzip beside the client tools (${origin}).`);
}
