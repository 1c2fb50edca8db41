import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type * as pulumi from '@pulumi/pulumi';
import { bundleLambda } from '../../infra/bundle';
import { clientTools } from '../../infra/layer';
import { ROOT } from './graph';

const MB = 1024 * 1024;
const here = process.cwd();
afterEach(() => process.chdir(here));

async function fileOf(archive: pulumi.asset.AssetArchive): Promise<string> {
  const assets = await archive.assets;
  expect(Object.keys(assets)).toEqual(['index.js']);
  return (assets['index.js'] as pulumi.asset.FileAsset).path as Promise<string>;
}

async function hashFrom(directory: string): Promise<string> {
  process.chdir(directory);
  const file = await fileOf(bundleLambda('lambda/backup.ts'));
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

it('gives the same bytes from any directory', async () => {
  expect(await hashFrom(ROOT)).toBe(await hashFrom(tmpdir()));
});

it('names no path of the machine that made it', async () => {
  const file = await fileOf(bundleLambda('lambda/backup.ts'));

  expect(readFileSync(file, 'utf8')).not.toContain(ROOT);
});

it('is one file that runs without anything beside it, and is small', async () => {
  const file = await fileOf(bundleLambda('lambda/backup.ts'));
  const env = {
    NEON_BACKUP_SETTINGS: JSON.stringify({
      deployment: 'test',
      store: 's3://vault',
      source: {
        kind: 'postgres',
        secret: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x',
      },
    }),
    AWS_REGION: 'eu-central-1',
  };
  const program = 'console.log(typeof eval(process.argv[1])(process.argv[2]).handler)';

  const printed = execFileSync(process.execPath, ['-e', program, 'require', file], {
    env,
    cwd: tmpdir(),
    encoding: 'utf8',
  });

  expect(printed.trim()).toBe('function');
  expect(statSync(file).size).toBeLessThan(3 * MB);
});

it('asks for the client tools where they were not built', () => {
  expect(() => clientTools('tools', { zip: 'layer/dist/nothing.zip' })).toThrow(
    'The client tools are not at layer/dist/nothing.zip: run `npm run layer` first.',
  );
});
