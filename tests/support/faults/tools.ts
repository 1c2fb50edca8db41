import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientTools, clientToolsFor, type Tool } from '../../../core/postgres/tools';
import { temporaryFolder } from './folder';

/** Client tools some of which are shell scripts of the test's own. */
export interface StandIns {
  /** A folder for what the scripts tell the test, and the test them. */
  readonly folder: string;
  /** For `takeBackup`. */
  toolsFor(scripts: Partial<Record<Tool, string>>): (major: number) => Promise<ClientTools>;
}

/** Scripts that stand in for client programs; `$REAL` is the program itself. */
export function standIns(): StandIns {
  const folder = temporaryFolder('stand-ins');
  let made = 0;
  const write = (tool: Tool, script: string, real: string): string => {
    const path = join(mkdtempSync(join(folder, `${made++}-`)), tool);
    writeFileSync(path, `#!/bin/sh\nREAL='${real}'\n${script}\n`, { mode: 0o755 });
    return path;
  };
  return {
    folder,
    toolsFor: (scripts) => async (major) => {
      const tools = await clientToolsFor(major);
      const paths = Object.entries(scripts).map(
        ([tool, script]) => [tool, write(tool as Tool, script, tools.path(tool as Tool))] as const,
      );
      const replaced = new Map<string, string>(paths);
      return { ...tools, path: (tool) => replaced.get(tool) ?? tools.path(tool) };
    },
  };
}

/**
 * A folder for NEON_BACKUP_TOOLS whose programs write their own command lines down before they start.
 * @returns how to read what was written: one line for each start
 */
export async function recordingTools(folder: string, major: number): Promise<() => string[]> {
  const tools = await clientToolsFor(major);
  const log = join(folder, 'command-lines');
  const bin = join(folder, `${major}`, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const tool of ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql', 'igzip'] as const) {
    const record = `tr '\\0\\n' '  ' </proc/$$/cmdline >>'${log}'; echo >>'${log}'`;
    const text = `#!/bin/sh\n${record}\nexec '${tools.path(tool)}' "$@"\n`;
    writeFileSync(join(bin, tool), text, { mode: 0o755 });
  }
  return () => readFileSync(log, 'utf8').split('\n').filter(Boolean);
}
