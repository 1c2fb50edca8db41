import { BackupError } from '../../core/errors';
import { SETTINGS } from '../../infra/config/schema';
import { scratchKind } from '../../infra/config/scratch';
import type { Place } from './account';
import type { DeployFlags } from './flags';
import type { Guide } from './guide';
import { neonProblem, postgresProblem } from './source';
import type { Values, Wanted } from './values';

/** What is backed up: a database by its URL, or a project of Neon's. */
export type Way = 'postgres' | 'neon';

/**
 * Step 4: each value that is missing.
 * @throws BackupError `usage` where one is missing or wrong, and nobody can be asked
 */
export async function settleSettings(
  guide: Guide,
  values: Values,
  { region }: Place,
  flags: DeployFlags,
): Promise<Way> {
  guide.begin(
    'Settings',
    'What is backed up, and who is told. Secrets are typed unseen and stored encrypted. Everything else has\na default; Pulumi.yaml describes each setting.',
  );
  if (values.stored('aws:region') === undefined) await values.store('aws:region', region);
  const way = await chooseWay(guide, values, flags);
  if (way === 'postgres') await values.settle(databaseUrl(guide, values));
  else await settleNeon(guide, values, flags);
  await values.settle(email(flags));
  sayDrills(guide, values);
  return way;
}

/** What is stored decides; then what was asked for; then what the environment holds. */
async function chooseWay(guide: Guide, values: Values, { source, neonProject }: DeployFlags) {
  const stored = wayOf(
    values.stored('databaseUrl'),
    values.stored('neonProjectId') ?? values.stored('neonApiKey'),
  );
  if (source === 'postgres' && neonProject) throw twoSources();
  const asked = source ?? (neonProject ? 'neon' : undefined);
  if (stored && asked && stored !== asked) throw otherWay(stored, asked);
  const { DATABASE_URL, NEON_API_KEY, NEON_PROJECT_ID } = process.env;
  const way = stored ?? asked ?? wayOf(DATABASE_URL, NEON_API_KEY || NEON_PROJECT_ID);
  return way ?? guide.choose(WAY, WAYS);
}

/** Undefined where neither is there, or both are. */
function wayOf(postgres: string | undefined, neon: string | undefined): Way | undefined {
  if (postgres && neon) return undefined;
  return postgres ? 'postgres' : neon ? 'neon' : undefined;
}

const WAY = {
  what: 'What is backed up',
  instead:
    'Give --source postgres and set DATABASE_URL; or --source neon, and set NEON_API_KEY and NEON_PROJECT_ID.',
};
const WAYS = [
  { value: 'postgres' as const, name: 'Any PostgreSQL, by its URL' },
  {
    value: 'neon' as const,
    name: 'A project of Neon: read from a branch, without load on production',
  },
];

function twoSources(): BackupError {
  return new BackupError(
    'usage',
    '--source says postgres, and --neon-project names another source.',
    {
      cure: 'Leave one of them out.',
    },
  );
}

function otherWay(stored: Way, asked: Way): BackupError {
  const keys = { postgres: ['databaseUrl'], neon: ['neonApiKey', 'neonProjectId'] }[stored];
  const lines = keys.map((key) => `npx pulumi config rm neon-backup:${key}`).join('; ');
  return new BackupError(
    'refused',
    `The stack backs up by the way "${stored}", and "${asked}" was asked for.`,
    { cure: `Another database is another stack: --stack NAME. To change this one: ${lines}` },
  );
}

function databaseUrl(guide: Guide, values: Values): Wanted {
  return {
    key: 'databaseUrl',
    isSecret: true,
    what: 'URL of the database, postgresql://… of the direct host',
    instead:
      'Set DATABASE_URL, in the environment or in .env. Where only AWS can reach it, store it yourself, and run this again: npx pulumi config set --secret neon-backup:databaseUrl',
    variables: ['DATABASE_URL'],
    problemOf: (url) => postgresProblem(guide, url, values.stored('criticalTables')),
  };
}

async function settleNeon(guide: Guide, values: Values, { neonProject }: DeployFlags) {
  const project = await values.settle({
    key: 'neonProjectId',
    what: 'Id of the Neon project, such as calm-sea-12345678 (Neon Console, Settings)',
    instead: 'Give --neon-project ID, or set NEON_PROJECT_ID.',
    flag: neonProject,
    variables: ['NEON_PROJECT_ID'],
    problemOf: (value) => schemaProblem('neonProjectId', value),
  });
  await values.settle({
    key: 'neonApiKey',
    isSecret: true,
    what: 'API key of that project (Neon Console, Settings, API keys)',
    instead: 'Set NEON_API_KEY, in the environment or in .env.',
    variables: ['NEON_API_KEY'],
    problemOf: (key) => neonProblem(guide, project, key),
  });
}

const SCRATCHES = {
  postgres: 'the server of drillScratchUrl',
  neon: 'a branch of the project, made for each and deleted after it',
};
const NO_SCRATCH =
  'drills: no backup is restored for a test until there is a server for it: npx pulumi config set --secret neon-backup:drillScratchUrl';

/** Not asked for: a backup needs none, and a project of Neon's is one. */
function sayDrills(guide: Guide, values: Values): void {
  const [drillScratchUrl, neonApiKey] = ['drillScratchUrl', 'neonApiKey'].map((key) =>
    values.stored(key),
  );
  const neonDrill = values.stored('neonDrill') !== 'false';
  const kind = scratchKind({ neonDrill }, { drillScratchUrl, neonApiKey });
  if (kind) guide.found(`drills: into ${SCRATCHES[kind]}`);
  else guide.warn(NO_SCRATCH);
}

function email({ email: flag }: DeployFlags): Wanted {
  return {
    key: 'email',
    what: 'E-mail address of whoever is told when something is wrong',
    instead: 'Give --email ADDRESS, or set NEON_BACKUP_EMAIL.',
    flag,
    variables: ['NEON_BACKUP_EMAIL'],
    problemOf: (value) => schemaProblem('email', value),
  };
}

/** By the same rule that the stack itself has. */
export function schemaProblem(key: keyof typeof SETTINGS.shape, value: string): string | undefined {
  const { error } = SETTINGS.shape[key].safeParse(value);
  return error && `"${value}" is not ${error.issues[0]?.message}.`;
}
