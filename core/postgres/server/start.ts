import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BackupError } from '../../errors';
import type { PlatformUser } from '../../platform-user';
import type { EmbeddedServer, EmbeddedServerOptions } from '../server';
import { give, serverBinaries } from './binaries';
import { privateDirectory } from './directory';
import { hostAuthentication, serverConfiguration } from './settings';
import { type Launch, type Supervisor, supervise } from './supervisor';

const LOCALE = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
const STARTUP_LIMIT_MS = 60_000;

/** One try, on a port that is free now. Whatever fails, nothing is left running or on the disk. */
export async function startOnce(
  options: EmbeddedServerOptions,
  user: PlatformUser | undefined,
): Promise<EmbeddedServer> {
  const directory = await privateDirectory(options.directory, user);
  try {
    return await startIn(directory, options, user);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(
  directory: string,
  options: EmbeddedServerOptions,
  user: PlatformUser | undefined,
): Promise<EmbeddedServer> {
  const port = await freePort();
  const password = randomBytes(18).toString('base64url');
  const launch = await prepare(directory, port, password, options, user);
  // An environment of our own: PGDATA or PGPORT of the user's shell must not reach the server.
  const supervisor = supervise(launch, { PATH: process.env.PATH, LC_ALL: 'C' });
  try {
    await ready(directory, supervisor, options.signal);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  return running(launch, options.major ?? 18, port, password, supervisor);
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

async function prepare(
  directory: string,
  port: number,
  password: string,
  options: EmbeddedServerOptions,
  user: PlatformUser | undefined,
): Promise<Launch> {
  const { major = 18, superuser = 'postgres', encoding = 'UTF8', locale = LOCALE, tls } = options;
  const configuration = serverConfiguration(directory, port, !!tls, options.settings ?? {});
  const files = {
    password,
    'postgresql.conf': configuration,
    'pg_hba.conf': hostAuthentication(!!tls),
    ...(tls ? { 'server.crt': tls.certificate, 'server.key': tls.key } : {}),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text, { mode: 0o600 });
  }
  if (user) await give(directory, user);
  const native = await serverBinaries(major, directory, user);
  return { directory, native, superuser, encoding, locale, user };
}

/** Waits for the word that the server itself writes when it takes connections. */
async function ready(directory: string, supervisor: Supervisor, signal?: AbortSignal) {
  const deadline = Date.now() + STARTUP_LIMIT_MS;
  while (!(await saysReady(directory))) {
    signal?.throwIfAborted();
    if (supervisor.ended || Date.now() > deadline) {
      const output = await lastLines(join(directory, 'server.log'));
      throw new BackupError('tool_failed', 'The embedded PostgreSQL did not start.', { output });
    }
    await delay(20);
  }
}

/** The status is the eighth line of the file, as pg_ctl reads it too. */
async function saysReady(directory: string): Promise<boolean> {
  const text = await readIfPresent(join(directory, 'data', 'postmaster.pid'));
  return text.split('\n')[7]?.trim() === 'ready';
}

async function lastLines(log: string): Promise<string> {
  return (await readIfPresent(log)).trimEnd().split('\n').slice(-8).join('\n');
}

async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function running(
  { directory, superuser }: Launch,
  major: number,
  port: number,
  password: string,
  supervisor: Supervisor,
): EmbeddedServer {
  const login = `${encodeURIComponent(superuser)}:${password}`;
  return {
    major,
    port,
    directory,
    log: join(directory, 'server.log'),
    url: (database = 'postgres') =>
      `postgres://${login}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    async stop() {
      await supervisor.stop();
      // The server's user may not be allowed to remove the directory itself, only what is in it.
      await rm(directory, { recursive: true, force: true });
    },
  };
}
