import { BackupError } from '../errors';

/** Bytes are there, and wrong. `what` follows "The archive is damaged: ". */
export function corrupt(what: string): BackupError {
  return new BackupError('corrupt', `The archive is damaged: ${what}.`);
}

/** Bytes are missing. `what` follows "The archive is not complete: ". */
export function incomplete(what: string): BackupError {
  return new BackupError('incomplete', `The archive is not complete: ${what}.`);
}

/** `version` as a number: 1014 is 1.14. */
export function unknownVersion(version: number): BackupError {
  return new BackupError(
    'undecidable',
    `The archive is of format ${Math.floor(version / 1000)}.${version % 1000}, which this release of neon-backup can't read.`,
    {
      cure: 'Use a newer release; pg_restore of the same PostgreSQL release reads it in any case.',
    },
  );
}
