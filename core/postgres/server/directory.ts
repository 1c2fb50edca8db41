import { execFile } from 'node:child_process';
import { chown, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupError, messageOf } from '../../errors';
import type { PlatformUser } from '../../platform-user';
import { identity } from './binaries';

/**
 * Makes a directory, 0700, that belongs to the user that the server runs as: in `parent`, or in the
 * system's place for temporary files. That may be closed to the user, as when root's TMPDIR is below
 * its home; then it is the place that every system opens to all.
 * @throws BackupError `permission` when the user cannot enter it.
 */
export async function privateDirectory(
  parent: string | undefined,
  user: PlatformUser | undefined,
): Promise<string> {
  const places = parent === undefined ? [tmpdir(), '/tmp', '/var/tmp'] : [parent];
  for (const place of places) {
    const directory = await make(place);
    if (user) await chown(directory, user.uid, user.gid);
    if (await canEnter(directory, user)) return directory;
    await rm(directory, { recursive: true });
  }
  throw new BackupError(
    'permission',
    `The directory ${places[0]} cannot be entered by the user ${user?.name ?? 'of this process'}.`,
    { cure: 'Name another directory, or run the command as an ordinary user.' },
  );
}

async function make(place: string): Promise<string> {
  try {
    return await mkdtemp(join(await realpath(place), 'neon-backup-server-'));
  } catch (cause) {
    throw new BackupError('permission', `No directory can be made: ${messageOf(cause)}.`, {
      cause,
      cure: 'Name another directory.',
    });
  }
}

function canEnter(directory: string, user: PlatformUser | undefined): Promise<boolean> {
  return new Promise((done) => {
    const asked = ['-c', 'cd "$0" && test -w .', directory];
    execFile('/bin/sh', asked, { ...identity(user), cwd: '/' }, (error) => done(!error));
  });
}
