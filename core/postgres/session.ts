import { Client } from 'pg';
import { pause } from '../pause';
import { type Address, clientConfig, withoutTransactionTimeout } from './address';
import { codeOf, connectionError, isPassing, queryError } from './session-errors';

export { DIRECT_HOST } from './session-errors';

/** One connection for queries of ours. */
export interface Session {
  rows<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  row<Row>(sql: string, parameters?: unknown[]): Promise<Row>;
  close(): Promise<void>;
}

/** How often a server that is just starting, as a suspended one does, is asked again. */
const ATTEMPTS = 6;

/**
 * Connects. A server that can't be reached, or says that it is starting, is asked again for about
 * half a minute.
 * @param signal ends the connection, then or later; what was asked of it fails with the signal's reason
 * @throws BackupError `auth`, `source_unavailable`, `pooler`
 */
export async function connect(
  address: Address,
  { attempts = ATTEMPTS, signal }: { attempts?: number; signal?: AbortSignal | undefined } = {},
): Promise<Session> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await open(address, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const failure = connectionError(error, address);
      if (failure.reason !== 'source_unavailable' || !isPassing(error) || attempt >= attempts)
        throw failure;
      await pause(250 * 2 ** attempt * (0.5 + Math.random()), signal);
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

/** Opens a session that no limit of its role or database ends. */
async function open(address: Address, signal?: AbortSignal): Promise<Session> {
  try {
    const client = await start(address, signal);
    if (!(await endsTransactions(client))) return sessionOf(client, signal);
    await end(client);
  } catch (error) {
    // The limit may be too short even to ask about it.
    if (codeOf(error) !== TRANSACTION_TIMEOUT) throw error;
  }
  return sessionOf(await start(withoutTransactionTimeout(address), signal), signal);
}

const TRANSACTION_TIMEOUT = '25P04';

async function endsTransactions(client: Client): Promise<boolean> {
  const sql = "SELECT coalesce(current_setting('transaction_timeout', true), '0') AS limit";
  try {
    return (await client.query(sql)).rows[0].limit !== '0';
  } catch (error) {
    await end(client);
    throw error;
  }
}

async function start(address: Address, signal?: AbortSignal): Promise<Client> {
  const client = new Client(clientConfig(address));
  // A connection that breaks while no query runs is told by the next query.
  client.on('error', () => undefined);
  const hangUp = (): void => void client.connection.stream.destroy();
  signal?.addEventListener('abort', hangUp);
  client.once('end', () => signal?.removeEventListener('abort', hangUp));
  await client.connect();
  return client;
}

function sessionOf(client: Client, signal?: AbortSignal): Session {
  const rows = async <Row>(sql: string, parameters?: unknown[]): Promise<Row[]> => {
    try {
      return (await client.query(sql, parameters)).rows as Row[];
    } catch (error) {
      signal?.throwIfAborted();
      throw queryError(error);
    }
  };
  return {
    rows,
    row: async <Row>(sql: string, parameters?: unknown[]) =>
      (await rows<Row>(sql, parameters))[0] as Row,
    close: () => end(client),
  };
}

const GOODBYE_MS = 2_000;

/** A server that hangs would never say goodbye. */
async function end(client: Client): Promise<void> {
  const hangUp = setTimeout(() => client.connection.stream.destroy(), GOODBYE_MS);
  await client.end();
  clearTimeout(hangUp);
}
