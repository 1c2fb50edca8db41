import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BackupError } from './errors';

/**
 * The folder of this package, where `layer/` and `node_modules/` are: the same from the sources as
 * from the bundle in `dist/`.
 * @throws BackupError `tool_missing` where only a bundle was deployed, as in Lambda
 */
export function packageRoot(start: string = __dirname): string {
  if (isOurs(join(start, 'package.json'))) return start;
  const parent = dirname(start);
  if (parent !== start) return packageRoot(parent);
  throw new BackupError('tool_missing', "The folder of the package neon-backup can't be found.", {
    cure: 'Run neon-backup from its own package, as npm installed it.',
  });
}

function isOurs(manifest: string): boolean {
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'neon-backup';
}
