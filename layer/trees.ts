import { join } from 'node:path';
import { execa } from 'execa';
import { BackupError } from '../core/errors';
import { packageRoot } from '../core/package-root';
import type { LayerTree } from './zip';

/** As Debian calls them; Lambda says arm64 and x86_64. */
export const ARCHITECTURES = ['arm64', 'amd64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

const IMAGE = 'debian:stable-slim';

/**
 * Builds the trees of every major for one architecture under layer/dist/, or checks those that are
 * there. Where there is no apt (macOS) the scripts run in a container of Debian.
 * @throws BackupError `tool_missing` where there is neither apt nor docker, `tool_failed` where a build fails
 */
export async function buildTrees(
  architecture: Architecture,
  onProgress: (line: string) => void,
): Promise<LayerTree[]> {
  const folder = `dist/${architecture}`;
  const { run, majors } = await scripts();
  for (const major of majors) {
    onProgress(`PostgreSQL ${major} for ${architecture} …`);
    await run('build.sh', major, architecture, `${folder}/${major}`);
  }
  return majors.map((major) => ({
    folder: join(packageRoot(), 'layer', folder, major),
    as: `postgresql/${major}`,
  }));
}

type Run = (script: string, ...args: string[]) => Promise<string>;

async function scripts(): Promise<{ run: Run; majors: string[] }> {
  const here = await majorsOf(runHere);
  if (here.length > 0) return { run: runHere, majors: here };
  return { run: runInContainer, majors: await majorsOf(runInContainer) };
}

async function majorsOf(run: Run): Promise<string[]> {
  return [...(await run('suites.sh')).matchAll(/^\d+/gm)].map(([major]) => major);
}

const runHere: Run = (script, ...args) => succeed('sh', [script, ...args]);

const runInContainer: Run = (script, ...args) => {
  const mount = ['-v', `${join(packageRoot(), 'layer')}:/layer`, '-w', '/layer'];
  return succeed('docker', ['run', '--rm', ...mount, IMAGE, 'sh', script, ...args]);
};

async function succeed(program: string, args: string[]): Promise<string> {
  const cwd = join(packageRoot(), 'layer');
  const result = await execa(program, args, { cwd, reject: false, stderr: ['pipe', 'inherit'] });
  if (!result.failed) return result.stdout;
  if (result.code === 'ENOENT') {
    throw new BackupError('tool_missing', `There is neither apt-get nor ${program} here.`, {
      cure: 'Build the layer on Debian or Ubuntu, or start Docker.',
    });
  }
  throw new BackupError('tool_failed', `${program} ${args.join(' ')} failed.`, {
    output: result.stderr,
  });
}
