import { basename, join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..');

/**
 * Bundles a handler and all that it imports into one file, `index.js`. The same sources give the same
 * bytes wherever the program runs, so that only a change of the code changes the function.
 * @param entry the handler's file, from the root of the project: `lambda/backup.ts`
 */
export function bundleLambda(entry: string): pulumi.asset.AssetArchive {
  const outfile = join(ROOT, 'dist', 'lambda', basename(entry, '.ts'), 'index.js');
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    external: ['pg-native'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'error',
  });
  return new pulumi.asset.AssetArchive({ 'index.js': new pulumi.asset.FileAsset(outfile) });
}
