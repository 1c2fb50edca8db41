import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { BackupError } from '../../core/errors';
import { packageRoot } from '../../core/package-root';
import type { Guide } from './guide';
import type { Values } from './values';

/** What `npm run layer` makes. */
const OWN_LAYER = 'layer/dist/layer-arm64.zip';

/**
 * Step 6: the client programs for Lambda, built where they are missing.
 * @throws BackupError `tool_failed`, `usage`
 */
export async function buildArtefacts(guide: Guide, values: Values): Promise<void> {
  guide.begin(
    'Client programs',
    "pg_dump and its companions for Lambda, from Debian's own packages. The functions' code is bundled by\nthe stack itself, at each preview.",
  );
  const zip = values.stored('layerZip') ?? OWN_LAYER;
  if (existsSync(resolve(packageRoot(), zip))) return guide.found(`${zip} is there`);
  if (zip !== OWN_LAYER)
    throw new BackupError('usage', `The setting layerZip names ${zip}, which is not there.`, {
      cure: 'Put it there; or use the one that is built here: npx pulumi config rm neon-backup:layerZip',
    });
  await buildLayer(guide);
  guide.found(`${zip} is built`);
}

async function buildLayer(guide: Guide): Promise<void> {
  const program = join(packageRoot(), 'dist/layer.js');
  const options = { cwd: packageRoot(), stdin: 'ignore', reject: false } as const;
  const { failed, stderr, shortMessage } = await guide.during('building them', () =>
    execa(process.execPath, [program], options),
  );
  if (!failed) return;
  throw new BackupError('tool_failed', 'The client programs could not be built.', {
    output: stderr || shortMessage || '',
    cure: 'Mend what it says; `npm run layer` tries it alone.',
  });
}
