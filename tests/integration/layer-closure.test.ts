import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type EmbeddedServer, startEmbeddedServer } from '../../core/postgres/server';
import { type ClientTools, clientToolsFor } from '../../core/postgres/tools';
import { selfSigned } from '../support/certificate';
import { type Jail, makeJail } from '../support/jail';

const HOST = 'db.example';

/** The minor that closed CVE-2025-8714: a server that is dumped could run programs where it is restored. */
const SAFE_MINOR: Record<number, number> = { 14: 19, 15: 14, 16: 10, 17: 6, 18: 0 };

describe.each([15, 17, 18])(
  'the client tools for PostgreSQL %i, alone in a root file system',
  (major) => {
    let tools: ClientTools;
    let server: EmbeddedServer;
    let jail: Jail;

    beforeAll(async () => {
      const certificate = await selfSigned(HOST);
      [tools, server, jail] = await Promise.all([
        clientToolsFor(major),
        startEmbeddedServer({ major, tls: certificate }),
        makeJail(),
      ]);
      jail.copy(join(tools.path('psql'), '../..'), 'opt/tools');
      jail.write('etc/hosts', `127.0.0.1 ${HOST}\n`);
      jail.write('authority.crt', certificate.certificate);
    });

    afterAll(async () => {
      await server?.stop();
      jail?.remove();
    });

    it('are what this major needs, without the known holes', () => {
      const [major = 0, minor = 0] = tools.version.split('.').map(Number);
      expect(tools.major).toBe(major);
      expect(minor).toBeGreaterThanOrEqual(SAFE_MINOR[major] ?? 0);
    });

    it('list what they were made of', () => {
      const lines = readFileSync(join(tools.path('psql'), '../../packages.txt'), 'utf8')
        .trim()
        .split('\n');

      expect(lines.filter((line) => !/^[a-z0-9.+-]+ \S+ [0-9a-f]{64}$/.test(line))).toEqual([]);
      const names = lines.map((line) => line.split(' ')[0]);
      expect(names).toEqual(
        expect.arrayContaining([
          `postgresql-client-${tools.major}`,
          'isal',
          'libc6',
          'libpq5',
          'ca-certificates',
        ]),
      );
    });

    it.each(['pg_dump', 'pg_dumpall', 'pg_restore', 'psql'])('start %s', async (tool) => {
      const output = await jail.run([`/opt/tools/bin/${tool}`, '--version']);
      expect(output.toString()).toContain(`${tool} (PostgreSQL) ${tools.version}`);
    });

    it('reach a server over TLS whose certificate and name they have checked', async () => {
      const query = 'select version from pg_stat_ssl where pid = pg_backend_pid()';

      const output = await inJail('psql', ['-XAtc', query]);

      expect(output.toString()).toBe('TLSv1.3\n');
    });

    it('refuse a server whose certificate is of no authority that Debian knows', async () => {
      const env = { PGSSLROOTCERT: '/opt/tools/share/ca-certificates.crt' };
      await expect(inJail('psql', ['-c', 'select 1'], { env })).rejects.toMatchObject({
        message: expect.stringContaining('certificate verify failed'),
      });
    });

    it('dump a database, and read the archive', async () => {
      await inJail('psql', ['-qc', 'create table if not exists kept as select 42 as answer']);

      const archive = await inJail('pg_dump', ['-Fc', '-t', 'kept']);
      const sql = await inJail('pg_restore', ['-f', '-'], { input: archive });

      expect(sql.toString()).toMatch(/^COPY public\.kept \(answer\) FROM stdin;\n42\n\\\.$/m);
    });

    it('dump the whole server, for which pg_dumpall starts its own pg_dump', async () => {
      const sql = await inJail('pg_dumpall', ['--schema-only']);
      expect(sql.toString()).toContain(`-- Dumped by pg_dump version ${tools.version}`);
    });

    it('compress as gzip does', async () => {
      const text = Buffer.from('INSERT INTO kept VALUES (42);\n'.repeat(10_000));

      const output = await jail.run(['/opt/tools/bin/igzip', '-c'], { input: text });

      expect(output.length).toBeLessThan(text.length / 10);
      expect(gunzipSync(output).equals(text)).toBe(true);
    });

    it('ask a name server for a name', async () => {
      const psql = [
        '/opt/tools/bin/psql',
        'postgres://someone@elsewhere.example:1/x?connect_timeout=5',
      ];
      await expect(jail.runWithNameServer(psql)).rejects.toMatchObject({
        message: expect.stringContaining('"elsewhere.example" (127.0.0.1), port 1 failed'),
      });
    });

    function inJail(
      tool: string,
      args: string[],
      { env, input }: { env?: Record<string, string>; input?: Uint8Array } = {},
    ): Promise<Buffer> {
      const url = new URL(server.url());
      const connection = {
        PGHOST: HOST,
        PGPORT: url.port,
        PGUSER: url.username,
        PGPASSWORD: url.password,
        PGDATABASE: url.pathname.slice(1),
        PGSSLMODE: 'verify-full',
        PGSSLROOTCERT: '/authority.crt',
      };
      return jail.run([`/opt/tools/bin/${tool}`, ...args], {
        env: { ...connection, ...env },
        ...(input ? { input } : {}),
      });
    }
  },
);
