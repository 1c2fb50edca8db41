import { existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseEnv } from 'node:util';
import type { StackOutputs } from '../../contract/outputs';
import { readCatalog } from '../../core/catalog';
import type { Settings } from '../../core/settings';
import { openStore } from '../../core/stores/open';
import type { Store } from '../../core/stores/store';
import type { Commands, Facts, NeonFacts } from './facts';
import { type Job, readLocalJobs } from './jobs';

/**
 * Looks at the store, this machine's schedulers and files.
 * @throws BackupError where the store can't be read
 */
export async function gatherLocally(settings: Settings): Promise<Facts> {
  const { store: url, database, retention } = settings;
  return {
    ...(await gatherStore(await openStore(url), database)),
    store: url,
    policy: retention,
    jobs: await readLocalJobs(),
    url: whereUrlIs(),
    commands: localCommands(url),
  };
}

/**
 * Looks at what is deployed.
 * @throws BackupError where AWS does not answer
 */
export async function gatherStack(outputs: StackOutputs, { database }: Settings): Promise<Facts> {
  const [{ S3Store }, { s3Client }, { readSchedules }, { readDeployedSettings }] =
    await Promise.all([
      import('../../core/stores/s3.js'),
      import('../../core/stores/s3-client.js'),
      import('../stack/schedules.js'),
      import('../stack/settings.js'),
    ]);
  const store = new S3Store(outputs.store, s3Client(process.env, { region: outputs.region }));
  const schedules = await readSchedules(outputs);
  const enabled = schedules.filter(({ state }) => state === 'enabled');
  return {
    ...(await gatherStore(store, database)),
    store: outputs.store,
    policy: (await readDeployedSettings(outputs)).retention,
    jobs: enabled.flatMap(({ name, id }) => {
      const duty = DUTIES[name];
      return duty ? [{ ...duty, by: `the schedule ${id}` }] : [];
    }),
    url: 'stack',
    commands: stackCommands(outputs),
  };
}

const DUTIES: Record<string, Omit<Job, 'by'>> = {
  daily: { does: 'backup', everyDays: 1 },
  weekly: { does: 'backup', everyDays: 7 },
  drill: { does: 'drill', everyDays: 7 },
  watch: { does: 'watch', everyDays: 1 },
  monthly: { does: 'report', everyDays: 31 },
  quarterly: { does: 'reminder', everyDays: 92 },
};

async function gatherStore(store: Store, database: string | undefined) {
  const neon = await gatherNeon(here());
  const { backups } = await readCatalog(store, { database });
  let storedBytes = 0;
  for await (const { bytes } of store.list('')) storedBytes += bytes;
  return { now: new Date(), backups, storedBytes, neonctl: isOnPath('neonctl'), neon };
}

function isOnPath(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}

/** @throws NeonError */
async function gatherNeon(given: NodeJS.ProcessEnv): Promise<NeonFacts | undefined> {
  const { NEON_API_KEY: apiKey, NEON_PROJECT_ID: id } = given;
  if (!apiKey || !id) return undefined;
  const { openNeon } = await import('../../core/neon/api.js');
  const neon = openNeon(id, { apiKey });
  const [{ plan, historySeconds }, branches] = await Promise.all([
    neon.getProject(),
    neon.listBranches('backup-'),
  ]);
  return { project: id, plan, historySeconds, branches: branches.toReversed() };
}

/** The environment, completed by `.env`. */
function here(): NodeJS.ProcessEnv {
  return { ...dotEnv(), ...process.env };
}

function dotEnv(): NodeJS.ProcessEnv {
  return existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
}

function whereUrlIs(): Facts['url'] {
  if (dotEnv().DATABASE_URL) return statSync('.env').mode & 0o077 ? 'exposed' : 'private';
  return process.env.DATABASE_URL ? 'environment' : 'nowhere';
}

function localCommands(url: string): Commands {
  const store = /^[\w@%+=:,./~-]+$/.test(url) ? url : `'${url.replaceAll("'", `'\\''`)}'`;
  return {
    backUp: `npx neon-backup run --to ${store}`,
    verify: `npx neon-backup verify latest --in ${store}`,
    drill: `npx neon-backup verify latest --in ${store} --drill embedded`,
    schedule: `npx neon-backup cron --at 02:00 run --to ${store} --kind daily`,
    remind: `npx neon-backup cron --at "Sun 05:00" --name neon-backup-drill verify latest --in ${store} --drill embedded`,
    usage: `npx neon-backup doctor --in ${store}`,
    review: `npx neon-backup prune --in ${store} --dry-run`,
  };
}

function stackCommands({ store, functions, region, commands }: StackOutputs): Commands {
  const call = (name: string, payload: string) =>
    `aws lambda invoke --region ${region} --function-name ${name} --cli-read-timeout 0 --payload '${payload}' --cli-binary-format raw-in-base64-out /dev/stdout`;
  return {
    backUp: commands.backUpNow,
    verify: call(functions.verify, '{"id":"latest"}'),
    drill: call(functions.drill, '{}'),
    schedule: 'npx pulumi up --refresh',
    remind: 'npx pulumi up --refresh',
    usage: `npx neon-backup list --in ${store}`,
    review: `npx pulumi config; npx neon-backup list --in ${store}`,
  };
}
