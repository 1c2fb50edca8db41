import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../core/package-root';
import { clientToolsFor } from '../../core/postgres/tools';
import { until } from '../support/until';

const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neon-backup-build-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('a tree of client tools', () => {
  it('runs from any folder, through links, and from the PATH', async () => {
    const odd = join(folder, "it's: an odd $name;");
    cpSync(await treeOf(18), odd, { recursive: true });
    mkdirSync(join(folder, 'bin'));
    symlinkSync(join(odd, 'bin'), join(folder, 'tools'));
    symlinkSync('../tools/pg_dumpall', join(folder, 'bin/pg_dumpall'));
    const PATH = `${folder}/bin:${process.env.PATH}`;

    const starts = [
      execa(join(odd, 'bin/pg_dumpall'), ['--version']),
      execa(join(folder, 'bin/pg_dumpall'), ['--version']),
      execa('pg_dumpall', ['--version'], { env: { PATH } }),
      execa('./pg_dumpall', ['--version'], { cwd: join(folder, 'bin') }),
      execa('sh', ['pg_dumpall', '--version'], { cwd: join(odd, 'bin') }),
    ];

    for (const { stdout } of await Promise.all(starts)) {
      expect(stdout).toMatch(/^pg_dumpall \(PostgreSQL\) 18\./);
    }
  });

  it("has no use for this machine's own libraries", async () => {
    const env = { LD_LIBRARY_PATH: '/nowhere', LD_PRELOAD: '/nowhere/lib.so' };

    const { stdout, stderr } = await execa(join(await treeOf(18), 'bin/psql'), ['--version'], {
      env,
    });

    expect(stdout).toMatch(/^psql/);
    // The shell's own warning; the program's would be a second one.
    expect(stderr.match(/cannot be preloaded/g)).toHaveLength(1);
  });
});

describe('layer/build.sh', () => {
  it('leaves the old tree to a killed builder, and one new tree to two at once', async () => {
    const target = await outdatedTree();
    const old = readlinkSync(target);

    await killedBuild(target);
    expect(readlinkSync(target)).toBe(old);
    await execa(join(target, 'bin/psql'), ['--version']);

    await Promise.all([build(target), build(target)]);
    expect(readlinkSync(target)).not.toBe(old);
    expect(packages(target)).toEqual(packages(await treeOf(18)));
    expect(existsSync(join(folder, old, 'bin/psql'))).toBe(true);
    await execa(join(target, 'bin/psql'), ['--version']);
  }, 120_000);

  it('changes nothing but the time of the check where the versions are the same', async () => {
    const target = join(folder, '18');
    cpSync(await treeOf(18), join(folder, '.18.000000/tree'), { recursive: true });
    symlinkSync('.18.000000/tree', target);

    const before = Date.now();
    await build(target);

    expect(readlinkSync(target)).toBe('.18.000000/tree');
    expect(statSync(join(target, 'packages.txt')).mtimeMs).toBeGreaterThanOrEqual(before - 1_000);
    expect(readdirSync(folder).sort()).toEqual(['.18.000000', '.18.lock', '18']);
  });

  it('refuses a major that this distribution does not have', async () => {
    await expect(build(join(folder, '9'), '9')).rejects.toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no PostgreSQL 9'),
    });
  });

  it('takes nothing whose signature it cannot check', async () => {
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'debian-archive-none.gpg'), '');
    const { stdout } = await execa('sh', [
      join(packageRoot(), 'layer/sources.sh'),
      'x',
      ARCHITECTURE,
    ]);
    const archive = /^URIs: (\S+)/m.exec(stdout)?.[1];
    const keyring = `[signed-by=${folder}/debian-archive-none.gpg]`;
    writeFileSync(join(folder, 'sources.list'), `deb ${keyring} ${archive} any main\n`);
    const etc = { sourcelist: 'sources.list', sourceparts: 'none' };
    const lines = Object.entries(etc).map(
      ([name, value]) => `Dir::Etc::${name} "${folder}/${value}";`,
    );
    writeFileSync(join(folder, 'apt.conf'), lines.join('\n'));

    await expect(
      build(join(folder, '18'), '18', { APT_CONFIG: join(folder, 'apt.conf') }),
    ).rejects.toMatchObject({
      stderr: expect.stringMatching(/not signed|NO_PUBKEY|could not be verified/i),
    });
    expect(existsSync(join(folder, '18'))).toBe(false);
  });

  /** A tree of other packages than today's, as a month ago. */
  async function outdatedTree(): Promise<string> {
    cpSync(await treeOf(18), join(folder, '.18.000000/tree'), { recursive: true });
    appendFileSync(join(folder, '.18.000000/tree/packages.txt'), 'former 1 0\n');
    symlinkSync('.18.000000/tree', join(folder, '18'));
    return join(folder, '18');
  }

  function build(target: string, major = '18', env: Record<string, string> = {}) {
    const script = join(packageRoot(), 'layer/build.sh');
    return execa('sh', [script, major, ARCHITECTURE, target], { env });
  }

  /** Ends a builder and all its children at once, when it has begun to fetch. */
  async function killedBuild(target: string): Promise<void> {
    const before = readdirSync(folder);
    const script = join(packageRoot(), 'layer/build.sh');
    const env = { TMPDIR: mkdtempSync(join(folder, 'tmp-')) };
    const child = execa('sh', [script, '18', ARCHITECTURE, target], {
      env,
      detached: true,
      reject: false,
    });
    await until(() => readdirSync(env.TMPDIR).length > 0);
    process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
    expect(await child).toMatchObject({ signal: 'SIGKILL' });
    expect(readdirSync(folder).length).toBeGreaterThan(before.length);
  }
});

async function treeOf(major: number): Promise<string> {
  const tools = await clientToolsFor(major);
  return join(tools.path('psql'), '../..');
}

function packages(tree: string): string {
  return readFileSync(join(tree, 'packages.txt'), 'utf8');
}
