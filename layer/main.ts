import { join } from 'node:path';
import { isBackupError } from '../core/errors';
import { packageRoot } from '../core/package-root';
import { ARCHITECTURES, type Architecture, buildTrees } from './trees';
import { writeLayerZip } from './zip';

/** `npm run layer [-- arm64|amd64]`: writes layer/dist/layer-ARCH.zip for Lambda. */
async function main(architecture: string = 'arm64'): Promise<void> {
  if (!ARCHITECTURES.includes(architecture as Architecture)) {
    throw new Error(`Expected the architecture to be arm64 or amd64, got ${architecture}.`);
  }
  const file = join(packageRoot(), `layer/dist/layer-${architecture}.zip`);
  await writeLayerZip(await buildTrees(architecture as Architecture, console.error), file);
  console.log(file);
}

main(process.argv[2]).catch((error) => {
  console.error(
    isBackupError(error) ? [error.message, error.cure].filter(Boolean).join(' ') : error,
  );
  process.exitCode = 1;
});
