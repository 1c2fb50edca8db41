import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { packageRoot } from '../core/package-root';

/** The tables take this much for each user, indexes included. */
const BYTES_PER_USER = 96_000;
/** Each step scans all paragraphs for every table, so few and large steps are the fast ones. */
const MOST_USERS_PER_STEP = 1_500;
const PARAGRAPHS = 60_000;

export interface CircuitIqSize {
  /** What the tables and their indexes are to take on the server's disk, in 10^6 bytes. */
  readonly megabytes: number;
}

/**
 * Fills an empty database with one like CircuitIQ's, as Prisma makes it. The server makes the rows
 * itself, on two connections; the same size always gives the same rows.
 */
export async function loadCircuitIq(url: string, { megabytes }: CircuitIqSize): Promise<void> {
  const users = Math.max(1, Math.round((megabytes * 1e6) / BYTES_PER_USER));
  const connections = [new Client(url), new Client(url)];
  try {
    await Promise.all(connections.map((connection) => connection.connect()));
    await load(connections, users);
  } finally {
    await Promise.all(connections.map((connection) => connection.end()));
  }
}

async function load(connections: Client[], users: number): Promise<void> {
  const run = (file: string) =>
    connections[0]?.query(readFileSync(join(packageRoot(), 'bench/circuitiq', file), 'utf8'));
  await run('tables.sql');
  await run('generator.sql');
  await inSteps(connections, 'write_paragraphs', PARAGRAPHS, PARAGRAPHS / 4);
  await inSteps(connections, 'fill', users, Math.min(Math.ceil(users / 6), MOST_USERS_PER_STEP));
  await connections[0]?.query('DROP SCHEMA generator CASCADE');
  await run('constraints.sql');
}

/** Calls `procedure(first, last)` for all of `0 .. count - 1`, on every connection as it gets free. */
async function inSteps(connections: Client[], procedure: string, count: number, step: number) {
  let next = 0;
  const work = async (connection: Client) => {
    while (next < count) {
      const first = next;
      next += step;
      const last = Math.min(next, count) - 1;
      await connection.query(`CALL generator.${procedure}(${first}, ${last})`);
    }
  };
  await Promise.all(connections.map(work));
}
