import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import { backupPrefix, databasePrefix, FILES } from '../../contract/keys';
import {
  buildCli,
  type Cli,
  type Ended,
  MOUNTING,
  runCli,
  startCli,
  startCliInShell,
} from '../support/faults/cli';
import { temporaryFolder } from '../support/faults/folder';
import { processes, programsOn } from '../support/faults/processes';
import { noise, protectedDatabase } from '../support/faults/protected';
import { type FaultProxy, startProxy } from '../support/faults/proxy';
import { recordingTools } from '../support/faults/tools';
import { query, serverForTests } from '../support/servers';
import { until } from '../support/until';

const CANARY = 'canary-of-a-password';

const server = serverForTests();
const database = protectedDatabase(server, noise(20_000));
const elsewhere = temporaryFolder('elsewhere');
beforeAll(buildCli);

const run = (...more: string[]) => ['run', '--to', database().folder, ...more];

describe('the password', () => {
  beforeAll(() =>
    query(
      database().url,
      `CREATE ROLE keeper LOGIN PASSWORD '${CANARY}'; GRANT pg_read_all_data TO keeper`,
    ),
  );

  const url = (change: Partial<URL> = {}) =>
    Object.assign(new URL(database().url), { username: 'keeper', password: CANARY, ...change })
      .href;

  /** Runs to the end, and collects every command line that there was meanwhile. */
  async function watched({ ended }: Cli): Promise<Ended & { commands: Set<string> }> {
    const commands = new Set<string>();
    let result: Ended | undefined;
    void ended.then((found) => {
      result = found;
    });
    while (!result) {
      for (const { command } of processes()) commands.add(command);
      await turn();
    }
    return { ...result, commands };
  }

  it('is in no command line, no file and no word of a run that succeeds', async () => {
    const args = ['run', '--to', elsewhere, '--plain', '--json', '--verbose'];
    const tools = join(elsewhere, 'tools');
    const recorded = await recordingTools(tools, 18);
    const cli = startCli(args, { DATABASE_URL: url(), NEON_BACKUP_TOOLS: tools });
    const { status, stdout, stderr, commands } = await watched(cli);

    expect({ status, stderr }).toMatchObject({ status: 0 });
    const all = [...commands, ...recorded()];
    for (const program of ['pg_dump ', 'pg_dumpall ', 'pg_restore ', 'igzip '])
      expect(recorded()).toContainEqual(expect.stringContaining(`bin/${program}`));
    expect(all.filter((command) => command.includes(CANARY))).toEqual([]);
    expect(stdout + stderr).not.toContain(CANARY);
    const folder = join(elsewhere, backupPrefix(JSON.parse(stdout)));
    const files = readdirSync(folder);
    expect(files.sort()).toEqual(
      [FILES.archive, FILES.guide, FILES.manifest, FILES.plain, FILES.roles].sort(),
    );
    for (const file of files) {
      const bytes = readFileSync(join(folder, file));
      const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
      expect(text).not.toContain(CANARY);
      expect(text).not.toContain('SCRAM-SHA-256');
    }
    expect(readFileSync(join(folder, FILES.roles), 'utf8')).toContain('keeper');
  });

  it.each([
    ['is wrong', () => url({ password: `${CANARY}-2` }), 'refused the user keeper'],
    ['is right and the database is not', () => url({ pathname: '/none' }), 'does not exist'],
    ['is right and nobody is there', () => url({ search: '?host=/nowhere' }), 'No connection'],
    ['is in a URL that is no URL', () => `${url()}%zz`, 'percent-encoded'],
    ['is in the URL of a pooler', () => url({ host: 'ep-x-pooler.example.com' }), 'pooler'],
  ])('is in no word of a run that fails, where it %s', async (_, from, words) => {
    for (const json of [[], ['--json']]) {
      const { status, stdout, stderr, commands } = await watched(
        startCli(run('--verbose', ...json), { DATABASE_URL: from() }),
      );

      expect(status).toBeGreaterThan(0);
      expect(stderr).toContain(words);
      expect(stdout + stderr).not.toContain(CANARY);
      expect([...commands].filter((command) => command.includes(CANARY))).toEqual([]);
    }
  });
});

