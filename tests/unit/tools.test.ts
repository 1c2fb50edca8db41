import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { clientToolsFor } from '../../core/postgres/tools';
import { cacheFolder } from '../../core/postgres/tools/cache-folder';
import { homebrewTools } from '../../core/postgres/tools/installed';
import { fittingMajor } from '../../core/postgres/tools/tree';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neon-backup-tools-test-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('fittingMajor', () => {
  it.each([
    [14, 15],
    [15, 15],
    [16, 17],
    [17, 17],
    [18, 18],
    [19, undefined],
  ])('gives a server of %i the client %s of 15, 17 and 18', (server, client) => {
    expect(fittingMajor(server, [18, 15, 17])).toBe(client);
  });
});

describe('clientToolsFor', () => {
  it('takes NEON_BACKUP_TOOLS before anything else', async () => {
    makeTools('set/17/bin', '17.4');
    makeTools('path', '17.9');
    const env = { NEON_BACKUP_TOOLS: join(folder, 'set'), PATH: join(folder, 'path') };

    const tools = await clientToolsFor(16, { env });

    expect(tools).toMatchObject({ major: 17, version: '17.4' });
    expect(tools.path('psql')).toBe(join(folder, 'set/17/bin/psql'));
  });

  it('follows links once, so that a rebuild changes nothing for a run', async () => {
    makeTools('set/.17.first/tree/bin', '17.4');
    symlinkSync('.17.first/tree', join(folder, 'set/17'));

    const tools = await clientToolsFor(17, { env: { NEON_BACKUP_TOOLS: join(folder, 'set') } });

    expect(tools.path('pg_dump')).toBe(join(folder, 'set/.17.first/tree/bin/pg_dump'));
  });

  it('refuses a NEON_BACKUP_TOOLS that has nothing new enough', async () => {
    makeTools('set/15/bin', '15.9');
    const env = { NEON_BACKUP_TOOLS: join(folder, 'set') };

    await expect(clientToolsFor(16, { env })).rejects.toMatchObject({
      reason: 'usage',
      message: expect.stringContaining(`got ${folder}/set`),
    });
  });

  it('passes over a pg_dump of the PATH that is older than the server', async () => {
    makeTools('old', '16.3');
    makeTools('new', '98.1');
    const env = { PATH: `${folder}/none:${folder}/old:${folder}/new:${process.env.PATH}` };

    const tools = await clientToolsFor(97, { env });

    expect(tools).toMatchObject({ major: 98, igzip: undefined, caFile: undefined });
    expect(tools.origin).toContain(`${folder}/new`);
    expect(() => tools.path('igzip')).toThrow('There is no igzip');
  });

  it('says what is missing and what to do', async () => {
    await expect(clientToolsFor(97)).rejects.toMatchObject({
      reason: 'tool_missing',
      message: expect.stringContaining('PostgreSQL 97'),
      cure: expect.stringContaining('97'),
    });
  });
});

describe('clientToolsFor with a cache', () => {
  const DAY_MS = 24 * 60 * 60 * 1000;

  it('uses a tree that was checked today without a word', async () => {
    makeCached(18, new Date());
    const lines: string[] = [];

    const tools = await clientToolsFor(18, options(lines));

    expect(tools.version).toBe('18.1');
    expect(lines).toEqual([]);
  });

  it('keeps an older tree where apt fails, and says so', async () => {
    const checked = new Date(Date.now() - 2 * DAY_MS);
    makeCached(18, checked);
    const lines: string[] = [];

    const tools = await clientToolsFor(18, options(lines));

    expect(tools.version).toBe('18.1');
    expect(lines).toEqual([
      'Checking the client tools of PostgreSQL 18 …',
      expect.stringContaining(`The tools of ${checked.toISOString()} are used.`),
    ]);
  });

  it("fails with apt's own words where there is no tree and no pg_dump", async () => {
    const { PATH } = withoutPostgres();

    await expect(clientToolsFor(18, options([], { PATH }))).rejects.toMatchObject({
      reason: 'tool_missing',
      message: expect.stringContaining('could not be fetched'),
      output: expect.stringContaining('this machine has no apt sources'),
    });
  });

  /** An apt that has no sources fails at once and without network. */
  function options(lines: string[], more: NodeJS.ProcessEnv = {}) {
    const configuration = join(folder, 'apt.conf');
    const etc = ['sourcelist', 'sourceparts'].map((name) => `Dir::Etc::${name} "${folder}/none";`);
    writeFileSync(configuration, etc.join('\n'));
    const env = { ...process.env, XDG_CACHE_HOME: folder, APT_CONFIG: configuration, ...more };
    return { env, onProgress: (line: string) => lines.push(line) };
  }

  function makeCached(major: number, checked: Date): void {
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    const tree = `neon-backup/tools/${architecture}/${major}`;
    makeTools(join(tree, 'bin'), `${major}.1`);
    write(`${tree}/packages.txt`, 'other 1 0');
    utimesSync(join(folder, tree, 'packages.txt'), checked, checked);
  }

  /** The programs that the scripts need, and no pg_dump beside them. */
  function withoutPostgres(): { PATH: string } {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const name of PROGRAMS) symlinkSync(`/usr/bin/${name}`, join(bin, name));
    return { PATH: `${bin}:/bin-without-postgres` };
  }

  const PROGRAMS =
    'apt-config apt-get apt-cache awk basename cat chmod cmp cp dirname dpkg dpkg-deb find flock id ln ls mkdir mktemp mv readlink rm sed setpriv sh sort touch tr'.split(
      ' ',
    );
});

describe('homebrewTools', () => {
  it('finds a keg-only version of the next major', async () => {
    makeTools('opt/postgresql@17/bin', '17.2');

    const tools = await homebrewTools(16, {}, [join(folder, 'opt')]);

    expect(tools).toMatchObject({ major: 17, igzip: undefined });
  });

  it('finds nothing where Homebrew has only older ones', async () => {
    makeTools('opt/postgresql@15/bin', '15.2');

    expect(await homebrewTools(16, {}, [join(folder, 'opt')])).toBeUndefined();
  });
});

describe('cacheFolder', () => {
  it('is below XDG_CACHE_HOME', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: folder })).toBe(join(folder, 'neon-backup/tools'));
  });

  it('is below ~/.cache where XDG_CACHE_HOME is not an absolute path', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: 'here', HOME: folder })).toBe(
      join(folder, '.cache/neon-backup/tools'),
    );
  });

  it('is among the temporary files where it cannot be made', () => {
    write('file', '');
    expect(dirname(cacheFolder({ XDG_CACHE_HOME: join(folder, 'file') }))).toBe(tmpdir());
  });
});

function makeTools(bin: string, version: string): void {
  for (const tool of ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql']) {
    write(
      `${bin}/${tool}`,
      `#!/bin/sh\necho "${tool} (PostgreSQL) ${version} (Debian ${version}-1)"\n`,
    );
    chmodSync(join(folder, bin, tool), 0o755);
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
