import { lastDue } from '../../core/watch/schedule';
import type { Settings } from './schema';
import { scratchKind } from './scratch';
import { type Secrets, secretSentence } from './secrets';

/** A sentence for each pair of settings that can't both hold. */
export function contradictions(settings: Settings, secrets: Secrets, region: string): string[] {
  return [
    ...replicaMistakes(settings, region),
    ...sourceMistakes(settings, secrets),
    ...retentionMistakes(settings),
    ...drillMistakes(settings, secrets),
    ...githubMistakes(settings, secrets),
    ...snapshotMistakes(settings, secrets),
    ...scheduleMistakes(settings),
  ];
}

const WAYS =
  'give databaseUrl for any PostgreSQL, or neonApiKey and neonProjectId for a project of Neon';

function sourceMistakes(settings: Settings, { databaseUrl, neonApiKey }: Secrets): string[] {
  const { neonProjectId } = settings;
  const neon = neonApiKey !== undefined || neonProjectId !== undefined;
  if (databaseUrl && neon)
    return [
      `Settings databaseUrl and ${neonApiKey ? 'neonApiKey' : 'neonProjectId'} name two sources: ${WAYS}, and take the other away by \`pulumi config rm neon-backup:…\`.`,
    ];
  if (databaseUrl) return unused(settings);
  if (!neon) return [secretSentence('databaseUrl', `is missing (${WAYS})`)];
  if (!neonApiKey) return [secretSentence('neonApiKey', 'is missing beside neonProjectId')];
  return neonProjectId
    ? []
    : [sentence('neonProjectId', 'is missing beside neonApiKey', 'PROJECT_ID')];
}

function unused(settings: Settings): string[] {
  const { neonBranch, neonDatabase, neonRole, neonHistoryWindow } = settings;
  const given = Object.entries({ neonBranch, neonDatabase, neonRole, neonHistoryWindow }).filter(
    ([, value]) => value,
  );
  return given.map(
    ([name]) =>
      `Setting ${name} is for Neon, and databaseUrl is set: run \`pulumi config rm neon-backup:${name}\`.`,
  );
}

function replicaMistakes({ replicaRegion }: Settings, region: string): string[] {
  if (replicaRegion !== region) return [];
  const problem = `is the vault's own region (${region}): a copy there is lost with it`;
  return [sentence('replicaRegion', problem, 'REGION')];
}

/** A lock is there so that nothing goes too early: not so that what is due to go can't. */
function retentionMistakes(settings: Settings): string[] {
  const { lockDays, dailyKeepDays, weeklyKeepDays, preDeployKeepDays, manualKeepDays } = settings;
  const kept = { dailyKeepDays, weeklyKeepDays, preDeployKeepDays, manualKeepDays };
  const shorter = Object.entries(kept).find(([, days]) => days < lockDays);
  if (!shorter) return [];
  const [name, days] = shorter;
  const problem = `(${lockDays}) is longer than ${name} (${days}): what is due to go could not`;
  return [sentence('lockDays', problem, String(days))];
}

function drillMistakes(settings: Settings, secrets: Secrets): string[] {
  if (settings.drillWhen !== 'always' || scratchKind(settings, secrets)) return [];
  const but = secrets.neonApiKey ? ', neonDrill is false' : '';
  return [secretSentence('drillScratchUrl', `is missing${but}, and drillWhen is always`)];
}

function githubMistakes(settings: Settings, { githubToken }: Secrets): string[] {
  const { githubRepository, githubEnvironment, githubBranch } = settings;
  if (!githubRepository) return [];
  const nobody =
    'is missing, and so is githubBranch: nobody in the repository could take the role on';
  return [
    ...(githubEnvironment || githubBranch
      ? []
      : [sentence('githubEnvironment', nobody, 'production')]),
    ...(githubToken ? [] : [secretSentence('githubToken', 'is missing beside githubRepository')]),
  ];
}

function snapshotMistakes(settings: Settings, { neonApiKey }: Secrets): string[] {
  const { snapshots, githubRepository } = settings;
  // By default a function makes them, of what is Neon's.
  if (!neonApiKey && ['native', 'workflow'].includes(snapshots))
    return [
      sentence('snapshots', `is ${snapshots}, and the source is no project of Neon`, 'function'),
    ];
  if (snapshots !== 'workflow' || githubRepository) return [];
  return [sentence('snapshots', 'is workflow, and githubRepository is missing', 'function')];
}

/** The alarms count in quarters of an hour, by what the watch says. */
const WATCH_SECONDS = 900;

function scheduleMistakes({ timeZone, timeoutSeconds, ...settings }: Settings): string[] {
  const { dailySchedule, weeklySchedule, drillSchedule, watchSchedule } = settings;
  const { monthlySchedule, quarterlySchedule, snapshotSchedule } = settings;
  // A backup has to be made and verified before the next one is due.
  const backups = { atLeast: 2 * timeoutSeconds };
  return [
    ...mistakesOf({ dailySchedule, weeklySchedule }, timeZone, backups),
    ...mistakesOf({ watchSchedule }, timeZone, { atMost: WATCH_SECONDS }),
    ...mistakesOf(
      { drillSchedule, monthlySchedule, quarterlySchedule, snapshotSchedule },
      timeZone,
      {},
    ),
  ];
}

/** Seconds between two times. */
interface Range {
  readonly atLeast?: number;
  readonly atMost?: number;
}

function mistakesOf(schedules: Record<string, string>, timeZone: string, range: Range): string[] {
  return Object.entries(schedules).flatMap(([name, expression]) => {
    const problem = problemOf(expression, timeZone, range);
    const instead = range.atMost ? "'rate(15 minutes)'" : "'cron(0 2 * * ? *)'";
    return problem ? [sentence(name, problem, instead)] : [];
  });
}

function problemOf(
  expression: string,
  timeZone: string,
  { atLeast = 0, atMost = Infinity }: Range,
) {
  try {
    // Where any gap will do, one tells that it can be met: looking far back takes long.
    const enough = atLeast === 0 && atMost === Infinity ? 1 : LOOKED_AT;
    const gaps = gapsOf(expression, timeZone, enough);
    const [shortest, longest] = [Math.min(...gaps), Math.max(...gaps)];
    if (shortest < atLeast)
      return `comes ${shortest} s after the one before, and a backup with its verification may take ${atLeast} s`;
    if (longest > atMost)
      return `leaves ${longest} s between two, and the alarms expect it every ${atMost} s`;
    return undefined;
  } catch (error) {
    return `can't be met: ${(error as Error).message}`;
  }
}

/** More than a day of quarters of an hour. */
const LOOKED_AT = 100;

/** Between the newest times, up to now, at which it was due; in seconds. */
function gapsOf(expression: string, timeZone: string, count: number): number[] {
  const schedule = { expression, timeZone };
  const gaps: number[] = [];
  let last = lastDue(schedule, new Date());
  while (gaps.length < count) {
    const before = lastDue(schedule, new Date(last.getTime() - 1));
    gaps.push(Math.round((last.getTime() - before.getTime()) / 1000));
    last = before;
  }
  return gaps;
}

function sentence(name: string, problem: string, value: string): string {
  return `Setting ${name} ${problem}: run \`pulumi config set neon-backup:${name} ${value}\`.`;
}
