import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import * as pulumi from '@pulumi/pulumi';
import { ZipFile } from 'yazl';
import { loadConfig } from '../../infra/config/config';
import { examineNeon } from '../../infra/preflight/neon';
import type { StoredSecret } from '../../infra/secret';
import { settingsOf } from '../../infra/settings';
import { readSettings } from '../../lambda/settings';
import { neonForTests } from '../support/neon/for-tests';
import { configure, resolved } from './graph';

// What Neon does not answer is asked for again, after a while.
jest.mock('../../core/pause', () => ({ pause: async () => undefined }));

const neon = neonForTests(() => ({ historySeconds: 7 * 86_400 }));
const folder = mkdtempSync(join(tmpdir(), 'preflight-neon-'));

beforeEach(() => {
  process.env.NEON_API_URL = neon().url;
  neon().project.default.branch.protected = true;
});
afterAll(() => {
  delete process.env.NEON_API_URL;
  rmSync(folder, { recursive: true });
});

/** A layer that has client tools of one major. */
async function layerOf(major: number): Promise<string> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from('#!'), `postgresql/${major}/bin/pg_dump`);
  zip.end();
  const file = join(folder, `${major}.zip`);
  await finished(zip.outputStream.pipe(createWriteStream(file)));
  return file;
}

async function look(more: Record<string, string | undefined> = {}) {
  configure({
    'aws:region': 'eu-west-1',
    'neon-backup:databaseUrl': undefined,
    'neon-backup:neonApiKey': neon().apiKey,
    'neon-backup:neonProjectId': neon().project.id,
    'neon-backup:layerZip': await layerOf(18),
    ...more,
  });
  const found = await examineNeon(loadConfig());
  expect(JSON.stringify(found)).not.toMatch(/canary/);
  expect(neon().calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  return found;
}

it('says nothing of a project that is as it should be', async () => {
  expect(await look()).toEqual({ refusals: [], warnings: [] });
});

it('does not ask Neon about another source', async () => {
  const url = 'postgresql://app:canary@db.example.com/app';
  const found = await look({
    'neon-backup:databaseUrl': url,
    'neon-backup:neonApiKey': undefined,
    'neon-backup:neonProjectId': undefined,
  });

  expect(found).toEqual({ refusals: [], warnings: [] });
  expect(neon().calls).toEqual([]);
});

it.each<[string, Record<string, string>, RegExp]>([
  ['a wrong key', { 'neon-backup:neonApiKey': 'napi_canary_of_nobody' }, /401.*API key/],
  ['a project that is not there', { 'neon-backup:neonProjectId': 'quiet-moon-1' }, /404/],
  ['a branch that is not there', { 'neon-backup:neonBranch': 'prod' }, /no branch prod/],
  ['a database that is not there', { 'neon-backup:neonDatabase': 'ap' }, /no database ap/],
])('refuses %s', async (_, more, words) => {
  const { refusals } = await look(more);

  expect(refusals).toEqual([expect.stringMatching(words)]);
});

it('refuses a project that is newer than all client tools', async () => {
  const { refusals } = await look({ 'neon-backup:layerZip': await layerOf(17) });

  expect(refusals).toEqual([expect.stringMatching(/PostgreSQL 18, and the client tools/)]);
});

it('warns of a vault in the region of the project', async () => {
  const { warnings } = await look({ 'aws:region': 'eu-central-1' });

  expect(warnings).toEqual([expect.stringMatching(/vault is in eu-central-1, like the source/)]);
});

it('warns of more snapshots than the plan has room for, where the stack makes them', async () => {
  const many = { 'neon-backup:snapshotKeep': '8' };

  expect((await look(many)).warnings).toEqual([expect.stringMatching(/room for 7 snapshots/)]);
  expect((await look({ ...many, 'neon-backup:snapshots': 'none' })).warnings).toEqual([]);
});

it('warns of a branch that could not hold the data twice, where a drill has it so', async () => {
  const words = /a drill .* copy of production, .* two times 5\.0 GB, .* allows 10\.0 GB/;
  const { branch } = neon().project.default;

  branch.logical_size = 5_000_000_001;
  expect((await look()).warnings).toEqual([expect.stringMatching(words)]);
  expect((await look({ 'neon-backup:neonDrill': 'false' })).warnings).toEqual([]);
  branch.logical_size = 5_000_000_000;
  expect((await look()).warnings).toEqual([]);
});

it('warns of a history that is shorter than is wished for, with the command that mends it', async () => {
  const wish = (text: string) => look({ 'neon-backup:neonHistoryWindow': text });

  expect((await wish('7d')).warnings).toEqual([]);
  neon().project.setHistory(86_400);
  expect((await wish('24h')).warnings).toEqual([]);
  expect((await wish('7d')).warnings).toEqual([
    expect.stringMatching(
      `7 days are wished for .*npx neon-backup window set 7d --from neon:${neon().project.id}`,
    ),
  ]);
  expect((await wish('14d')).warnings).toEqual([expect.stringMatching(/take a larger plan/)]);
});

it('tells the functions of that wish', async () => {
  await look({ 'neon-backup:neonHistoryWindow': '7d' });
  const of = (name: string) => pulumi.output(`arn:aws:mock:${name}`);
  const told = settingsOf({
    config: loadConfig(),
    deployment: 'neon-backup-prod',
    store: pulumi.output('s3://vault'),
    secrets: { neonApiKey: { arn: of('key'), version: of('version') } as StoredSecret },
    topicArn: of('topic'),
    assume: pulumi.output('aws sts assume-role'),
  });

  expect(readSettings({ NEON_BACKUP_SETTINGS: await resolved(told) }).source).toMatchObject({
    project: neon().project.id,
    historyWindow: 7 * 86_400,
  });
});

it.each(['7', '90m', '31d'])('takes no wish that is written as %s', async (text) => {
  await expect(look({ 'neon-backup:neonHistoryWindow': text })).rejects.toThrow(
    /Setting neonHistoryWindow must be days or hours, such as 7d or 24h.*config set/,
  );
});

it('takes a wish for Neon alone', async () => {
  const another = {
    'neon-backup:databaseUrl': 'postgresql://app:canary@db.example.com/app',
    'neon-backup:neonApiKey': undefined,
    'neon-backup:neonProjectId': undefined,
    'neon-backup:neonHistoryWindow': '7d',
  };

  await expect(look(another)).rejects.toThrow(/neonHistoryWindow is for Neon, and databaseUrl/);
});

describe("with Neon's own snapshots", () => {
  const NATIVE = { 'neon-backup:snapshots': 'native' };

  it('says nothing where there is room, and counts no branches', async () => {
    for (let i = 0; i < 5; i++) neon().project.add({ name: `dev-${i}` });

    expect((await look(NATIVE)).warnings).toEqual([]);
  });

  it('warns of a branch that is no root', async () => {
    neon().project.add({ name: 'dev', protected: true });

    expect((await look({ ...NATIVE, 'neon-backup:neonBranch': 'dev' })).warnings).toEqual([
      expect.stringMatching(/of root branches only.*Name a root: production/),
    ]);
  });

  it('says once that a branch is not there', async () => {
    const { refusals, warnings } = await look({ ...NATIVE, 'neon-backup:neonBranch': 'prod' });

    expect(refusals).toEqual([expect.stringMatching(/no branch prod/)]);
    expect(warnings).toEqual([]);
  });

  describe('on the Free plan', () => {
    const free = neonForTests(() => ({ plan: 'free_v3' }));

    it('warns that there is room for none that stays', async () => {
      process.env.NEON_API_URL = free().url;
      const { warnings } = await look({
        ...NATIVE,
        'neon-backup:neonProjectId': free().project.id,
      });

      expect(warnings).toContainEqual(
        expect.stringMatching(
          /allows 1 of Neon's own snapshots: .* room for 0 .* 7 are to be kept/,
        ),
      );
    });
  });
});

it('only warns where Neon is not to be reached from here', async () => {
  neon().set({ count: 99, fault: 'drop' });

  const { refusals, warnings } = await look();

  expect(refusals).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(/was not looked at from here/)]);
});
