import { type BackupStatus, readBackupStatus, readStatus, type Status } from '../core/watch/status';
import { log, settings, store } from './deployment';
import { parseStatusEvent } from './event';
import { describe } from './failure';
import { promises } from './promises';

/**
 * Says how the backups stand, or how one of them does, and nothing of their data. It only reads.
 * @param event `{}`, or `{ id }`
 * @throws BackupError `not_found` for an id that is none, or whatever kept it from looking
 */
export async function handler(event: unknown): Promise<Status | BackupStatus> {
  const { database } = settings;
  try {
    const { id } = parseStatusEvent(event);
    return id === undefined
      ? await readStatus(store, { database, promises: promises() })
      : await readBackupStatus(store, id, database);
  } catch (error) {
    log.error('no status', describe(error));
    throw error;
  }
}
