import { execFile } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { serverUser } from '../../../core/platform-user';
import { give, serverBinaries } from '../../../core/postgres/server/binaries';
import { privateDirectory } from '../../../core/postgres/server/directory';
import { hostAuthentication, serverConfiguration } from '../../../core/postgres/server/settings';
import { supervise } from '../../../core/postgres/server/supervisor';
import { query } from '../servers';
import { until } from '../until';

/** A running server. An embedded one is one, if it was started with `FOR_COPIES`. */
export interface Cluster {
  readonly major: number;
  readonly directory: string;
  readonly port: number;
  /** Of the superuser. @param database - default `postgres` */
  url(database?: string): string;
  stop(): Promise<void>;
}

/** A server's files, as they were at one moment. */
export interface Copy {
  readonly directory: string;
  readonly of: Cluster;
  readonly lsn: string;
  /** Everything that was committed before is in it. */
  readonly time: Date;
}

const MEMORY = '/dev/shm';
const ROOM_BYTES = 2e9;

/** Where files are in memory, if there is room: a thousand small ones take a tenth of the time there. */
function inMemory(): string | undefined {
  if (!existsSync(MEMORY)) return undefined;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ROOM_BYTES ? MEMORY : undefined;
}

const memory = inMemory();

/** What a server has to be started with, for its files to be copied while it runs; no log is kept for later. */
export const FOR_COPIES = {
  ...(memory ? { directory: memory } : {}),
  settings: { wal_level: 'replica', min_wal_size: '32MB' },
};

/** Copies a server's files while it is used, as a base backup does. */
export async function copyFiles(of: Cluster): Promise<Copy> {
  const directory = await privateDirectory(inMemory(), serverUser());
  const [from, to] = [join(of.directory, 'data'), join(directory, 'data')];
  const client = new Client(of.url());
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('branch', true)");
    const names = await readdir(from);
    const copied = names.filter((name) => !['pg_wal', 'postmaster.pid'].includes(name));
    await mkdir(to, { mode: 0o700 });
    await copy(
      copied.map((name) => join(from, name)),
      to,
    );
    const time = new Date();
    const { rows } = await client.query('SELECT lsn, labelfile FROM pg_backup_stop(false)');
    await copy([join(from, 'pg_wal')], to);
    await writeFile(join(to, 'backup_label'), rows[0].labelfile);
    return { directory, of, lsn: rows[0].lsn, time };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  } finally {
    await client.end();
  }
}

/** Starts a server of its own over the files, which go with it. */
export async function startCopy({ directory, of: { major, url } }: Copy): Promise<Cluster> {
  const user = serverUser();
  const port = await freePort();
  await writeFile(join(directory, 'postgresql.conf'), configuration(directory, port));
  await writeFile(join(directory, 'pg_hba.conf'), hostAuthentication(false));
  await writeFile(join(directory, 'password'), '');
  if (user) await give(directory, user);
  const native = await withoutInitdb(await serverBinaries(major, directory, user), directory);
  const launch = { directory, native, superuser: '', encoding: '', locale: '', user };
  const supervisor = supervise(launch, { PATH: process.env.PATH, LC_ALL: 'C' });
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    // The server's user may not be allowed to remove all of it.
    await rm(directory, { recursive: true, force: true });
  };
  const own = (database?: string) => Object.assign(new URL(url(database)), { port }).href;
  await until(() => answers(own()));
  return { major, directory, port, url: own, stop };
}

/** The same files once more, for another server. */
export async function copyAgain(of: Copy): Promise<Copy> {
  const directory = await privateDirectory(inMemory(), serverUser());
  await copy([join(of.directory, 'data')], directory);
  return { ...of, directory };
}

/** Node's own `cp` takes many times as long. */
async function copy(paths: readonly string[], to: string): Promise<void> {
  await promisify(execFile)('cp', ['-R', ...paths, to]);
}

function configuration(directory: string, port: number): string {
  return serverConfiguration(directory, port, false, FOR_COPIES.settings);
}

/** The cluster is there already: what makes one does nothing. The server finds the rest by its real path. */
async function withoutInitdb(native: string, directory: string): Promise<string> {
  const bin = join(directory, 'programs', 'bin');
  await mkdir(bin, { recursive: true });
  await symlink('/bin/true', join(bin, 'initdb'));
  await symlink(join(native, 'bin', 'postgres'), join(bin, 'postgres'));
  return join(directory, 'programs');
}

async function answers(url: string): Promise<boolean> {
  return query(url, 'SELECT 1').then(
    () => true,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}
