import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../core/package-root';
import { parseAddress, programEnvironment } from '../core/postgres/address';
import type { EmbeddedServer } from '../core/postgres/server';
import { withSession } from '../core/postgres/session';
import type { ClientTools } from '../core/postgres/tools';
import { type Run, run } from './measure';

/** What the cases work with. */
export interface Bed {
  readonly server: EmbeddedServer;
  readonly source: string;
  readonly tools: ClientTools;
  /** A folder for everything that a case writes. */
  readonly folder: string;
}

/** A name and one timed run of it; each round runs every case once, one after the other. */
export type Case = readonly [name: string, once: (bed: Bed) => Promise<Run>];

const CLI = join(packageRoot(), 'dist/neon-backup.js');

function cli(bed: Bed, ...args: string[]): Promise<Run> {
  const scratch = mkdtempSync(join(bed.folder, 'tmp-'));
  return run(process.execPath, [CLI, '--quiet', ...args], {
    DATABASE_URL: bed.source,
    TMPDIR: scratch,
  });
}

function shell({ source, tools, folder }: Bed, script: string): Promise<Run> {
  const { PATH: _, ...env } = programEnvironment(parseAddress(source));
  return run('sh', ['-ec', script], {
    ...env,
    DUMP: tools.path('pg_dump'),
    RESTORE: tools.path('pg_restore'),
    TO: folder,
  });
}

/** A fresh store, so that each run writes into an empty one. */
function store({ folder }: Bed, name: string): string {
  const path = join(folder, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  return path;
}

async function restore(bed: Bed, jobs: number): Promise<Run> {
  await withSession(parseAddress(bed.server.url()), async (session) => {
    await session.rows('DROP DATABASE IF EXISTS restored WITH (FORCE)');
    await session.rows('CREATE DATABASE restored');
  });
  return shell(
    bed,
    `"$RESTORE" --exit-on-error --jobs=${jobs} --dbname=restored "${archiveIn(join(bed.folder, 'both'))}"`,
  );
}

export function archiveIn(folder: string): string {
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('database.dump'),
  );
  if (!file) throw new Error(`there is no archive in ${folder}`);
  return join(folder, file);
}

export const CASES: readonly Case[] = [
  ['bare', (bed) => shell(bed, '"$DUMP" -Fc -Z zstd:3 | cat >/dev/null')],
  ['archive', (bed) => cli(bed, 'run', '--to', store(bed, 'archive'))],
  ['both', (bed) => cli(bed, 'run', '--plain', '--to', store(bed, 'both'))],
  [
    'script',
    (bed) =>
      shell(
        bed,
        `cd "${store(bed, 'script')}" && "$DUMP" -Fc -Z9 -f a.dump && "$DUMP" -Fp -f a.sql && gzip a.sql`,
      ),
  ],
  ['verify', (bed) => cli(bed, 'verify', 'latest', '--in', join(bed.folder, 'archive'))],
  [
    'drill',
    (bed) =>
      cli(bed, 'verify', 'latest', '--in', join(bed.folder, 'archive'), '--drill', 'embedded'),
  ],
  ['restore -j1', (bed) => restore(bed, 1)],
  ['restore -j2', (bed) => restore(bed, 2)],
];

/** Bytes in a store beyond the files that the manifest lists, the manifest and the verdict. */
export function strayBytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  const manifest = files.find((name) => name.endsWith('manifest.json'));
  if (!manifest) throw new Error(`there is no manifest in ${folder}`);
  const listed = JSON.parse(readFileSync(join(folder, manifest), 'utf8')).files.map(
    ({ name }: { name: string }) => name,
  );
  const known = new Set([...listed, 'manifest.json', 'verification.json']);
  return files
    .filter((name) => !known.has(name.split('/').at(-1)))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** How often each table was copied, as the server's own log has it. */
export function copiesPerTable({ server }: Bed, since: number): Map<string, number> {
  const log = readFileSync(server.log, 'utf8').slice(since);
  const copies = new Map<string, number>();
  for (const [, name] of log.matchAll(/COPY (\S+) \(.*TO stdout/gi))
    copies.set(name as string, (copies.get(name as string) ?? 0) + 1);
  return copies;
}

export function logLength({ server }: Bed): number {
  return readFileSync(server.log, 'utf8').length;
}
