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
  const { version, major, systemIdentifier, locale, lockSlots: _, ...facts } = server;
  return {
    format: 1,
    ...job.address,
    source: {
      ...facts,
      host: job.source.host,
      serverVersion: version,
      serverMajor: major,
      ...(locale ? { locale } : {}),
      ...(systemIdentifier ? { systemIdentifier } : {}),
    },
    data: { time: job.snapshot.time.toISOString(), lsn: job.snapshot.lsn },
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
