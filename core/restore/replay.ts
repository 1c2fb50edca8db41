import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TocEntry } from '../archive/format';
import { type Address, programEnvironment } from '../postgres/address';
import { startProgram } from '../postgres/program';
import type { ClientTools } from '../postgres/tools';
import { together } from '../together';
import type { ArchiveSource } from './archive-source';
import { feed } from './feed';
import { throughPsql } from './through-psql';

export interface ReplayOptions {
  readonly tools: ClientTools;
  readonly archive: ArchiveSource;
  readonly target: Address;
  readonly targetMajor: number;
  /** What to restore, in the order of the archive. @default everything */
  readonly entries?: readonly TocEntry[] | undefined;
  /** Leave ownership as the restoring role makes it. @default false */
  readonly noOwner?: boolean | undefined;
  /** Leave privileges out. @default false */
  readonly noPrivileges?: boolean | undefined;
  /** Connections at once; a stream and an old target have one. @default 1 */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each step of pg_restore's, as it says it. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * Replays an archive, or some of its entries, into a database. Stops at the first error.
 * @throws BackupError with pg_restore's own last lines; the target then holds part of the archive
 */
export async function replay(options: ReplayOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'neon-backup-'));
  try {
    const args = await selection(options, folder);
    if (needsFilter(options)) await throughPsql(options, environment(options), args);
    else await straight(options, args);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function selection(
  { entries, noOwner, noPrivileges }: ReplayOptions,
  folder: string,
): Promise<string[]> {
  const args = [...(noOwner ? ['--no-owner'] : []), ...(noPrivileges ? ['--no-acl'] : [])];
  if (!entries) return args;
  const list = join(folder, 'list');
  await writeFile(list, entries.map(({ dumpId }) => `${dumpId};\n`).join(''));
  return [...args, `--use-list=${list}`];
}

/** A client of 17 or newer sets a parameter that older servers don't know. */
function needsFilter({ tools, targetMajor }: ReplayOptions): boolean {
  return tools.major >= 17 && targetMajor < 17;
}

async function straight(options: ReplayOptions, args: readonly string[]): Promise<void> {
  const { tools, archive, jobs = 1, target } = options;
  const all = [
    '--exit-on-error',
    '--no-password',
    '--verbose',
    `--dbname=${conninfo(target)}`,
    ...args,
  ];
  if (archive.path !== undefined) {
    await run(options, tools.path('pg_restore'), [...all, `--jobs=${jobs}`, archive.path]);
  } else await run(options, tools.path('pg_restore'), all, await archive.open());
}

/** pg_restore takes no database from the environment; this one names nothing but that. */
function conninfo({ database }: Address): string {
  return `dbname='${database.replace(/[\\']/g, '\\$&')}'`;
}

async function run(
  options: ReplayOptions,
  path: string,
  args: readonly string[],
  input?: Readable,
): Promise<void> {
  const { signal, onLine } = options;
  const program = startProgram(path, args, {
    env: environment(options),
    signal,
    stdin: input ? 'pipe' : 'ignore',
    stdout: 'ignore',
    ...(onLine ? { onLine } : {}),
  });
  if (input)
    await together(new AbortController(), [
      feed([input], program.stdin, program.ended),
      program.ended,
    ]);
  else await program.ended;
}

function environment({ target, tools }: ReplayOptions): Record<string, string> {
  return programEnvironment(target, { caFile: tools.caFile });
}
