import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import type { ClientConfig } from 'pg';
import { parse } from 'pg-connection-string';
import { BackupError } from '../errors';

/** One database, and how to reach it. The password is the only secret in it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  /** `verify-full` for every host but this machine itself. */
  readonly tls: 'off' | 'encrypt' | 'verify-full';
  /** The certificate authorities to trust, a PEM file; undefined: the usual public ones. */
  readonly caFile: string | undefined;
  /** More `-c name=value` options for the session, from the URL's `options`. */
  readonly options: string | undefined;
}

const EXAMPLE = 'postgres://user:password@host:5432/database';

/**
 * Reads a `postgres://` URL.
 * @throws BackupError `usage`; its message never quotes the URL, since that holds the password
 */
export function parseAddress(url: string): Address {
  const parsed = parseUrl(url);
  const { host } = parsed;
  const database = databaseOf(url);
  if (!host) throw badUrl('names no host');
  if (!database) throw badUrl('names no database');
  const parameters = parametersOf(url);
  return {
    host,
    port: Number(parsed.port || 5432),
    user: parsed.user || process.env.USER || 'postgres',
    password: parsed.password || undefined,
    database,
    tls: tlsMode(host, parameters.get('sslmode') ?? undefined),
    caFile: certificateFile(parameters.get('sslrootcert') ?? undefined),
    options: parameters.get('options') ?? undefined,
  };
}

/** The database's name, any name: the parser leaves the codes of "/", "?", "#" and a few more as they are. */
function databaseOf(url: string): string {
  return decodeURIComponent(/^\w+:\/\/[^/?]*\/([^?]*)/.exec(url)?.[1] ?? '');
}

/** The same server, another database. */
export function onDatabase(address: Address, database: string): Address {
  return { ...address, database };
}

/** `host:port/database`, for messages: no user, no password. */
export function describe({ host, port, database }: Address): string {
  return `${host}:${port}/${database}`;
}

function parseUrl(url: string): ReturnType<typeof parse> {
  if (!/^postgres(ql)?:\/\//.test(url)) throw badUrl('does not start with postgres://');
  if (/^[^?]*@[^/?]*,/.test(url)) throw badUrl('names several hosts; name one');
  try {
    decodeURIComponent(url);
    // The parser encodes a URL with a space in it once more, which changes other letters too.
    return parse(withoutTls(url).replaceAll(' ', '%20'));
  } catch {
    // The parser's own error quotes the URL.
    throw badUrl('cannot be read; a "/", "@", "#" or "%" in a password has to be percent-encoded');
  }
}

function badUrl(what: string): BackupError {
  return new BackupError('usage', `The database URL ${what}.`, { cure: `Give it as ${EXAMPLE}.` });
}

function parametersOf(url: string): URLSearchParams {
  return new URLSearchParams(url.split('?')[1] ?? '');
}

/** The parser would open certificate files and choose laxer modes than ours. */
function withoutTls(url: string): string {
  const parameters = parametersOf(url);
  for (const name of [...parameters.keys()]) {
    if (name.startsWith('ssl') || name === 'channel_binding') parameters.delete(name);
  }
  return `${url.split('?')[0]}?${parameters}`;
}

function tlsMode(host: string, asked: string | undefined): Address['tls'] {
  if (!isThisMachine(host) || asked?.startsWith('verify')) return 'verify-full';
  return asked === 'require' ? 'encrypt' : 'off';
}

export function isThisMachine(host: string): boolean {
  if (host.startsWith('/') || host === 'localhost' || host === '::1') return true;
  return isIPv4(host) && host.startsWith('127.');
}

function certificateFile(value: string | undefined): string | undefined {
  return value === 'system' ? undefined : value;
}

/**
 * Session settings that every connection and client program has, at source and scratch alike: a
 * database's own settings otherwise make thousands of lines differ after a perfect restore, and its
 * own limits end a long dump. They come with the connection and are never SET later, since behind a
 * pooler that would change a session of the application.
 */
const PINNED = [
  ...['bytea_output=hex', 'lc_monetary=C', 'intervalstyle=postgres', 'datestyle=ISO'],
  ...['statement_timeout=0', 'lock_timeout=0'],
  ...['idle_in_transaction_session_timeout=0', 'idle_session_timeout=0'],
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

function sessionOptions({ options }: Address): string {
  return [options, PINNED].filter(Boolean).join(' ');
}

/** For servers of 17 and newer: older ones take no connection with a setting that they don't know. */
export function withoutTransactionTimeout(address: Address): Address {
  const options = [address.options, '-c transaction_timeout=0'].filter(Boolean).join(' ');
  return { ...address, options };
}

/** Configuration of a `pg` client. */
export function clientConfig(address: Address): ClientConfig {
  const { host, port, user, password, database } = address;
  return {
    host,
    port,
    user,
    ...(password === undefined ? {} : { password }),
    database,
    ssl: clientTls(address),
    options: `${sessionOptions(address)} -c timezone=UTC`,
    application_name: 'neon-backup',
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    enableChannelBinding: true,
  };
}

function clientTls({ tls, caFile }: Address): ClientConfig['ssl'] {
  if (tls === 'off') return false;
  if (tls === 'encrypt') return { rejectUnauthorized: false };
  return caFile === undefined ? {} : { ca: readFileSync(caFile) };
}

/**
 * The environment of a client program: everything about the connection, so that none of it is in
 * its arguments, and nothing else of ours.
 * @param caFile public certificate authorities, for an address that brings none of its own
 * @param encoding what the dump is written in; only a SQL_ASCII database needs its own
 */
export function programEnvironment(
  address: Address,
  { caFile, encoding = 'UTF8' }: { caFile?: string | undefined; encoding?: string } = {},
): Record<string, string> {
  const roots = address.caFile ?? caFile;
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: process.env.HOME ?? '/nonexistent',
    LC_ALL: 'C',
    PGHOST: address.host,
    PGPORT: String(address.port),
    PGUSER: address.user,
    PGDATABASE: address.database,
    ...(address.password === undefined ? {} : { PGPASSWORD: address.password }),
    PGSSLMODE: { off: 'disable', encrypt: 'require', 'verify-full': 'verify-full' }[address.tls],
    // Homebrew's client programs know the system's own authorities by this name.
    ...(address.tls === 'verify-full' ? { PGSSLROOTCERT: roots ?? 'system' } : {}),
    PGCONNECT_TIMEOUT: '15',
    PGAPPNAME: 'neon-backup',
    PGTZ: 'UTC',
    PGCLIENTENCODING: encoding,
    PGOPTIONS: sessionOptions(address),
  };
}
