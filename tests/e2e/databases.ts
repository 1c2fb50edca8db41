import { loadCircuitIq } from '../../bench/circuitiq';
import type { EmbeddedServer } from '../../core/postgres/server';
import { query } from '../support/servers';
import { CANARIES } from './deployment';

/** In 10^6 bytes: enough for an upload in parts. */
const SIZE = 30;

/** A database like CircuitIQ's, whose owner is no superuser; its URL, as its owner. */
export async function makeSource(server: EmbeddedServer): Promise<string> {
  const url = await asOwner(server, 'circuitiq');
  await loadCircuitIq(url, { megabytes: SIZE });
  return url;
}

/** An empty database of an owner who may make others; its URL, as its owner. */
export async function asOwner(server: EmbeddedServer, name: string): Promise<string> {
  const owner = `owner_of_${name}`;
  await query(server.url(), `CREATE ROLE ${owner} LOGIN CREATEDB PASSWORD '${CANARIES.password}'`);
  await query(server.url(), `CREATE DATABASE ${name} OWNER ${owner}`);
  const login = { username: owner, password: CANARIES.password };
  return Object.assign(new URL(server.url(name)), login).href;
}

/** How many rows each of the tables that matter has. */
export async function rowsOf(url: string): Promise<unknown> {
  const tables = ['User', 'Diagram', 'Analysis', 'Component'];
  const counts = tables.map(
    (table) =>
      `SELECT '${table}' AS name, count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM "${table}" t`,
  );
  return query(url, `${counts.join(' UNION ALL ')} ORDER BY name`);
}
