import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../core/package-root';

const LAYER = 'layer/dist/layer-arm64.zip';

/** The project as somebody has it who cloned it and ran what the README says. */
export interface Checkout {
  readonly folder: string;
  /** The layer's zip. */
  readonly layer: string;
  remove(): void;
}

/**
 * A clone of what is here now, committed or not, with `npm ci` and `npm run layer` done.
 * @throws Error where the layer was not built here
 */
export async function cleanCheckout(): Promise<Checkout> {
  const [root, layer] = [packageRoot(), join(packageRoot(), LAYER)];
  if (!existsSync(layer)) throw new Error(`${LAYER} is not there: run \`npm run layer\` first.`);
  // An engine looks at its program by the folder's true name.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'neon-backup-checkout-')));
  for (const file of await ownFiles(root)) copy(join(root, file), join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  copy(layer, join(folder, LAYER));
  await execa(process.execPath, ['build.js'], { cwd: folder });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { folder, layer: join(folder, LAYER), remove };
}

async function ownFiles(cwd: string): Promise<string[]> {
  const kinds = ['--cached', '--others', '--exclude-standard'];
  const { stdout } = await execa('git', ['ls-files', '-z', ...kinds], { cwd });
  return stdout.split('\0').filter((file) => file && existsSync(join(cwd, file)));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
