import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';

const ROOT = join(__dirname, '..');

const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // Of a library's ES modules only what is used comes along; its CommonJS form comes whole.
  mainFields: ['module', 'main'],
  external: ['pg-native'],
  // A bundle names its modules by their paths: those below the root, wherever node_modules really is.
  preserveSymlinks: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'error',
} satisfies BuildOptions;

/**
 * Bundles a handler and all that it imports into one file. The same sources give the same bytes
 * wherever the program runs, so that only a change of the code changes the function. Names are kept,
 * so that a stack trace can be read without a source map.
 * @param entry the handler's file, from the root of the project: `lambda/backup.ts`
 * @returns the path of the file: `dist/lambda/backup/index.js` of the project
 */
export function bundleFunction(entry: string): string {
  const outfile = join(ROOT, 'dist', 'lambda', basename(entry, '.ts'), 'index.js');
  const [bundle] = buildSync({ ...OPTIONS, entryPoints: [entry], outfile }).outputFiles;
  if (!bundle) throw new Error(`Expected one bundle of ${entry}, got none.`);
  writeWhole(outfile, bundle.contents);
  return outfile;
}

/** Somebody else may be reading the file, or making the same. */
function writeWhole(file: string, contents: Uint8Array): void {
  const part = `${file}.${process.pid}.part`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(part, contents);
  renameSync(part, file);
}
