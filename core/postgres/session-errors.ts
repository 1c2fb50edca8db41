import { BackupError, messageOf, type Reason } from '../errors';
import { type Address, describe } from './address';
import { CHECK_CERTIFICATE, CURES } from './meanings';

/** The server's SQLSTATE, or the network's code; empty where there is neither. */
export const codeOf = (error: unknown): string => String((error as { code?: unknown })?.code ?? '');

const PASSING: readonly string[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EAI_AGAIN',
  '57P03',
  '57P01',
  '53300',
  '08006',
  '08001',
];

/** Errors of a server that is starting, stopping, full, or not there yet. */
export function isPassing(error: unknown): boolean {
  return PASSING.includes(codeOf(error)) || /timeout|terminated/i.test(messageOf(error));
}

/** Why no connection came about: `auth`, `pooler` or `source_unavailable`. */
export function connectionError(error: unknown, address: Address): BackupError {
  const where = describe(address);
  const why = messageOf(error) || codeOf(error);
  if (/unsupported startup parameter/.test(why)) {
    return new BackupError('pooler', `A connection pooler answers at ${where}.`, {
      cure: DIRECT_HOST,
    });
  }
  if (codeOf(error).startsWith('28') || codeOf(error) === '42501') {
    return new BackupError(
      'auth',
      `The server at ${where} refused the user ${address.user}: ${why}.`,
      {
        cure: 'Check the user and the password in the database URL.',
      },
    );
  }
  if (/certificate|SSL/.test(why)) {
    return new BackupError('source_unavailable', `No safe connection to ${where}: ${why}.`, {
      cure: CHECK_CERTIFICATE,
    });
  }
  return new BackupError(
    codeOf(error) === '3D000' ? 'auth' : 'source_unavailable',
    `No connection to ${where}: ${why}.`,
    {
      cure: 'Check that the server runs, that the host, port and database are right, and that it can be reached from here.',
    },
  );
}

export const DIRECT_HOST =
  "Use the direct connection string: a pooler shares one session among clients, which breaks pg_dump and can break the application's own sessions.";

const REASONS: Record<string, Reason> = {
  '55P03': 'lock_timeout',
  '42501': 'permission',
  '57P01': 'source_disconnected',
  '57P02': 'source_disconnected',
  '57P05': 'source_disconnected',
};

/** Why a query of ours failed, once there was a connection. */
export function queryError(error: unknown): BackupError {
  const code = codeOf(error);
  const why = messageOf(error);
  const disconnected = code === '' || code.startsWith('08') || code.startsWith('ECONN');
  const reason = REASONS[code] ?? (disconnected ? 'source_disconnected' : 'tool_failed');
  const cure = CURES[reason];
  return new BackupError(
    reason,
    `The server answered a query with an error: ${why}.`,
    cure ? { cure } : {},
  );
}
