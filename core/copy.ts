import { backupPrefix, FILES } from '../contract/keys';
import type { Backup } from './catalog';
import { BackupError, isBackupError } from './errors';
import { toJson } from './json';
import { abandonRun } from './retain/abandon';
import type { Store } from './stores/store';
import { Meter } from './take/meter';

export interface CopyOptions {
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Gives the copy up when aborted, with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies a backup into another store, checks every byte on the way, and writes the manifest last: the
 * copy is complete or absent, as every backup is.
 * @throws BackupError `corrupt` where a file is not what the manifest says
 */
export async function copyBackup(
  from: Store,
  { address, manifest, verification }: Backup,
  to: Store,
  { onBytes, signal }: CopyOptions = {},
): Promise<void> {
  const prefix = backupPrefix(address);
  try {
    for (const { name, bytes, sha256 } of manifest.files) {
      signal?.throwIfAborted();
      const meter = new Meter(onBytes);
      const source = await from.read(prefix + name, { signal });
      source.on('error', (error) => meter.destroy(error));
      signal?.addEventListener('abort', () => meter.destroy(signal.reason), { once: true });
      const stored = await to.put(prefix + name, source.pipe(meter), { expectedBytes: bytes });
      if (stored === bytes && meter.file(name).sha256 === sha256) continue;
      throw new BackupError(
        'corrupt',
        `${name} is not what the manifest says, so the copy was given up.`,
        { cure: `Verify the backup: npx neon-backup verify ${address.id} --in ${from.url}` },
      );
    }
    if (verification) await to.put(prefix + FILES.verification, toJson(verification));
    await to.put(prefix + FILES.manifest, toJson(manifest));
  } catch (error) {
    await abandonRun(to, address).catch(unlessComplete);
    throw error;
  }
}

/** Another copy into the same place was faster; it is whole, and stays. */
function unlessComplete(error: unknown): void {
  if (!isBackupError(error, 'refused')) throw error;
}
