import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FunctionSettings, SETTINGS_VARIABLE } from '../../contract/settings';
import { packageRoot } from '../../core/package-root';
import { processes } from '../support/faults/processes';
import {
  type FunctionOptions,
  functionsForTests,
  type SandboxedFunction,
} from '../support/sandbox/function';
import { CAN_SANDBOX } from '../support/sandbox/image';
import { type UnpackedLayer, unpackLayer } from '../support/sandbox/layer';
import type { ProbeEvent } from '../support/sandbox/probe';
import { until } from '../support/until';

const MIB = 1024 * 1024;
const PROGRAMS = ['igzip', 'pg_dump', 'pg_dumpall', 'pg_restore', 'psql'];

/** The files that have a handler. */
const entries = readdirSync(join(packageRoot(), 'lambda'))
  .map((name) => `lambda/${name}`)
  .filter((entry) => /function handler/.test(readFileSync(join(packageRoot(), entry), 'utf8')));

const SETTINGS: FunctionSettings = {
  deployment: 'neon-backup-test',
  store: 's3://vault/here',
  source: { kind: 'postgres', secret: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x' },
};

const startFunction = functionsForTests();

/** An argument by which a process can be told. */
const SLEEPER = 'sleeper-71c3';

/** What the test process has, and no function may see. */
process.env.CANARY_OF_THE_MACHINE = 'canary-5d02';

const describeSandbox = CAN_SANDBOX ? describe : describe.skip;

describeSandbox('a function in the sandbox', () => {
  let layer: UnpackedLayer;
  let probe: SandboxedFunction;

  beforeAll(async () => {
    layer = await unpackLayer([15, 17, 18]);
    probe = await start({ environment: { OWN: 'variable' } });
  });

  afterAll(() => layer?.remove());

  const start = (options: Partial<FunctionOptions> = {}) =>
    startFunction({
      entry: 'tests/support/sandbox/probe.ts',
      layer: layer.folder,
      memoryMb: 512,
      tmpMb: 32,
      ...options,
    });

  async function ask(event: ProbeEvent): Promise<unknown> {
    const { result, error, log } = await probe.invoke(event);
    if (error) throw new Error(`${error.errorType}: ${error.errorMessage}\n${log}`);
    return result;
  }

  it('is an ordinary user without any right, alone with a file system of Lambda’s', async () => {
    const seen = (await ask({ do: 'look' })) as Record<string, unknown>;

    expect(seen).toMatchObject({ uid: 993, gid: 990, version: process.version });
    expect(seen.status).toMatch(/^CapEff:\t0+$/m);
    expect(seen.status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(seen.root).toEqual(['bin', 'dev', 'etc', 'lib64', 'opt', 'proc', 'tmp', 'var']);
    expect(seen.processes).toBe(2);
  });

  it('has the environment that Lambda gives, its own variables, and nothing of the machine’s', async () => {
    const { environment } = (await ask({ do: 'look' })) as { environment: Record<string, string> };

    const { PWD, SHLVL, OWN, ...lambda } = environment;
    expect(OWN).toBe('variable');
    expect(lambda).toMatchObject({
      _HANDLER: 'index.handler',
      LAMBDA_TASK_ROOT: '/var/task',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      TZ: ':UTC',
      PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    });
    const ours = /^(AWS_|LAMBDA_|_HANDLER$|TZ$|LANG$|PATH$|LD_LIBRARY_PATH$|NODE_PATH$)/;
    expect(Object.keys(lambda).filter((name) => !ours.test(name))).toEqual([]);
    expect(JSON.stringify(environment)).not.toContain('canary-5d02');
  });

  it('is told of itself and of its time as by Lambda', async () => {
    const { context, remaining } = (await ask({ do: 'look' })) as Record<string, unknown>;

    expect(context).toMatchObject({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionName: 'sandboxed',
      memoryLimitInMB: '512',
      invokedFunctionArn: expect.stringMatching(/^arn:aws:lambda:.*:function:sandboxed$/),
    });
    expect(remaining).toBeGreaterThan(50_000);
    expect(remaining).toBeLessThanOrEqual(60_000);
  });

  it.each(['/var/task/x', '/opt/x', '/var/runtime/x', '/etc/x', '/dev/shm/x', '/x'])(
    'cannot write %s',
    async (path) => {
      expect(await ask({ do: 'write', path, bytes: 1 })).toBe('EROFS');
    },
  );

  it('has as much room in /tmp as is configured', async () => {
    expect(await ask({ do: 'write', path: '/tmp/small', bytes: 8 * MIB })).toBe('done');
    expect(await ask({ do: 'write', path: '/tmp/large', bytes: 32 * MIB })).toBe('ENOSPC');
  });

  it.each(PROGRAMS)('starts %s of every major in the layer', async (program) => {
    const majors = (await ask({ do: 'list', path: '/opt/postgresql' })) as string[];
    expect(majors.length).toBeGreaterThan(1);
    for (const major of majors) {
      const command = [`/opt/postgresql/${major}/bin/${program}`, '--version'];
      expect(await ask({ do: 'run', command })).toContain(
        program === 'igzip' ? 'igzip' : ` ${major}.`,
      );
    }
  });

  it('stays warm from one event to the next, also after an error of its own', async () => {
    const first = await probe.invoke({ do: 'look' });
    const failed = await probe.invoke({ do: 'throw', message: 'It rained.' });
    const last = await probe.invoke({ do: 'look' });

    expect(failed.error).toMatchObject({
      errorType: 'ProbeError',
      errorMessage: 'It rained.',
      trace: expect.arrayContaining([expect.stringContaining('/var/task/index.js')]),
    });
    expect(failed.log).toMatch(/^event \d+: throw\nEND RequestId: \S+\n$/);
    const events = (result: unknown) => (result as { events: number }).events;
    expect(events(last.result)).toBe(events(first.result) + 2);
    expect(last.coldStartMs).toBeUndefined();
  });

  it.each([
    ['by the kernel, where it can be had', false, /^(cgroup v[12]|measuring)$/],
    ['by looking', true, /^measuring$/],
  ])('ends when it takes more memory than it has, limited %s', async (_how, measureMemory, by) => {
    const small = await start({ memoryMb: 256, measureMemory });

    const fits = await small.invoke({ do: 'hold', mebibytes: 100 });
    const burst = await small.invoke({ do: 'hold', mebibytes: 1500 });
    const next = await small.invoke({ do: 'look' });

    expect(fits).toMatchObject({ result: 100 * MIB });
    expect(burst.error).toMatchObject({
      errorType: 'Runtime.OutOfMemory',
      errorMessage: expect.stringContaining('signal: killed'),
    });
    expect(burst.memoryLimitedBy).toMatch(by);
    expect(burst.peakMiB).toBeGreaterThan(200);
    expect(next).toMatchObject({ result: { events: 1 }, coldStartMs: expect.any(Number) });
  });

  it('is ended at its deadline with every process of its own, and started anew', async () => {
    const hasty = await start({ timeoutSeconds: 2 });
    const sleep = ['/var/lang/bin/node', '-e', 'setTimeout(Object, 60_000)', SLEEPER];
    const sleepers = () => processes().filter(({ command }) => command.includes(SLEEPER));

    const late = hasty.invoke({ do: 'run', command: sleep });
    await until(() => sleepers().length > 0);
    const { error, durationMs } = await late;

    expect(sleepers()).toEqual([]);
    expect(error).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 2\.00 seconds$/),
    });
    expect(durationMs).toBeGreaterThan(1_900);
    expect(await hasty.invoke({ do: 'look' })).toMatchObject({ result: { events: 1 } });
  });

  it.each<[ProbeEvent, object]>([
    [
      { do: 'exit', status: 3 },
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/exit status 3$/) },
    ],
    [
      { do: 'reject-unseen' },
      { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Nobody looks at this.' },
    ],
  ])('is reported when its runtime ends: %j', async (event, error) => {
    expect(await probe.invoke(event)).toMatchObject({ error });
    expect(await probe.invoke({ do: 'look' })).toMatchObject({ result: { events: 1 } });
  });
});

describeSandbox.each(entries)('%s as it is shipped', (entry) => {
  it('starts from its bundle alone, and fails in our own words without event and store', async () => {
    const environment = {
      [SETTINGS_VARIABLE]: JSON.stringify(SETTINGS),
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    };
    const shipped = await startFunction({ entry, memoryMb: 512, environment });

    const { error, log, coldStartMs } = await shipped.invoke('nothing');

    expect({ error, log }).toMatchObject({ error: { errorType: 'BackupError' } });
    expect(coldStartMs).toBeLessThan(5_000);
  });
});
