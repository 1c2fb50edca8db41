import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../core/package-root';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neon-backup-sources-test-'));
  mkdirSync(join(folder, 'parts'));
  const etc = `Dir::Etc::sourcelist "${folder}/main.list";\nDir::Etc::sourceparts "${folder}/parts/";\n`;
  writeFileSync(join(folder, 'apt.conf'), etc);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('layer/sources.sh', () => {
  it('takes over the archives of deb822 files, with the suite changed', async () => {
    writeFileSync(
      join(folder, 'parts/debian.sources'),
      `Types: deb deb-src
# http://snapshot.example/archive
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

types: deb
uris:
  http://mirror.example/debian-security
suites: bookworm-security
components: main
signed-by: /usr/share/keyrings/debian-archive-keyring.gpg
`,
    );

    expect(await sources('forky')).toEqual([
      debian('http://mirror.example/debian', 'forky forky-updates'),
      debian('http://mirror.example/debian-security', 'forky-security'),
    ]);
  });

  it('takes over the archives of one-line files', async () => {
    writeFileSync(
      join(folder, 'main.list'),
      `# deb http://old.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian/ bookworm main contrib # ours
deb-src http://mirror.example/debian bookworm main
deb	[ signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] http://mirror.example/debian/ bookworm-updates main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] mirror+file:/etc/apt/mirrors.txt buster/updates main
`,
    );

    expect(await sources('trixie')).toEqual([
      debian('http://mirror.example/debian/', 'trixie'),
      debian('http://mirror.example/debian/', 'trixie-updates'),
      debian('mirror+file:/etc/apt/mirrors.txt', 'trixie-security'),
    ]);
  });

  it("leaves out other vendors' sources and those that are switched off", async () => {
    writeFileSync(
      join(folder, 'main.list'),
      `deb http://mirror.example/debian bookworm main
deb https://vendor.example bookworm main
deb https://vendor.example/linux/debian bookworm stable
deb [signed-by=/etc/apt/keyrings/vendor.asc] https://vendor.example/debian bookworm main
deb cdrom:[Debian GNU/Linux 12]/ bookworm main
`,
    );
    writeFileSync(
      join(folder, 'parts/off.sources'),
      'Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: main\n',
    );
    writeFileSync(
      join(folder, 'parts/inline.sources'),
      `Types: deb
URIs: https://vendor.example/debian
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQ
 -----END PGP PUBLIC KEY BLOCK-----
`,
    );

    const found = await sources('trixie');

    expect(found.map((source) => source.URIs)).toEqual(['http://mirror.example/debian']);
  });

  it('has every archive signed, also one that this machine trusts blindly', async () => {
    writeFileSync(
      join(folder, 'main.list'),
      'deb [trusted=yes] http://x.example/debian sid main\n',
    );

    const [found] = await sources('trixie');

    expect(found?.['Signed-By']).toMatch(
      /^\/usr\/share\/keyrings\/debian-archive-keyring\.(gpg|pgp)$/,
    );
    expect(found).not.toHaveProperty('Trusted');
  });

  it("finds Ubuntu's other architecture in the archive of ports", async () => {
    writeFileSync(
      join(folder, 'main.list'),
      'deb http://archive.ubuntu.com/ubuntu jammy main restricted\ndeb http://ports.ubuntu.com/ubuntu-ports jammy-security universe main\n',
    );
    const foreign = process.arch === 'arm64' ? 'amd64' : 'arm64';
    const archive =
      process.arch === 'arm64'
        ? 'http://archive.ubuntu.com/ubuntu'
        : 'http://ports.ubuntu.com/ubuntu-ports';

    const found = await sources('noble', foreign);

    expect(found.map(({ URIs, Suites, Components }) => [URIs, Suites, Components])).toEqual([
      [archive, 'noble', 'main universe'],
      [archive, 'noble-security', 'main universe'],
    ]);
  });

  it('fails in a sentence where no source is the distribution’s own', async () => {
    writeFileSync(join(folder, 'main.list'), 'deb https://vendor.example stable main\n');

    await expect(sources('trixie')).rejects.toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("none of this machine's apt sources is Debian's or Ubuntu's"),
    });
  });
});

/** The stanzas that the script prints, each as its fields. */
async function sources(suite: string, architecture = process.arch === 'arm64' ? 'arm64' : 'amd64') {
  const script = join(packageRoot(), 'layer/sources.sh');
  const env = { APT_CONFIG: join(folder, 'apt.conf') };
  const { stdout } = await execa('sh', [script, suite, architecture], { env });
  const stanzas = stdout.split('\n\n').filter((text) => text.trim());
  return stanzas.map((text) => Object.fromEntries(text.trim().split('\n').map(field)));
}

function field(line: string): [string, string] {
  const colon = line.indexOf(': ');
  return [line.slice(0, colon), line.slice(colon + 2)];
}

function debian(uri: string, suites: string) {
  return {
    Types: 'deb',
    URIs: uri,
    Suites: suites,
    Components: 'main',
    'Signed-By': '/usr/share/keyrings/debian-archive-keyring.gpg',
    Targets: 'Packages',
  };
}
