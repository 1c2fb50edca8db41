import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverUser } from '../../../core/platform-user';
import { debianPackages, debianProgram } from '../debian';
import { query } from '../servers';
import { until } from '../until';

export interface PgBouncer {
  /** The URL of a database, by way of the pooler. */
  url(of: string): string;
  stop(): Promise<void>;
}

/**
 * A real pgbouncer in transaction mode before the server of this URL.
 * @param settings lines of its [pgbouncer] section, over ours
 */
export async function startPgBouncer(
  server: string,
  settings: Record<string, string>,
): Promise<PgBouncer> {
  const [command, ...loader] = debianProgram(
    await debianPackages(['pgbouncer']),
    'usr/sbin/pgbouncer',
  );
  const folder = mkdtempSync(join(tmpdir(), 'neon-backup-pgbouncer-'));
  const port = await freePort();
  const user = serverUser();
  write(folder, configuration(server, port, { ...settings, auth_file: join(folder, 'users') }));
  if (user)
    for (const path of [folder, ...FILES.map((name) => join(folder, name))])
      chownSync(path, user.uid, user.gid);
  // It does not serve as root, and another user can't read the packages in root's cache: it drops the rights itself.
  const as = user ? ['-u', user.name] : [];
  const child = spawn(command, [...loader, '-q', ...as, join(folder, 'pgbouncer.ini')], {
    stdio: 'ignore',
  });
  const url = (of: string) => Object.assign(new URL(of), { port: `${port}` }).href;
  try {
    await until(() => answers(child, url(server)));
  } catch (error) {
    await stop(child, folder);
    throw error;
  }
  return { url, stop: () => stop(child, folder) };
}

const FILES = ['pgbouncer.ini', 'users'];

function write(folder: string, { ini, users }: { ini: string; users: string }): void {
  writeFileSync(join(folder, 'pgbouncer.ini'), ini, { mode: 0o600 });
  writeFileSync(join(folder, 'users'), users, { mode: 0o600 });
}

function configuration(server: string, port: number, settings: Record<string, string>) {
  const { port: behind, username, password } = new URL(server);
  const section = {
    listen_addr: '127.0.0.1',
    listen_port: `${port}`,
    auth_type: 'plain',
    pool_mode: 'transaction',
    unix_socket_dir: '',
    ...settings,
  };
  const lines = Object.entries(section).map(([name, value]) => `${name} = ${value}`);
  return {
    ini: `[databases]\n* = host=127.0.0.1 port=${behind}\n[pgbouncer]\n${lines.join('\n')}\n`,
    users: `"${username}" "${password}"\n`,
  };
}

async function answers(child: ChildProcess, url: string): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`pgbouncer ended with ${child.exitCode}.`);
  return query(url, 'SELECT 1').then(
    () => true,
    () => false,
  );
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
