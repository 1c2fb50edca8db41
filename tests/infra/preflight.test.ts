import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import * as pulumi from '@pulumi/pulumi';
import { ZipFile } from 'yazl';
import { loadConfig } from '../../infra/config/config';
import { examineAccount, tooMuch } from '../../infra/preflight/account';
import { preflight } from '../../infra/preflight/preflight';
import { sameRegion } from '../../infra/preflight/source';
import { createDatabase, serverForTests } from '../support/servers';
import { CANARY, configure, declared, mockCloud } from './graph';

const server = serverForTests();
const folder = mkdtempSync(join(tmpdir(), 'preflight-'));
const warned: string[] = [];
let url: string;

beforeAll(async () => {
  await mockCloud();
  jest.spyOn(pulumi.log, 'warn').mockImplementation(async (text) => void warned.push(text));
  url = await createDatabase(server());
});
beforeEach(() => {
  warned.length = 0;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A layer that has client tools of these majors. */
async function layerOf(...majors: number[]): Promise<string> {
  const zip = new ZipFile();
  for (const major of majors) zip.addBuffer(Buffer.from('#!'), `postgresql/${major}/bin/pg_dump`);
  zip.end();
  const file = join(folder, `${majors.join('-')}.zip`);
  await finished(zip.outputStream.pipe(createWriteStream(file)));
  return file;
}

async function look(settings: Record<string, string>): Promise<void> {
  const layerZip = await layerOf(15, 17, 18);
  configure({ 'neon-backup:databaseUrl': url, 'neon-backup:layerZip': layerZip, ...settings });
  await preflight(loadConfig());
}

it('says nothing where the layer has what the source needs', async () => {
  await look({});

  expect(warned).toEqual([]);
});

it('refuses a source that is newer than all client tools, before anything is declared', async () => {
  const zip = await layerOf(15, 17);

  const looking = look({ 'neon-backup:layerZip': zip });

  await expect(looking).rejects.toThrow(
    `The source is PostgreSQL 18, and the client tools in ${zip} are of 15, 17: run \`git pull && npm run layer\``,
  );
  expect(declared).toEqual([]);
});

it('asks for the client tools where they were not built, before it looks at anything', async () => {
  await expect(look({ 'neon-backup:layerZip': 'layer/dist/nothing.zip' })).rejects.toThrow(
    'The client tools are not at layer/dist/nothing.zip: run `npm run layer` first.',
  );
});

it('only warns where the source is not reached from here, and quotes no password', async () => {
  const unreachable = `postgresql://app:${CANARY}@127.0.0.1:1/app`;

  await look({ 'neon-backup:databaseUrl': unreachable });

  expect(warned).toEqual([expect.stringContaining('The source was not looked at from here')]);
  expect(warned.join()).not.toContain(CANARY);
});

it('does not look where it is told not to', async () => {
  await look({
    'neon-backup:databaseUrl': 'postgresql://127.0.0.1:1/a',
    'neon-backup:preflight': 'false',
  });

  expect(warned).toEqual([]);
});

describe('a vault in the region of its source', () => {
  const region = 'eu-central-1';
  const neon = 'ep-calm-sea-1.eu-central-1.aws.neon.tech';

  it.each([
    [neon, { region, replicaRegion: undefined }, 1],
    ['db.x1.eu-central-1.rds.amazonaws.com', { region, replicaRegion: undefined }, 1],
    [neon, { region, replicaRegion: 'eu-west-1' }, 0],
    [neon, { region: 'eu-west-1', replicaRegion: undefined }, 0],
    ['db.example.com', { region, replicaRegion: undefined }, 0],
  ])('%s, %j: %d warning', (host, config, count) => {
    expect(sameRegion(host, config)).toHaveLength(count);
  });
});

describe("the account's limits", () => {
  it.each([
    [3, 103, 0],
    [3, 102, 1],
    [3, 10, 1],
    [3, undefined, 0],
  ])('%d asked for of %s: %d refusal', (asked, free, count) => {
    expect(tooMuch(asked, free)).toHaveLength(count);
  });

  it('warns of memory that a new account has to ask for', async () => {
    configure({ 'neon-backup:memoryMb': '4096' });

    const { warnings } = await examineAccount(loadConfig());

    expect(warnings).toEqual([expect.stringContaining('memoryMb is 4096')]);
  });
});
