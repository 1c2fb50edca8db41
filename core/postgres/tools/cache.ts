import { statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { BackupError, messageOf } from '../../errors';
import { packageRoot } from '../../package-root';
import type { ClientTools, ToolsOptions } from '../tools';
import { cacheFolder } from './cache-folder';
import { fittingMajor, openTree } from './tree';

/** What dpkg calls the processors that node runs on. */
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
};

const SCRIPTS = ['build.sh', 'run.sh'];

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The trees that `layer/build.sh` makes from the distribution's packages: built on first use, compared
 * with its current versions at most once a day. Undefined where there is no apt, or nothing new enough.
 * @throws BackupError `tool_missing` where the first build fails
 */
export async function cachedTools(
  serverMajor: number,
  options: ToolsOptions,
): Promise<ClientTools | undefined> {
  const architecture = ARCHITECTURES[process.arch];
  const suites = await suitesHere(options);
  const major = fittingMajor(serverMajor, [...suites.keys()]);
  if (!architecture || major === undefined) return undefined;
  const tree = await cachedTree(major, architecture, options);
  return openTree(tree, `${suites.get(major)}, cached in ${tree}`);
}

/** One tree of the cache, also of another architecture (`amd64`, `arm64`) than this machine's. */
export async function cachedTree(
  major: number,
  architecture: string,
  options: ToolsOptions,
): Promise<string> {
  const tree = join(cacheFolder(options.env ?? process.env), architecture, `${major}`);
  await refresh({ tree, major, architecture }, options);
  return tree;
}

/** The majors that this machine's distribution has, each with the name of its suite. */
async function suitesHere({ env }: ToolsOptions): Promise<Map<number, string>> {
  const { stdout } = await execa('sh', [join(packageRoot(), 'layer/suites.sh')], { env });
  const lines = stdout.split('\n').filter(Boolean);
  return new Map(lines.map((line) => suiteOf(line.split(' '))));
}

function suiteOf([major, suite, distribution]: string[]): [number, string] {
  return [Number(major), `${distribution} ${suite}`];
}

interface Wanted {
  readonly tree: string;
  readonly major: number;
  readonly architecture: string;
}

async function refresh(wanted: Wanted, options: ToolsOptions): Promise<void> {
  const checked = statSync(join(wanted.tree, 'packages.txt'), { throwIfNoEntry: false });
  if (checked && checked.mtimeMs > Math.max(Date.now() - DAY_MS, scriptsChanged())) return;
  const verb = checked ? 'Checking' : 'Fetching';
  options.onProgress?.(`${verb} the client tools of PostgreSQL ${wanted.major} …`);
  try {
    await build(wanted, options);
  } catch (error) {
    if (!checked || options.signal?.aborted) throw error;
    options.onProgress?.(
      `${messageOf(error)} The tools of ${checked.mtime.toISOString()} are used.`,
    );
  }
}

/** When this package's own scripts last changed: a newer version may make its trees in another way. */
function scriptsChanged(): number {
  const times = SCRIPTS.map((name) => statSync(join(packageRoot(), 'layer', name)).mtimeMs);
  return Math.max(...times);
}

async function build(
  { tree, major, architecture }: Wanted,
  { env, signal }: ToolsOptions,
): Promise<void> {
  const script = join(packageRoot(), 'layer/build.sh');
  const result = await execa('sh', [script, `${major}`, architecture, tree], {
    env,
    all: true,
    stdin: 'ignore',
    reject: false,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  signal?.throwIfAborted();
  if (!result.failed) return;
  throw new BackupError(
    'tool_missing',
    `The client tools of PostgreSQL ${major} could not be fetched from this machine's apt sources.`,
    {
      cure: 'See that `apt-get update` works here, or set NEON_BACKUP_TOOLS to tools made elsewhere.',
      output: result.all.split('\n').slice(-8).join('\n'),
    },
  );
}
