import fc from 'fast-check';
import { BackupError } from '../../core/errors';
import {
  clientConfig,
  describe as nameOf,
  parseAddress,
  programEnvironment,
} from '../../core/postgres/address';

const CANARY = 'canary-of-a-password';

/** Any name or password, except that nothing can hold a NUL. */
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((value) => !value.includes('\0'));

describe('parseAddress', () => {
  it('gives back any user, password and database', () => {
    fc.assert(
      fc.property(
        text,
        text,
        text,
        fc.integer({ min: 1, max: 65_535 }),
        (user, password, database, port) => {
          const [u, p, d] = [user, password, database].map(encodeURIComponent);

          const address = parseAddress(
            `postgres://${u}:${p}@db.example.com:${port}/${d}?sslmode=require`,
          );

          expect(address).toMatchObject({ user, password, database, port, host: 'db.example.com' });
        },
      ),
    );
  });

  it('hands them to pg and to the client programs as they are', () => {
    fc.assert(
      fc.property(text, text, text, (user, password, database) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent);
        const address = parseAddress(`postgresql://${u}:${p}@localhost/${d}`);

        expect(clientConfig(address)).toMatchObject({ user, password, database });
        expect(programEnvironment(address)).toMatchObject({
          PGUSER: user,
          PGPASSWORD: password,
          PGDATABASE: database,
        });
        expect(nameOf(address)).toBe(`localhost:5432/${database}`);
      }),
    );
  });

  it('takes a name with a space as it is, beside encoded ones', () => {
    const address = parseAddress('postgres://app:a%4Ab%2Fc@localhost/my db');

    expect(address).toMatchObject({ password: 'aJb/c', database: 'my db' });
  });

  it.each([
    ['postgres://app@[::1]:5433/app', '::1', 5433],
    ['postgres://app@/app?host=/var/run/postgresql', '/var/run/postgresql', 5432],
    ['postgres://%2Fvar%2Frun/app', '/var/run', 5432],
    ['postgresql://localhost/app', 'localhost', 5432],
  ])('reads the host and port of %s', (url, host, port) => {
    expect(parseAddress(url)).toMatchObject({ host, port, database: 'app' });
  });

  it.each([
    ['mysql://app:PASSWORD@localhost/app', 'does not start with postgres://'],
    ['postgres://app:PASSWORD@localhost', 'names no database'],
    ['postgres://app:PASSWORD@localhost/', 'names no database'],
    ['postgres:///app?password=PASSWORD', 'names no host'],
    ['postgres://app:PASSWORD@one,two/app', 'several hosts'],
    ['postgres://app:PASSWORD%@localhost/app', 'percent-encoded'],
    ['postgres://app:PASSWORD%zz@localhost/app', 'percent-encoded'],
    ['postgres://app:PASSWORD/x@localhost/app', 'percent-encoded'],
    ['postgres://app:PASSWORD@local host:x/app', 'percent-encoded'],
  ])('refuses %s without a word of the password', (url, words) => {
    const error = failure(() => parseAddress(url.replace('PASSWORD', CANARY)));

    expect(error).toMatchObject({ reason: 'usage', message: expect.stringContaining(words) });
    expect(`${error.stack} ${error.cure} ${JSON.stringify(error)}`).not.toContain(CANARY);
    expect(error.cause).toBeUndefined();
  });
});

describe('the protection of a connection', () => {
  const tls = (host: string, parameters = '') =>
    parseAddress(`postgres://app:x@${host}/app${parameters}`).tls;

  it.each([
    'db.example.com',
    '10.0.0.7',
    '127.example.com',
    '127.0.0.1.example.com',
    'localhost.example.com',
    '[2001:db8::1]',
    '0.0.0.0',
  ])('is verify-full for %s, whatever the URL asks for', (host) => {
    for (const mode of ['', 'disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'])
      expect(tls(host, `?sslmode=${mode}`)).toBe('verify-full');
    expect(tls(host, '?ssl=false&channel_binding=disable')).toBe('verify-full');
  });

  it.each(['localhost', '127.0.0.1', '127.8.8.8', '[::1]'])(
    'is what the URL asks for on %s',
    (host) => {
      expect(tls(host)).toBe('off');
      expect(tls(host, '?sslmode=prefer')).toBe('off');
      expect(tls(host, '?sslmode=require')).toBe('encrypt');
      expect(tls(host, '?sslmode=verify-ca')).toBe('verify-full');
      expect(tls(host, '?sslmode=verify-full')).toBe('verify-full');
    },
  );

  it('reaches pg and the client programs', () => {
    const remote = parseAddress('postgres://app:x@db.example.com/app');

    expect(clientConfig(remote).ssl).toEqual({});
    expect(programEnvironment(remote)).toMatchObject({
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: 'system',
    });
    expect(programEnvironment(remote, { caFile: '/layer/roots.crt' }).PGSSLROOTCERT).toBe(
      '/layer/roots.crt',
    );
  });

  it('trusts the authority that the URL names before any other', () => {
    const address = parseAddress('postgres://app@db.example.com/app?sslrootcert=/own/ca.crt');

    expect(programEnvironment(address, { caFile: '/layer/roots.crt' }).PGSSLROOTCERT).toBe(
      '/own/ca.crt',
    );
  });
});

describe('the settings of a session', () => {
  it("come after the URL's own, so that ours win", () => {
    const address = parseAddress(
      'postgres://app@localhost/app?options=-c%20bytea_output%3Descape%20-c%20work_mem%3D1MB',
    );

    for (const options of [clientConfig(address).options, programEnvironment(address).PGOPTIONS])
      expect(options).toMatch(/^-c bytea_output=escape -c work_mem=1MB .*-c bytea_output=hex/);
  });

  it('are the same for pg and the client programs', () => {
    const address = parseAddress('postgres://app@localhost/app');
    const { PGOPTIONS, PGTZ } = programEnvironment(address);

    expect(clientConfig(address).options).toBe(`${PGOPTIONS} -c timezone=${PGTZ}`);
  });

  it('are all that a client program gets of our environment', () => {
    process.env.PGSERVICE = 'another';
    process.env.PGPASSFILE = '/another';
    try {
      const names = Object.keys(programEnvironment(parseAddress('postgres://app@localhost/app')));

      expect(names).not.toContain('PGSERVICE');
      expect(names).not.toContain('PGPASSFILE');
      expect(names).not.toContain('PGPASSWORD');
    } finally {
      delete process.env.PGSERVICE;
      delete process.env.PGPASSFILE;
    }
  });
});

function failure(work: () => unknown): BackupError {
  try {
    work();
  } catch (error) {
    if (error instanceof BackupError) return error;
    throw error;
  }
  throw new Error('Expected a failure, got none.');
}
