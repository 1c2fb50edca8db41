import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../core/package-root';
import { cacheFolder } from '../../core/postgres/tools/cache-folder';

const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';

/**
 * The folder where packages of the distribution are unpacked, with their libraries: for programs that
 * a test needs and the machine lacks. Nothing is installed; fetched once, then kept in the cache.
 * @param without - files that are not worth their room on the disk, by their path
 */
export async function debianPackages(
  names: readonly string[],
  { architecture = ARCHITECTURE, without }: { architecture?: string; without?: RegExp } = {},
): Promise<string> {
  const folder = join(cacheFolder(process.env), '..', 'tests', architecture, names.join('+'));
  if (existsSync(folder)) return folder;
  mkdirSync(join(folder, '..'), { recursive: true });
  const part = mkdtempSync(`${folder}.`);
  try {
    await unpack(names, architecture, part);
    if (without) removeMatching(part, without);
    publish(part, folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return folder;
}

/** How a program of such a folder is started: through its own loader, whatever the machine's libc is. */
export function debianProgram(folder: string, path: string): [command: string, ...args: string[]] {
  const libraries = ['lib', 'usr/lib']
    .map((base) => join(folder, base))
    .filter((base) => existsSync(base))
    .flatMap((base) => entries(base, /-linux-gnu$/));
  const loader = libraries.flatMap((library) => entries(library, /^ld-linux/))[0];
  const program = join(folder, path);
  if (!loader) return [program];
  return [
    loader,
    '--inhibit-cache',
    '--library-path',
    libraries.join(':'),
    '--argv0',
    program,
    program,
  ];
}

async function unpack(names: readonly string[], architecture: string, folder: string) {
  const layer = join(packageRoot(), 'layer');
  const { stdout } = await execa('sh', [join(layer, 'suites.sh')]);
  const suite = /^17 (\S+)/m.exec(stdout)?.[1];
  if (!suite) throw new Error('Expected a machine with apt, got one without.');
  await execa('sh', [join(layer, 'debs.sh'), suite, architecture, folder, ...names]);
}

function removeMatching(folder: string, pattern: RegExp): void {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (pattern.test(path)) rmSync(join(folder, path), { recursive: true, force: true });
  }
}

/** Another worker may have been faster; then its folder is as good. */
function publish(part: string, folder: string): void {
  try {
    renameSync(part, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function entries(folder: string, name: RegExp): string[] {
  return readdirSync(folder)
    .filter((entry) => name.test(entry))
    .map((entry) => join(folder, entry));
}
