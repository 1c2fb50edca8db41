import type { Reason } from '../errors';

export const CHECK_CERTIFICATE =
  'Check the host name and its certificate (sslrootcert=FILE for a private authority).';

/** What to do about an error of the server, whether a query of ours met it or a client program. */
export const CURES: Partial<Record<Reason, string>> = {
  auth: 'Check the user and the password in the database URL.',
  version_mismatch: 'Use client programs at least as new as the server.',
  lock_timeout:
    'Something holds a lock, as a migration does. Try again when it has ended, or give --lock-timeout more.',
  permission: 'Give the role the rights that it lacks; `npx neon-backup doctor` names them.',
  source_disconnected: 'Try again; the server ended the connection.',
  source_unavailable: 'Check that the server runs and can be reached from here.',
  store: 'Free some space.',
};

/** PostgreSQL's own words, and what they mean here. The first that fits counts. */
const MEANINGS: readonly (readonly [RegExp, Reason, string?])[] = [
  [/server version mismatch/, 'version_mismatch'],
  [
    /password authentication failed|no password supplied|role ".*" does not exist.*FATAL|FATAL: +role ".*" does not exist|permission denied for database/,
    'auth',
  ],
  // pg_dump takes its locks under a statement timeout, and PostgreSQL says so.
  [/canceling statement due to (lock|statement) timeout/, 'lock_timeout'],
  [
    /server closed the connection|invalid snapshot identifier|snapshot ".*" does not exist|terminating connection|connection not open|no connection to the server|lost synchronization|SSL connection has been closed|SSL SYSCALL error|SSL error: unexpected eof|Connection reset by peer/,
    'source_disconnected',
  ],
  [/certificate|SSL error|does not support SSL/, 'source_unavailable', CHECK_CERTIFICATE],
  [
    /could not connect|connection to server .* failed|could not translate host/,
    'source_unavailable',
  ],
  [/permission denied|must be owner|must be superuser|row-level security/, 'permission'],
  [
    /invalid memory alloc request size/,
    'refused',
    'A value is larger than half a gigabyte, which no PostgreSQL program can dump; find it with pg_column_size and split it.',
  ],
  [/No space left on device/, 'store'],
];

/** The meaning of a client program's last lines; `tool_failed` where they are of another kind. */
export function classify(output: string): { reason: Reason; cure?: string } {
  const found = MEANINGS.find(([pattern]) => pattern.test(output));
  if (!found) return { reason: 'tool_failed' };
  const [, reason, cure = CURES[reason]] = found;
  return cure ? { reason, cure } : { reason };
}
