import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../core/package-root';
import { buildCli } from '../support/faults/cli';
import { until } from '../support/until';

let temporary: string;
const started: ChildProcess[] = [];

beforeAll(buildCli);

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'neon-backup-demo-test-'));
  // The servers' user has to be able to enter it.
  await chmod(temporary, 0o755);
});

afterEach(async () => {
  // One that hangs has failed its test, and would keep all others from ending.
  for (const { pid, exitCode, signalCode } of started.splice(0))
    if (exitCode === null && signalCode === null) process.kill(-(pid as number), 'SIGKILL');
  await rm(temporary, { recursive: true });
});

interface Demo {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  readonly status: Promise<number | null>;
}

/** In a group of its own, as a terminal would start it, and with settings that are none of its business. */
function start(...flags: string[]): Demo {
  const child = spawn(process.execPath, [join(packageRoot(), 'dist/demo.js'), ...flags], {
    detached: true,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      NO_COLOR: '1',
      TMPDIR: temporary,
      DATABASE_URL: 'postgres://canary:canary@127.0.0.1:1/canary',
      NEON_BACKUP_DATABASE: 'canary',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const said = { out: '', err: '' };
  for (const [name, stream] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const)
    stream.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  return { child, said, status: once(child, 'close').then(([status]) => status) };
}

it('shows what Neon adds, each step with its command, and leaves nothing', async () => {
  const { said, status } = start('--neon', '--megabytes', '1');

  expect({ status: await status, ...said }).toMatchObject({ status: 0 });
  expect(said.out).toMatch(/Neon's service is simulated here/);
  const commands = [...said.out.matchAll(/^\$ npx neon-backup (\w+( create)?)/gm)];
  expect(commands.map(([, name]) => name)).toEqual([
    'run',
    'verify',
    'snapshot create',
    'restore',
    'restore',
  ]);
  expect(said.out.match(/no connection was made to production/g)).toHaveLength(2);
  expect(said.out.match(/the branch is gone again: there is production\n/g)).toHaveLength(2);
  expect(said.out).toMatch(/ is VERIFIED \(restored\)/);
  expect(said.out).toMatch(/public\.Diagram +(\d+) +0\n[\s\S]*public\.Diagram +\1 +\1\n/);
  expect(said.out).toMatch(/^production-before-\S+$/m);
  expect(said.out).toMatch(/\d+ calls of Neon's API in all; none/);
  expect(said.out + said.err).not.toMatch(/✗|napi_|canary/);
  expect(await readdir(temporary)).toEqual([]);
}, 120_000);

it('shows without Neon that a backup is proven, and knows nothing of Neon', async () => {
  const { said, status } = start('--megabytes', '1');

  expect({ status: await status, ...said }).toMatchObject({ status: 0 });
  expect(said.out).toMatch(/ is VERIFIED \(restored\)/);
  expect(said.out + said.err).not.toMatch(/✗|[Nn]eon(?!-backup)|canary/);
  expect(await readdir(temporary)).toEqual([]);
});

it('clears everything away when it is told to stop', async () => {
  const { child, said, status } = start('--neon', '--megabytes', '1');
  await until(() => said.err.includes('making a branch to read from'), 60_000);
  process.kill(-(child.pid as number), 'SIGINT');

  expect(await status).toBe(130);
  expect(said.err).toMatch(/Stopped by you/);
  expect(await readdir(temporary)).toEqual([]);
});

it('takes a size that is none for wrong usage', async () => {
  const { said, status } = start('--megabytes', 'much');

  expect(await status).toBe(2);
  expect(said.err).toMatch(/from 1 to 9999/);
});
