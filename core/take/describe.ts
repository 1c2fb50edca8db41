import type { Manifest, TableRows } from '../manifest';
import type { Job } from './job';
import type { StoredFile } from './meter';

/** The manifest of a run whose files are all stored. */
export function describeBackup(
  job: Job,
  files: StoredFile[],
  tables: TableRows[],
  finishedAt: Date,
): Manifest {
  const { server, extensions, roles } = job.inventory;
  const { host, neon } = job.source;
  const { version, major, systemIdentifier, locale, lockSlots: _, ...facts } = server;
  return {
    format: 1,
    ...job.address,
    source: {
      ...facts,
      host,
      serverVersion: version,
      serverMajor: major,
      ...(locale ? { locale } : {}),
      ...(systemIdentifier ? { systemIdentifier } : {}),
      ...(neon ? { neon } : {}),
    },
    // A branch's data is as old as the branch, however new the snapshot in it is.
    data: {
      time: neon?.time ?? job.snapshot.time.toISOString(),
      lsn: neon?.lsn ?? job.snapshot.lsn,
    },
    startedAt: job.startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    client: { version: job.tools.version },
    files,
    tables,
    largeObjects: job.snapshot.largeObjects,
    extensions: [...extensions],
    roles: [...roles],
    notes: [...job.notes],
  };
}
