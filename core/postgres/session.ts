import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { BackupError, messageOf, type Reason } from '../errors';
import { type Address, clientConfig, describe } from './address';

/** One connection for queries of ours. */
export interface Session {
  rows<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  row<Row>(sql: string, parameters?: unknown[]): Promise<Row>;
  close(): Promise<void>;
}

/** Nothing that a role or a database has set may end a session of ours; unknown ones are passed over. */
const NO_LIMITS = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN (
  'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')`;

/** How often a server that is just starting, as a suspended one does, is asked again. */
const ATTEMPTS = 6;

/**
 * Connects. A server that can't be reached, or says that it is starting, is asked again for about
 * half a minute.
 * @throws BackupError `auth`, `source_unavailable`
 */
export async function connect(
  address: Address,
  { attempts = ATTEMPTS, signal }: { attempts?: number; signal?: AbortSignal | undefined } = {},
): Promise<Session> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(address);
    } catch (error) {
      const failure = connectionError(error, address);
      if (failure.reason !== 'source_unavailable' || !isPassing(error) || attempt >= attempts)
        throw failure;
      await wait(250 * 2 ** attempt * (0.5 + Math.random()), undefined, signal ? { signal } : {});
    }
  }
}

/** Runs a piece of work over a connection that is closed in every ending. */
export async function withSession<T>(
  address: Address,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connect(address);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

async function open(address: Address): Promise<Session> {
  const client = new Client(clientConfig(address));
  // A connection that breaks while no query runs is told by the next query.
  client.on('error', () => undefined);
  await client.connect();
  const query = async <Row>(sql: string, parameters?: unknown[]): Promise<Row[]> => {
    try {
      return (await client.query(sql, parameters)).rows as Row[];
    } catch (error) {
      throw queryError(error);
    }
  };
  await query(NO_LIMITS);
  return {
    rows: query,
    row: async <Row>(sql: string, parameters?: unknown[]) =>
      (await query<Row>(sql, parameters))[0] as Row,
    close: () => client.end(),
  };
}

const codeOf = (error: unknown): string => String((error as { code?: unknown })?.code ?? '');

/** Errors of a server that is starting, stopping, full, or not there yet. */
function isPassing(error: unknown): boolean {
  const passing = [
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
  return passing.includes(codeOf(error)) || /timeout|terminated/i.test(messageOf(error));
}

function connectionError(error: unknown, address: Address): BackupError {
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
};

function queryError(error: unknown): BackupError {
  const code = codeOf(error);
  const why = messageOf(error);
  const disconnected = code === '' || code.startsWith('08') || code.startsWith('ECONN');
  const reason = REASONS[code] ?? (disconnected ? 'source_disconnected' : 'tool_failed');
  return new BackupError(reason, `The server answered a query with an error: ${why}.`);
}

/** Waits for a promise of ours at most so long. */
export async function within<T>(
  milliseconds: number,
  work: Promise<T>,
  failure: () => BackupError,
): Promise<T> {
  const stop = new AbortController();
  const late = wait(milliseconds, undefined, { signal: stop.signal }).then(() => {
    throw failure();
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
  }
}
