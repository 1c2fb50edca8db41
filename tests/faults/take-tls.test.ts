import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupError } from '../../core/errors';
import { type Address, parseAddress, programEnvironment } from '../../core/postgres/address';
import { runProgram } from '../../core/postgres/program';
import { type EmbeddedServer, startEmbeddedServer } from '../../core/postgres/server';
import { connect } from '../../core/postgres/session';
import { clientToolsFor } from '../../core/postgres/tools';
import { type Certificate, selfSigned } from '../support/certificate';
import { temporaryFolder } from '../support/faults/folder';
import { type Impostor, startImpostor } from '../support/faults/impostor';
import { expectHelpful, protectedDatabase } from '../support/faults/protected';
import { until } from '../support/until';

const folder = temporaryFolder('authorities');

/** A certificate for this name, which is its own authority, and the file of that. */
async function authority(host: string): Promise<Certificate & { file: string }> {
  const made = await selfSigned(host);
  const file = join(folder, `${host}.crt`);
  writeFileSync(file, made.certificate);
  return { ...made, file };
}

/** What came of pg_dump with this address, and of a session of ours. */
const CLIENTS: [string, (address: Address) => Promise<unknown>][] = [
  ['a session of ours', async (address) => (await connect(address, { attempts: 1 })).close()],
  ['pg_dump', dump],
];

async function dump(address: Address): Promise<unknown> {
  const tools = await clientToolsFor(18);
  const env = programEnvironment(address, { caFile: tools.caFile });
  return runProgram(tools.path('pg_dump'), ['--schema-only', '--no-password'], { env });
}

async function refused(work: Promise<unknown>): Promise<BackupError> {
  const error = await work.then(
    () => 'no error',
    (error: unknown) => error,
  );
  expectHelpful(error as BackupError, 'source_unavailable');
  return error as BackupError;
}

describe('a server with a certificate of a private authority', () => {
  let server: EmbeddedServer;
  let file: string;
  beforeAll(async () => {
    const { certificate, key, ...made } = await authority('localhost');
    file = made.file;
    server = await startEmbeddedServer({ tls: { certificate, key } });
  });
  afterAll(() => server?.stop());

  const url = (name?: string, parameters: Record<string, string> = { sslrootcert: file }) => {
    const found = new URL(server.url(name));
    found.hostname = 'localhost';
    found.search = `${new URLSearchParams({ sslmode: 'verify-full', ...parameters })}`;
    return found.href;
  };
  const database = protectedDatabase(
    () => ({ ...server, url }),
    'CREATE TABLE one AS SELECT 1 AS id',
  );

  it('is backed up when the URL names the authority', async () => {
    const { id } = await database().take({ plain: true });

    expect(await database().verify(id)).toBe('VERIFIED content');
  });

  it('is refused when nobody vouches for it', async () => {
    const { caFile: _, ...source } = database().source;

    const error = await database().fails('source_unavailable', {
      source: { ...source, caFile: undefined },
    });

    expect(error.message).toContain('self-signed certificate');
    expect(error.cure).toContain('sslrootcert');
  });

  it.each(CLIENTS)('is refused by %s when another authority is named', async (_, use) => {
    const other = await authority('other.example.com');

    const error = await refused(use({ ...database().source, caFile: other.file }));

    expect(error.cure).toContain('sslrootcert');
  });

  it.each(CLIENTS)('is refused by %s when it has another name', async (_, use) => {
    const error = await refused(use({ ...database().source, host: '127.0.0.1' }));

    expect(error.cure).toContain('host name');
  });
});

describe('somebody who answers in the place of the server', () => {
  let impostor: Impostor;
  let shown: Awaited<ReturnType<typeof authority>>;
  beforeAll(async () => {
    shown = await authority('localhost');
  });
  afterEach(() => impostor.close());

  const victim = (parameters: string) =>
    parseAddress(`postgres://app:canary-password@localhost:${impostor.port}/app?${parameters}`);

  it.each(CLIENTS)('hears nothing from %s when the certificate is unknown', async (_, use) => {
    impostor = await startImpostor(shown);

    await refused(use(victim('sslmode=verify-full')));

    expect(impostor.heard()).toBe('');
  });

  it.each(CLIENTS)('hears nothing from %s when it knows no TLS', async (_, use) => {
    impostor = await startImpostor();

    await refused(use(victim('sslmode=verify-full')));

    expect(impostor.heard()).toBe('');
  });

  it('would hear the password from a client that is less careful', async () => {
    impostor = await startImpostor(shown);

    const abort = new AbortController();
    const connecting = connect(victim('sslmode=require'), { signal: abort.signal });
    await until(() => impostor.heard().includes('canary-password'));
    abort.abort(new Error('heard'));

    await expect(connecting).rejects.toThrow('heard');
  });
});
