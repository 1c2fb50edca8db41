import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../../core/package-root';
import { bundleFunction } from '../../../infra/build';
import { debianPackages, debianProgram } from '../debian';
import { unzip } from './unzip';

/** Whether a sandbox can be had here: its programs come from the distribution's packages. */
export const CAN_SANDBOX = process.platform === 'linux' && existsSync('/usr/bin/apt-get');

/** The user that Lambda runs functions as. */
export const USER = { uid: 993, gid: 990 };

const ETC = {
  passwd: `root:x:0:0::/root:/sbin/nologin\nsandbox:x:${USER.uid}:${USER.gid}::/home/sandbox:/sbin/nologin\n`,
  group: `root:x:0:\nsandbox:x:${USER.gid}:\n`,
  hosts: '127.0.0.1 localhost\n',
  'resolv.conf': 'nameserver 127.0.0.1\n',
};

/** What a function's root file system is made of; all of it is read-only. */
export interface Image {
  /** How bubblewrap is started. */
  readonly bubblewrap: readonly string[];
  readonly busybox: string;
  /** A path of this machine, and where it appears. */
  readonly mounts: readonly (readonly [from: string, to: string])[];
  remove(): void;
}

/**
 * Makes the root file system of a function: its bundle, the layer, Node 24 and a shell.
 * @param entry the handler's file, from the root of the project, or a zip of what was deployed
 * @param layer the folder of the unpacked layer
 */
export async function makeImage(entry: string, layer: string | undefined): Promise<Image> {
  const [jail, shell] = await Promise.all([
    debianPackages(['bubblewrap']),
    debianPackages(['busybox-static']),
  ]);
  const busybox = join(shell, 'usr/bin/busybox');
  const folder = mkdtempSync(join(tmpdir(), 'neon-backup-sandbox-'));
  await writeParts(folder, entry);
  const parts = ['etc', 'task', 'runtime'] as const;
  const at = { etc: '/etc', task: '/var/task', runtime: '/var/runtime' };
  return {
    bubblewrap: debianProgram(jail, 'usr/bin/bwrap'),
    busybox,
    mounts: [
      ...parts.map((part) => [join(folder, part), at[part]] as const),
      ...(layer ? [[layer, '/opt'] as const] : []),
      [busybox, '/bin/sh'],
      ...(await nodeMounts()),
    ],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function writeParts(folder: string, entry: string): Promise<void> {
  for (const part of ['etc', 'task', 'runtime']) mkdirSync(join(folder, part));
  for (const [name, text] of Object.entries(ETC)) writeFileSync(join(folder, 'etc', name), text);
  if (entry.endsWith('.zip')) await unzip(entry, join(folder, 'task'));
  else copyFileSync(bundleFunction(entry), join(folder, 'task/index.js'));
  const runtime = join(packageRoot(), 'tests/support/sandbox/runtime.js');
  copyFileSync(runtime, join(folder, 'runtime/index.js'));
  giveAway(folder);
}

/**
 * Lets the files below a folder belong to another user than the sandbox's, as in Lambda: who may read
 * them and who may run them is then told by their mode's last digit. Only root can.
 */
export function giveAway(folder: string): void {
  if (process.getuid?.() !== 0) return;
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const path of paths) chownSync(join(folder, path), NOBODY, NOBODY);
}

const NOBODY = 65_534;

/** Node where Lambda has it, its libraries in /lib64, the loader where the program says. */
async function nodeMounts(): Promise<Image['mounts']> {
  const node = join(packageRoot(), 'node_modules/node/bin/node');
  const { stdout } = await execa('ldd', [node]);
  const libraries = [...stdout.matchAll(/=> (\/\S+) \(/g)].map(([, path = '']) => path);
  const loader = /^\s*(\/\S+) \(/m.exec(stdout)?.[1];
  if (!loader) throw new Error(`Expected ldd to name a loader, got: ${stdout}`);
  return [
    [node, '/var/lang/bin/node'],
    ...libraries.map((path) => [path, `/lib64/${basename(path)}`] as const),
    [loader, loader],
  ];
}
