import { lastDue } from '../../core/watch/schedule';
import type { Settings } from './schema';
import { type Secrets, secretSentence } from './secrets';

/** A sentence for each pair of settings that can't both hold. */
export function contradictions(settings: Settings, secrets: Secrets): string[] {
  return [
    ...sourceMistakes(settings, secrets),
    ...retentionMistakes(settings),
    ...drillMistakes(settings, secrets),
    ...githubMistakes(settings, secrets),
    ...scheduleMistakes(settings),
  ];
}

const WAYS =
  'give databaseUrl for any PostgreSQL, or neonApiKey and neonProjectId for a project of Neon';

function sourceMistakes({ neonProjectId }: Settings, { databaseUrl, neonApiKey }: Secrets) {
  const neon = neonApiKey !== undefined || neonProjectId !== undefined;
  if (databaseUrl && neon)
    return [
      `Settings databaseUrl and ${neonApiKey ? 'neonApiKey' : 'neonProjectId'} name two sources: ${WAYS}, and take the other away by \`pulumi config rm neon-backup:…\`.`,
    ];
  if (databaseUrl) return [];
  if (!neon) return [secretSentence('databaseUrl', `is missing (${WAYS})`)];
  if (!neonApiKey) return [secretSentence('neonApiKey', 'is missing beside neonProjectId')];
  return neonProjectId
    ? []
    : [sentence('neonProjectId', 'is missing beside neonApiKey', 'PROJECT_ID')];
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

function drillMistakes({ drillWhen }: Settings, { drillScratchUrl }: Secrets): string[] {
  if (drillWhen !== 'always' || drillScratchUrl) return [];
  return [secretSentence('drillScratchUrl', 'is missing, and drillWhen is always')];
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

/** The alarms count in quarters of an hour, by what the watch says. */
const WATCH_SECONDS = 900;

function scheduleMistakes({ timeZone, timeoutSeconds, ...settings }: Settings): string[] {
  const { dailySchedule, weeklySchedule, drillSchedule, watchSchedule } = settings;
  const { monthlySchedule, quarterlySchedule } = settings;
  // A backup has to be made and verified before the next one is due.
  const backups = { atLeast: 2 * timeoutSeconds };
  return [
    ...mistakesOf({ dailySchedule, weeklySchedule }, timeZone, backups),
    ...mistakesOf({ watchSchedule }, timeZone, { atMost: WATCH_SECONDS }),
    ...mistakesOf({ drillSchedule, monthlySchedule, quarterlySchedule }, timeZone, {}),
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
    const seconds = secondsBetween(expression, timeZone);
    if (seconds < atLeast)
      return `comes every ${seconds} s, and a backup with its verification may take ${atLeast} s`;
    if (seconds > atMost)
      return `comes every ${seconds} s, and the alarms expect it every ${atMost} s`;
    return undefined;
  } catch (error) {
    return `can't be met: ${(error as Error).message}`;
  }
}

/** Between the two newest moments, up to now, at which it was due. */
function secondsBetween(expression: string, timeZone: string): number {
  const schedule = { expression, timeZone };
  const last = lastDue(schedule, new Date());
  const before = lastDue(schedule, new Date(last.getTime() - 1));
  return Math.round((last.getTime() - before.getTime()) / 1000);
}

function sentence(name: string, problem: string, value: string): string {
  return `Setting ${name} ${problem}: run \`pulumi config set neon-backup:${name} ${value}\`.`;
}
