import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import {
  type EmbeddedServer,
  type EmbeddedServerOptions,
  startEmbeddedServer,
} from '../../core/postgres/server';

/**
 * A server for all the tests of the file or `describe` that calls this: started before the first
 * and stopped after the last. Each test makes databases of its own on it.
 */
export function serverForTests(options: EmbeddedServerOptions = {}): () => EmbeddedServer {
  let server: EmbeddedServer | undefined;
  beforeAll(async () => {
    server = await startEmbeddedServer(options);
  });
  afterAll(() => server?.stop());
  return () => {
    if (!server) throw new Error('The server is started by beforeAll, and there only.');
    return server;
  };
}

/** A new, empty database; its URL. */
export async function createDatabase(
  server: EmbeddedServer,
  name = `test_${randomBytes(4).toString('hex')}`,
): Promise<string> {
  await query(server.url(), `CREATE DATABASE ${escapeIdentifier(name)}`);
  return server.url(name);
}

/** Runs a statement, or several without values, on a connection of its own; the rows. */
export async function query<Row extends object = Record<string, unknown>>(
  url: string,
  sql: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
