import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import {
  EMBEDDED_MAJORS,
  type EmbeddedServer,
  startEmbeddedServer,
} from '../../core/postgres/server';
import { selfSigned } from '../support/certificate';
import { type ClosedCheckout, closedCheckout } from '../support/closed-checkout';
import { createDatabase, query, serverForTests } from '../support/servers';
import { until } from '../support/until';

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe('every major', () => {
  it.each(EMBEDDED_MAJORS)('%i answers, stops and leaves nothing', async (major) => {
    const server = await startEmbeddedServer({ major });
    const rows = await query(server.url(), "SELECT current_setting('server_version_num') AS v");
    expect(String(rows[0]?.v).slice(0, 2)).toBe(String(major));
    await server.stop();
    expect(existsSync(server.directory)).toBe(false);
    expect(await accepts(server.port)).toBe(false);
  });
});

describe('a running server', () => {
  const server = serverForTests({ superuser: 'Scratch Owner-1', settings: { work_mem: '5MB' } });

  it('has the superuser, the settings and the locale that were asked for', async () => {
    const [row] = await query(
      server().url(),
      `SELECT current_user AS name, current_setting('work_mem') AS work_mem,
         current_setting('lc_messages') AS messages, getdatabaseencoding() AS encoding,
         lower('Ä') AS lower, current_setting('listen_addresses') AS addresses`,
    );
    expect(row).toEqual({
      name: 'Scratch Owner-1',
      work_mem: '5MB',
      messages: 'C',
      encoding: 'UTF8',
      lower: 'ä',
      addresses: '127.0.0.1',
    });
  });

  it('lets nobody in without the password', async () => {
    const url = new URL(server().url());
    url.password = 'wrong';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('makes databases of any name', async () => {
    const url = await createDatabase(server(), 'odd "name" é💾');
    expect(await query(url, 'SELECT current_database() AS name')).toEqual([
      { name: 'odd "name" é💾' },
    ]);
  });

  it('keeps its password out of its files', () => {
    const { password } = new URL(server().url());
    const files = readdirSync(server().directory);
    expect(files).not.toContain('password');
    expect(readFileSync(join(server().directory, 'postgresql.conf'), 'utf8')).not.toContain(
      password,
    );
    expect(readFileSync(server().log, 'utf8')).not.toContain(password);
  });
});

it('takes nothing but TLS when it has a certificate', async () => {
  const tls = await selfSigned('localhost');
  const server = await startEmbeddedServer({ tls });
  try {
    await expect(query(server.url(), 'SELECT 1')).rejects.toThrow('no encryption');
    const client = new Client({
      connectionString: server.url(),
      ssl: { ca: tls.certificate, servername: 'localhost' },
    });
    await client.connect();
    const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    await client.end();
    expect(rows).toEqual([{ ssl: true }]);
  } finally {
    await server.stop();
  }
});

describe('a start that fails', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'neon-backup-fails-'));
    chmodSync(directory, 0o1777);
  });
  // Empty, or this throws: a failed start leaves nothing.
  afterAll(() => rmdirSync(directory));

  it('says what the server said', async () => {
    const started = startEmbeddedServer({ directory, settings: { shared_buffers: 'plenty' } });
    await expect(started).rejects.toMatchObject({
      reason: 'tool_failed',
      output: expect.stringContaining('invalid value for parameter "shared_buffers": "plenty"'),
    });
  });

  it('is given up when the signal is aborted', async () => {
    const abort = new AbortController();
    const started = startEmbeddedServer({ directory, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(started).rejects.toThrow('enough');
  });

  it('names the majors that there are', async () => {
    const started = startEmbeddedServer({ directory, major: 9 });
    await expect(started).rejects.toMatchObject({ reason: 'usage' });
    await expect(started).rejects.toThrow('There is no embedded PostgreSQL 9.');
  });
});

describe('from an installation that only its owner can enter', () => {
  let checkout: ClosedCheckout;
  let child: ChildProcess | undefined;
  beforeAll(() => {
    checkout = closedCheckout();
  });
  afterEach(() => child?.kill('SIGKILL'));
  afterAll(() => checkout.remove());

  function start(): ChildProcess {
    const { program, directory, open } = checkout;
    const env = { ...process.env, HOME: directory, TMPDIR: directory };
    child = spawn(process.execPath, [program, open], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    return child;
  }

  it('runs, and ends when its parent is killed', async () => {
    const parent = start();
    const [said] = parent.stdout ? await once(parent.stdout, 'data') : [];
    const server = JSON.parse(String(said)) as Omit<EmbeddedServer, 'url'> & { url: string };
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    parent.kill('SIGKILL');
    await until(() => !existsSync(server.directory));
    expect(await accepts(server.port)).toBe(false);
  });

  it('ends also when its parent is killed while it starts', async () => {
    const parent = start();
    const isStarting = () =>
      readdirSync(checkout.open).some((name) => existsSync(join(checkout.open, name, 'data')));
    await until(isStarting);
    parent.kill('SIGKILL');
    await until(() => readdirSync(checkout.open).length === 0);
  });
});
