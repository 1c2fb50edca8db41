import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../core/package-root';
import { parseAddress, programEnvironment } from '../core/postgres/address';
import type { EmbeddedServer } from '../core/postgres/server';
import { withSession } from '../core/postgres/session';
import type { ClientTools } from '../core/postgres/tools';
import { coldStart } from './cold-start';
import { type Run, run } from './measure';

/** What the cases work with. */
export interface Bed {
  readonly server: EmbeddedServer;
  readonly source: string;
  /** A database with the same tables, and next to nothing in them. */
  readonly nothing: string;
  readonly tools: ClientTools;
  /** A folder for everything that a case writes. */
  readonly folder: string;
  /** The URL of an S3 that keeps nothing. */
  readonly nullS3: string;
}

/** Each round runs every case once, one after the other. */
export interface Case {
  readonly name: string;
  /** @returns undefined where this machine can't */
  readonly once: (bed: Bed) => Promise<Run | undefined>;
  /** The case that leaves what this one works on. */
  readonly needs?: string;
  /** The smallest and the largest database, in MB, that it shows something of. */
  readonly from?: number;
  readonly upTo?: number;
  /** In the first round only: slow and far from its limit, or repeated by itself. */
  readonly first?: true;
}

/** The cases that take a backup. */
export const BACKUPS = ['archive', 'upload', 'both', 'upload both'] as const;

/** What has its figure at 1 GB, and shows nothing new at another size. */
const AT_1_GB = { from: 1000, upTo: 1000 };

export const CASES: readonly Case[] = [
  { name: 'bare', once: (bed) => shell(bed, '"$DUMP" -Fc -Z zstd:3 | cat >/dev/null') },
  { name: 'archive', once: (bed) => cli(bed, ['run', '--to', store(bed, 'archive')]) },
  { name: 'upload', once: (bed) => upload(bed) },
  { name: 'upload nothing', once: (bed) => upload({ ...bed, source: bed.nothing }) },
  { name: 'both', once: (bed) => cli(bed, ['run', '--plain', '--to', store(bed, 'both')]) },
  { name: 'upload both', once: (bed) => upload(bed, '--plain') },
  {
    name: 'script',
    ...AT_1_GB,
    first: true,
    once: (bed) =>
      shell(
        bed,
        `cd "${store(bed, 'script')}" && "$DUMP" -Fc -Z9 -f a.dump && "$DUMP" -Fp -f a.sql && gzip a.sql`,
      ),
  },
  { name: 'verify', needs: 'archive', once: (bed) => verify(bed) },
  {
    name: 'drill',
    ...AT_1_GB,
    needs: 'archive',
    once: (bed) => verify(bed, '--drill', 'embedded'),
  },
  { name: 'restore -j1', ...AT_1_GB, needs: 'both', once: (bed) => restore(bed, 1) },
  { name: 'restore -j2', ...AT_1_GB, needs: 'both', once: (bed) => restore(bed, 2) },
  { name: 'cold start', first: true, once: coldStart },
];

/**
 * The cases of these names, and those that they need, in their order; without names those for
 * a database of this size.
 * @throws Error for a name that no case has
 */
export function chooseCases(names: readonly string[], megabytes: number): Case[] {
  if (names.length === 0)
    return CASES.filter(({ from = 0, upTo = Infinity }) => from <= megabytes && megabytes <= upTo);
  const unknown = names.find((name) => !CASES.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new Error(`There is no case "${unknown}", only ${CASES.map(({ name }) => name)}.`);
  const needed = CASES.filter(({ name }) => names.includes(name)).map(({ needs }) => needs);
  return CASES.filter(({ name }) => names.includes(name) || needed.includes(name));
}

const CLI = join(packageRoot(), 'dist/neon-backup.js');

function cli(bed: Bed, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const TMPDIR = mkdtempSync(join(bed.folder, 'tmp-'));
  return run(process.execPath, [CLI, '--quiet', ...args], {
    DATABASE_URL: bed.source,
    TMPDIR,
    ...env,
  });
}

let uploads = 0;

/** Each into a prefix of its own, by nothing but the settings given here. */
function upload(bed: Bed, ...args: string[]): Promise<Run> {
  return cli(bed, ['run', '--json', ...args, '--to', `s3://bench/upload-${++uploads}`], {
    AWS_ENDPOINT_URL_S3: bed.nullS3,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nothing',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_SUPPORTED',
  });
}

function verify(bed: Bed, ...args: string[]): Promise<Run> {
  return cli(bed, ['verify', 'latest', '--in', join(bed.folder, 'archive'), ...args]);
}

async function shell({ source, tools }: Bed, script: string): Promise<Run> {
  const { PATH: _, ...env } = programEnvironment(parseAddress(source));
  const DUMP = tools.path('pg_dump');
  const RESTORE = tools.path('pg_restore');
  const done = await run('sh', ['-ec', script], { ...env, DUMP, RESTORE });
  // The shell's own: it says nothing about the programs.
  return { ...done, usage: undefined };
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

function archiveIn(folder: string): string {
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('database.dump'),
  );
  if (!file) throw new Error(`there is no archive in ${folder}`);
  return join(folder, file);
}
