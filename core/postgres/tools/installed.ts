import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ClientTools, Tool, ToolsOptions } from '../tools';
import { openTools } from './tree';

const HOMEBREW = ['/opt/homebrew/opt', '/usr/local/opt'];

/** No newer one exists yet; `homebrewTools` looks no further. */
const NEWEST = 30;

/** Homebrew's postgresql@N. It is keg-only, which is why it is not on the PATH. */
export async function homebrewTools(
  serverMajor: number,
  _options: ToolsOptions,
  folders: readonly string[] = HOMEBREW,
): Promise<ClientTools | undefined> {
  for (let major = serverMajor; major <= NEWEST; major++) {
    const bins = folders.map((folder) => join(folder, `postgresql@${major}`, 'bin'));
    const bin = bins.find((candidate) => holds(candidate, 'pg_dump'));
    if (bin) return openTools(bin, `Homebrew, in ${bin}`);
  }
  return undefined;
}

/** The first folder of the PATH whose pg_dump is new enough. */
export async function pathTools(
  serverMajor: number,
  { env = process.env }: ToolsOptions,
): Promise<ClientTools | undefined> {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const igzip = folders.find((folder) => holds(folder, 'igzip'));
  for (const bin of folders.filter((folder) => PROGRAMS.every((tool) => holds(folder, tool)))) {
    const tools = await openTools(
      bin,
      `the PATH, in ${bin}`,
      undefined,
      igzip && join(igzip, 'igzip'),
    );
    if (tools.major >= serverMajor) return tools;
  }
  return undefined;
}

const PROGRAMS: readonly Tool[] = ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql'];

function holds(folder: string, program: Tool): boolean {
  return existsSync(join(folder, program));
}
