import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../core/package-root';
import { debianPackages } from './debian';

const NAME_SERVER = '127.53.53.53';

/** A root file system that holds a shell and what is put into it, and nothing else of this machine. */
export interface Jail {
  /** Copies a file or a folder, links resolved. */
  copy(from: string, to: string): void;
  write(path: string, text: string): void;
  /** Runs a program inside. Rejects, with its stderr, when it fails. */
  run(command: string[], options?: RunOptions): Promise<Buffer>;
  /** The same beside a name server that knows every name as 127.0.0.1; nothing else need be reachable. */
  runWithNameServer(command: string[]): Promise<Buffer>;
  remove(): void;
}

interface RunOptions {
  readonly env?: Record<string, string>;
  readonly input?: Uint8Array;
}

/** Needs root, or a kernel that gives ordinary users a namespace of their own (`unshare --map-root-user`). */
export async function makeJail(): Promise<Jail> {
  const busybox = join(await debianPackages(['busybox-static']), 'usr/bin/busybox');
  const root = mkdtempSync(join(tmpdir(), 'neon-backup-jail-'));
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    cpSync(from, join(root, to), { recursive: true, dereference: true });
  };
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  copy(busybox, 'bin/sh');
  write('etc/resolv.conf', `nameserver ${NAME_SERVER}\n`);
  return {
    copy,
    write,
    run: (command, options) => execute([...becomeRoot(), 'chroot', root, ...command], options),
    runWithNameServer: (command) =>
      execute(besideNameServer(busybox, ['chroot', root, ...command])),
    remove: () => rmSync(root, { recursive: true }),
  };
}

const IS_ROOT = process.getuid?.() === 0;

function becomeRoot(): string[] {
  return IS_ROOT ? [] : ['unshare', '--map-root-user'];
}

/** Port 53 is root's; an ordinary user gets a network of its own, whose loopback has to be switched on. */
function besideNameServer(busybox: string, command: string[]): string[] {
  const script = join(packageRoot(), 'tests/support/name-server.js');
  const server = [process.execPath, script, NAME_SERVER, ...command];
  if (IS_ROOT) return server;
  const up = '"$0" ip link set lo up && exec "$@"';
  return ['unshare', '--map-root-user', '--net', busybox, 'sh', '-c', up, busybox, ...server];
}

async function execute(command: string[], { env, input }: RunOptions = {}): Promise<Buffer> {
  const [program = '', ...args] = command;
  const { stdout } = await execa(program, args, {
    encoding: 'buffer',
    stripFinalNewline: false,
    extendEnv: false,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env },
    ...(input ? { input } : {}),
  });
  return Buffer.from(stdout);
}
