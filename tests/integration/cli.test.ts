import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { backupPrefix, FILES } from '../../contract/keys';
import { type Manifest, manifestSchema } from '../../core/manifest';
import { packageRoot } from '../../core/package-root';
import { createDatabase, query, serverForTests } from '../support/servers';
import { until } from '../support/until';

const PROGRAM = join(packageRoot(), 'dist', 'neon-backup.js');
const ESCAPE = '\u001b';
const CANARY = 'canary-8a2c';
const folder = mkdtempSync(join(tmpdir(), 'neon-backup-cli-'));
const backups = join(folder, 'backups');
const server = serverForTests();
let url = '';
let manifest: Manifest;

interface Answer {
  readonly exitCode?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of a person who has set nothing but what is given. */
function environment(more: Record<string, string> = {}): Record<string, string> {
  const kept = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'NEON_BACKUP_TOOLS', 'SSL_CERT_FILE'];
  const own = kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  return { ...Object.fromEntries(own), TMPDIR: folder, ...more };
}

async function run(args: string[], env: Record<string, string> = {}): Promise<Answer> {
  return execa(process.execPath, [PROGRAM, ...args], {
    ...{ cwd: folder, env: environment(env), extendEnv: false, reject: false },
  });
}

/** With --json: exactly one document on standard output, and it alone. */
async function json(args: string[]): Promise<{ exitCode: number | undefined; document: never }> {
  const { exitCode, stdout } = await run([...args, '--json']);
  return { exitCode, document: JSON.parse(stdout) as never };
}

