import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { BackupError } from '../../errors';

/**
 * Where built tools are kept: `$XDG_CACHE_HOME` or `~/.cache`, else a folder of this user's own among
 * the temporary files, as in a container without a home.
 * @throws BackupError `refused` where that folder belongs to somebody else
 */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const set = env.XDG_CACHE_HOME;
  const base = set && isAbsolute(set) ? set : join(env.HOME || homedir(), '.cache');
  return writable(join(base, 'neon-backup/tools')) ?? temporaryFolder();
}

function writable(folder: string): string | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return folder;
  } catch {
    return undefined;
  }
}

/** Programs are run from here, so nobody else may have made it. */
function temporaryFolder(): string {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `neon-backup-tools-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0) return folder;
  throw new BackupError('refused', `Expected ${folder} to be a folder that only you can write.`, {
    cure: 'Remove it, or set XDG_CACHE_HOME to a folder of your own.',
  });
}