describe('a run that is told to stop', () => {
  let proxy: FaultProxy;
  beforeEach(async () => {
    proxy = await startProxy(server().port);
  });
  afterEach(() => proxy.close());

  it.each(['SIGINT', 'SIGTERM'] as const)('cleans up and says so after %s', async (signal) => {
    proxy.freezeAfter(600);
    const { child, ended } = startCli(run('--plain'), { DATABASE_URL: proxy.url(database().url) });
    await until(() => programsOn(proxy.port).some(({ command }) => command.includes('pg_dump ')));
    await until(async () => {
      for await (const { bytes } of database().store.listUnfinished('')) return bytes > 0;
      return false;
    });
    child.kill(signal);

    const { status, stderr } = await ended;

    expect(status).toBe(130);
    expect(stderr).toContain('Stopped by you');
    expect(programsOn(proxy.port)).toEqual([]);
    await database().survives();
  });

  it('waits for no lock first', async () => {
    const holder = new Client(database().url);
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE noise_1');
    const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessShareLock'";
    const { child, ended } = startCli(run(), { DATABASE_URL: database().url });
    await until(async () => (await query(server().url(), waiting)).length > 0);
    const told = performance.now();
    child.kill('SIGINT');

    expect((await ended).status).toBe(130);
    expect(performance.now() - told).toBeLessThan(3_000);
    await holder.end();
    await database().survives();
  });
});

/** Not in every container. */
const CAN_MOUNT = spawnSync('unshare', [...MOUNTING, 'true']).status === 0;

describe('a store that is full', () => {
  const failed = async (cli: Cli, words: RegExp) => {
    const { status, signal, stdout, stderr } = await cli.ended;

    expect({ status, signal, stdout, stderr }).toEqual({
      status: 1,
      signal: null,
      stdout: '',
      stderr,
    });
    expect(stderr).toMatch(words);
    expect(programsOn(server().port)).toEqual([]);
    await database().survives();
  };

  (CAN_MOUNT ? it : it.skip).each([
    ['the archive', []],
    ['both formats', ['--plain']],
  ])('fails the run, and keeps nothing of %s', async (_, plain) => {
    const daily = join(database().folder, databasePrefix(database().good.database), 'daily');
    mkdirSync(daily, { recursive: true });
    // A file system of 1 MB in a namespace of its own; what is left in it is printed.
    const command = `mount -t tmpfs -o size=1m none '${daily}' && { "$@"; status=$?; find '${daily}' -type f; exit $status; }`;
    const cli = startCliInShell(
      command,
      run('--kind', 'daily', ...plain),
      { DATABASE_URL: database().url },
      { mount: true },
    );

    await failed(cli, /ENOSPC.*\n.*Free some space/);
  });

  it('fails the run when a file may not grow', async () => {
    // The limit's own signal would end the process before the error that comes with it is seen.
    const deaf = join(elsewhere, 'deaf.js');
    writeFileSync(deaf, "process.on('SIGXFSZ', () => undefined);");
    const env = { DATABASE_URL: database().url, NODE_OPTIONS: `--require ${deaf}` };

    await failed(startCliInShell('ulimit -f 1000 && exec "$@"', run(), env), /EFBIG/);
  });

  it('fails the run when nothing can be written', async () => {
    const file = join(elsewhere, 'file');
    writeFileSync(file, '');
    const { status, stderr } = await runCli(['run', '--to', join(file, 'backups')], {
      DATABASE_URL: database().url,
    });

    expect(status).toBe(1);
    expect(stderr).toContain('Check the folder');
    await database().survives();
  });
});