beforeAll(async () => {
  execFileSync(process.execPath, ['build.js'], { cwd: packageRoot() });
  // The server of a drill runs as another user.
  chmodSync(folder, 0o1777);
  url = await createDatabase(server(), 'app');
  await query(
    url,
    `CREATE TABLE items (id integer PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 100)`,
  );
  const answer = await json(['run', '--from', url, '--to', backups, '--plain']);
  expect(answer.exitCode).toBe(0);
  manifest = manifestSchema.parse(answer.document);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('help', () => {
  const commands = [
    'run',
    'list',
    'show',
    'verify',
    'restore',
    'download',
    'prune',
    'cron',
    'doctor',
  ];

  it('names every command, with what it is for', async () => {
    const { exitCode, stdout } = await run(['--help']);
    expect(exitCode).toBe(0);
    const named = [...stdout.matchAll(/^ {2}([a-z]+) .*\S/gm)].map(([, name]) => name);
    expect(named).toEqual(expect.arrayContaining(commands));
  });

  it.each(commands)('of %s has an example that names it', async (command) => {
    const { exitCode, stdout } = await run([command, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:[\\s\\S]*npx neon-backup ${command}`));
  });
});

describe('wrong usage', () => {
  it.each([
    ['an unknown command', ['backup']],
    ['an unknown flag', ['list', '--in', backups, '--wrong']],
    ['an unknown kind', ['run', '--kind', 'hourly', '--from', 'postgres://h/d']],
    ['no id', ['verify', '--in', backups]],
    ['no target', ['restore', 'latest', '--in', backups]],
    [
      'no number',
      ['restore', 'latest', '--in', backups, '--into', 'postgres://h/d', '--jobs', 'x'],
    ],
    ['no source', ['run']],
    ['no URL', ['run', '--from', `mysql://u:${CANARY}@h/d`]],
    ['an unknown kind of store', ['list', '--in', `ftp://${CANARY}@h/x`]],
  ])('such as %s exits 2 and says so, with --json too', async (_, args) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: \S/);
    expect(stderr).not.toMatch(/^ {4}at |defect/m);
    expect(stderr).not.toContain(CANARY);
    const answer = await json(args);
    expect(answer).toMatchObject({ exitCode: 2, document: { error: { reason: 'usage' } } });
  });

  it('shows where an error came from with --verbose alone', async () => {
    const { stderr } = await run(['verify', 'nothing', '--in', backups, '--verbose']);
    expect(stderr).toMatch(/^ {4}at /m);
  });
});

describe('a backup', () => {
  it('is listed and shown, as text and as JSON', async () => {
    const { stdout, stderr } = await run(['list', '--in', backups]);
    expect(stdout).toMatch(new RegExp(`^ID .*\n${manifest.id} +app +manual .*not verified yet$`));
    expect(stderr).toBe('');
    const listed = await json(['list', '--in', backups]);
    expect(listed.document).toMatchObject([
      { id: manifest.id, database: 'app', state: null, proof: null },
    ]);
    const shown = await json(['show', 'latest', '--in', backups]);
    expect(shown.document).toEqual({ manifest, verification: null });
  });

  it('that can not be read is named beside the list', async () => {
    const other = join(
      folder,
      'unreadable',
      backupPrefix({ ...manifest, id: '20260101T000000Z-aaaa' }),
    );
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, FILES.manifest), '{');
    const { exitCode, stdout, stderr } = await run(['list', '--in', join(folder, 'unreadable')]);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: /no backup/i.exec(stdout)?.input,
    });
    expect(stderr).toMatch(/^unreadable app\/manual\/20260101T000000Z-aaaa: .*JSON/);
  });

  it('is VERIFIED: exit 0, and one document of the promised shape', async () => {
    const { exitCode, document } = await json(['verify', 'latest', '--in', backups]);
    expect(exitCode).toBe(0);
    expect(document).toEqual({
      ...{ id: manifest.id, state: 'VERIFIED', proof: 'content', drill: null },
      checks: expect.arrayContaining([{ name: 'rows', ok: true, detail: expect.any(String) }]),
    });
    const { stdout } = await run(['verify', 'latest', '--in', backups]);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${manifest.id} is VERIFIED (content)`);
  });

  it('is downloaded into a folder that is a store, once', async () => {
    const to = join(folder, 'downloaded');
    expect((await run(['download', 'latest', '--in', backups, '--to', to])).exitCode).toBe(0);
    expect(await json(['verify', manifest.id, '--in', to])).toMatchObject({
      exitCode: 0,
      document: { state: 'VERIFIED' },
    });
    const again = await run(['download', 'latest', '--in', backups, '--to', to]);
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toContain('already');
    expect((await json(['verify', manifest.id, '--in', to])).exitCode).toBe(0);
  });

  it('that was damaged is FAILED: exit 1, and not downloaded', async () => {
    const damaged = join(folder, 'damaged');
    await run(['download', 'latest', '--in', backups, '--to', damaged]);
    const file = join(damaged, backupPrefix(manifest), FILES.archive);
    const bytes = readFileSync(file);
    bytes[bytes.length - 5] = (bytes.at(-5) as number) ^ 1;
    writeFileSync(file, bytes);
    expect(await json(['verify', 'latest', '--in', damaged])).toMatchObject({
      exitCode: 1,
      document: { id: manifest.id, state: 'FAILED', proof: null, drill: null },
    });
    const to = join(folder, 'of-damaged');
    expect((await run(['download', manifest.id, '--in', damaged, '--to', to])).exitCode).toBe(1);
    expect(readdirSync(to, { recursive: true })).not.toContain(FILES.archive);
    expect((await json(['list', '--in', to])).document).toEqual([]);
  });

  it('that shrank is UNVERIFIABLE: exit 3, until it is accepted', async () => {
    const from = await createDatabase(server(), 'shrinking');
    const at = join(folder, 'shrinking');
    const store = ['--in', at];
    await query(from, 'CREATE TABLE items AS SELECT generate_series(1, 50) AS id');
    for (const sql of ['SELECT 1', 'TRUNCATE items']) {
      await query(from, sql);
      await run(['run', '--from', from, '--to', at, '--kind', 'pre-deploy']);
      const { exitCode, document } = await json(['verify', 'latest', ...store]);
      expect([sql, exitCode, (document as { state: string }).state]).toEqual(
        sql === 'SELECT 1' ? [sql, 0, 'VERIFIED'] : [sql, 3, 'UNVERIFIABLE'],
      );
    }
    expect((await json(['verify', 'latest', ...store, '--accept-shrink'])).exitCode).toBe(0);
  });

  it('is restored, and refused where something is', async () => {
    const into = await createDatabase(server(), 'restored');
    const args = ['restore', 'latest', '--in', backups, '--into', into];
    const { exitCode, document } = await json(args);
    expect(exitCode).toBe(0);
    expect(document).toEqual({
      database: 'restored',
      seconds: expect.any(Number),
      rows: 100,
      notes: [],
    });
    expect(await json(args)).toMatchObject({
      exitCode: 1,
      document: {
        error: { reason: 'refused', cure: expect.stringContaining('--replace restored') },
      },
    });
  });

  it('goes through a drill, after which no server is left, whether or not it ended', async () => {
    const servers = () => readdirSync(folder).filter((name) => name.startsWith('neon-backup-'));
    const drilled = await json(['verify', 'latest', '--in', backups, '--drill', 'embedded']);
    expect(drilled).toMatchObject({
      exitCode: 0,
      document: { proof: 'restored', drill: { restoreSeconds: expect.any(Number), limits: [] } },
    });
    expect(servers()).toEqual([]);
    const from = await createDatabase(server());
    await query(from, SLOW);
    await run(['run', '--from', from, '--to', join(folder, 'slow')]);
    const args = ['verify', 'latest', '--in', join(folder, 'slow'), '--drill', 'embedded'];
    const child = execa(process.execPath, [PROGRAM, ...args], {
      ...{ cwd: folder, env: environment(), extendEnv: false, reject: false },
    });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    await until(() => said.includes('restoring into'));
    expect(servers()).not.toEqual([]);
    child.kill('SIGINT');
    const { exitCode, stdout } = await child;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    expect(servers()).toEqual([]);
  });
});

/** Its rows take a second each to be restored. */
const SLOW = `CREATE FUNCTION slow() RETURNS boolean LANGUAGE sql AS 'SELECT true';
  CREATE TABLE slow AS SELECT generate_series(1, 100) AS id; ALTER TABLE slow ADD CHECK (slow());
  CREATE OR REPLACE FUNCTION slow() RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_catalog.pg_sleep(1); RETURN true; END $$`;

describe('what is printed', () => {
  const COLOUR = new RegExp(`${ESCAPE}\\[\\d+m`);
  const list = ['list', '--in', backups];

  it('has no colours and no control characters where it is no terminal', async () => {
    const { stdout, stderr } = await run(['run', '--from', url, '--to', join(folder, 'plain')]);
    expect(stdout + stderr).not.toContain(ESCAPE);
    expect(stdout + stderr).not.toContain('\r');
    expect(stderr).toMatch(/^looking at the source\n(dumping|counting)/);
    const quiet = await run(['run', '--from', url, '--to', join(folder, 'quiet'), '--quiet']);
    expect(quiet.stderr).toBe('');
  });

  /** As on a terminal; `script` of every Linux makes one. */
  const onTerminal = (args: string[], env: Record<string, string> = {}): string => {
    const command = [process.execPath, PROGRAM, ...args].map((word) => `'${word}'`).join(' ');
    return execFileSync('script', ['-qec', command, '/dev/null'], {
      ...{ cwd: folder, encoding: 'utf8', env: environment({ TERM: 'xterm', ...env }) },
    });
  };
  const itOnLinux = process.platform === 'linux' ? it : it.skip;

  itOnLinux('has colours on a terminal, unless one does not want them', () => {
    expect(onTerminal(list)).toMatch(COLOUR);
    expect(onTerminal([...list, '--no-color'])).not.toMatch(COLOUR);
    expect(onTerminal(list, { NO_COLOR: '1' })).not.toMatch(COLOUR);
  });

  itOnLinux('shows a bar on a terminal, and takes it away', () => {
    const text = onTerminal(['run', '--from', url, '--to', join(folder, 'terminal')]);
    expect(stripVTControlCharacters(text)).toMatch(/\rdumping {2}\[#*\.*\] \d\/1/);
    expect(text.split(`${ESCAPE}[2K`).at(-1)).toMatch(/complete/);
  });

  it('never holds the password, wherever it came from', async () => {
    const secret = Object.assign(new URL(url), { password: CANARY }).href;
    writeFileSync(join(folder, '.env'), `DATABASE_URL=${secret}\n`);
    try {
      for (const args of [
        ['run', '--to', join(folder, 'never')],
        ['doctor', '--in', backups],
        ['restore', 'latest', '--in', backups, '--into', secret],
        ['verify', 'latest', '--in', backups, '--drill', secret],
      ]) {
        const { exitCode, stdout, stderr } = await run([...args, '--verbose']);
        expect(exitCode).not.toBe(0);
        expect(stdout + stderr).toMatch(/password authentication failed/);
        expect(stdout + stderr).not.toContain(CANARY);
      }
      expect(existsSync(join(folder, 'never'))).toBe(false);
    } finally {
      rmSync(join(folder, '.env'));
    }
  });
});
