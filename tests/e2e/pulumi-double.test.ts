import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { PulumiDouble } from '../deploy/support/double';
import { installedPulumi } from './pulumi';

/*
 * tests/deploy lets a stand-in answer in Pulumi's place. Here the real program is asked the same, and both have to
 * say the same wherever `npm run deploy` listens.
 */

const CANARY = 'canary-b6c4-secret';
const folder = mkdtempSync(join(tmpdir(), 'neon-backup-real-pulumi-'));
const program = installedPulumi();
const double = new PulumiDouble();

if (!program) process.stderr.write('No pulumi is installed here: nothing to compare with.\n');
const compare = program ? it : it.skip;

beforeAll(() => {
  for (const name of ['home', 'state', 'project']) mkdirSync(join(folder, name));
  const project =
    'name: double\nruntime: nodejs\nconfig:\n  double:email:\n    type: string\n    default: ""\n';
  writeFileSync(join(folder, 'project/Pulumi.yaml'), project);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  double.remove();
});

const passphrase = { PULUMI_CONFIG_PASSPHRASE: 'canary-passphrase' };

async function ask(args: readonly string[], input: string | undefined, env: object) {
  const real = await execa(program ?? '', args, {
    cwd: join(folder, 'project'),
    env: { PULUMI_HOME: join(folder, 'home'), PULUMI_SKIP_UPDATE_CHECK: 'true', ...env },
    ...(input === undefined ? {} : { input }),
    reject: false,
  });
  const options = { env: { ...double.env, ...env }, reject: false };
  const own = await execa('pulumi', args, input === undefined ? options : { ...options, input });
  return { real, own };
}

/** Both succeed, or both fail; in words that mean the same. */
async function agree(args: readonly string[], words: RegExp, { input, env = {} }: Asked = {}) {
  const { real, own } = await ask([...args, '--non-interactive'], input, env);
  expect([own.failed, real.failed]).toEqual([real.failed, real.failed]);
  expect(`${real.stdout}${real.stderr}`).toMatch(words);
  expect(`${own.stdout}${own.stderr}`).toMatch(words);
  return { real: real.stdout, own: own.stdout };
}

interface Asked {
  readonly input?: string;
  readonly env?: object;
}

compare('answers as the real program does, from nothing to a stack with settings', async () => {
  const home = `file://${join(folder, 'state')}`;
  const named = ['--stack', 'prod'];
  const settings = ['config', '--json', '--show-secrets', ...named];
  const env = passphrase;

  await agree(['version'], /^v\d/);
  await agree(['whoami', '--json'], /PULUMI_ACCESS_TOKEN must be set/);
  await agree(['login', home], /Logged in to/);
  await agree(['whoami', '--json'], /"url": ?"file:/);
  await agree(['stack', 'select', 'prod'], /no stack named 'prod' found/);
  await agree(['stack', 'init', 'prod'], /passphrase must be set with PULUMI_CONFIG_PASSPHRASE/);
  await agree(['stack', 'init', 'prod'], /^/, { env });
  await agree(['stack', 'select', 'prod'], /^/);
  await agree(['config', 'set', '--plaintext', ...named, 'double:email', 'a@b.co'], /^/, { env });
  await agree(['config', 'set', '--secret', ...named, 'double:url'], /^/, { env, input: CANARY });
  await agree(settings, /passphrase must be set/);
  await agree(settings, /incorrect passphrase/, { env: { PULUMI_CONFIG_PASSPHRASE: 'wrong' } });
  const { real, own } = await agree(settings, /./, { env });
  expect(JSON.parse(own)).toEqual(JSON.parse(real));
  expect(JSON.parse(real)['double:url']).toEqual({ value: CANARY, secret: true });
  await agree(['stack', 'output', '--json', ...named], /^\{\}/, { env });
  await agree(['stack', 'output', 'topic', ...named], /does not have output property 'topic'/, {
    env,
  });
});

compare('keeps a secret out of the settings file', () => {
  const text = readFileSync(join(folder, 'project/Pulumi.prod.yaml'), 'utf8');
  expect(text).not.toContain(CANARY);
  expect(parse(text)).toMatchObject({ encryptionsalt: expect.stringMatching(/^v1:/) });
});
