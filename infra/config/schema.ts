import { z } from 'zod';
import { WINDOW_FORM, windowSeconds } from '../../core/neon/window/span';

/** The days that CloudWatch Logs can keep a log for. */
const LOG_DAYS = [30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 3653];

const EXPRESSION = 'a schedule such as cron(0 2 * * ? *) or rate(1 day)';

/**
 * The settings that hold no secret, as texts, which is how Pulumi hands them over. Every message ends the
 * sentence "… must be". Defaults and descriptions are in `Pulumi.yaml`.
 */
export const SETTINGS = z.object({
  neonProjectId: optional(
    /^[a-z0-9-]{1,60}$/,
    'the id of a Neon project, such as calm-sea-12345678',
  ),
  neonBranch: optional(),
  neonDatabase: optional(),
  neonRole: optional(),
  neonComputeUnits: computeUnits(),
  neonWithoutBranch: z.enum(['fail', 'direct'], 'fail or direct'),
  neonHistoryWindow: historyWindow(),
  snapshots: z.enum(
    ['function', 'native', 'workflow', 'none'],
    'function, native, workflow or none',
  ),
  snapshotKeep: whole(1, 100),
  snapshotKeepDays: whole(1, 365),
  databaseName: optional(),

  email: z.email('an e-mail address'),
  repositoryUrl: optional(
    /^(https|git):\/\/[^\s@]+$|^ssh:\/\/\S+$|^git@\S+$/,
    'a URL that git clones from, without a password',
  ),

  githubRepository: optional(/^[\w.-]+(@\d+)?\/[\w.-]+(@\d+)?$/, 'OWNER/NAME'),
  githubEnvironment: optional(),
  githubBranch: optional(),
  githubOidcProviderArn: optional(/^arn:\S+:oidc-provider\/\S+$/, 'the ARN of an OIDC provider'),
  githubWorkflows: z.enum(['folder', 'commit'], 'folder or commit'),

  criticalTables: list(),
  mayBeEmpty: list(),
  shrinkPercent: whole(1, 100),
  plainSql: flag(),

  dailySchedule: schedule(),
  weeklySchedule: schedule(),
  drillSchedule: schedule(),
  watchSchedule: schedule(),
  monthlySchedule: schedule(),
  quarterlySchedule: schedule(),
  snapshotSchedule: schedule(),
  timeZone: z.string().refine(isTimeZone, 'an IANA time zone such as UTC or Europe/Berlin'),

  dailyKeepDays: whole(1, 3650),
  dailyKeepMin: whole(1, 1000),
  weeklyKeepDays: whole(1, 3650),
  weeklyKeepMin: whole(1, 1000),
  preDeployKeepDays: whole(1, 3650),
  preDeployKeepMin: whole(1, 1000),
  manualKeepDays: whole(1, 3650),
  manualKeepMin: whole(1, 1000),
  lockMode: z.enum(['governance', 'compliance'], 'governance or compliance'),
  lockDays: whole(1, 3650),
  undoDays: whole(1, 3650),
  coldAfterDays: whole(0, 3650),
  replicaRegion: optional(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as eu-west-1'),
  storageBudgetGb: whole(1, 1_000_000),

  drillWhen: z.enum(['separate', 'always'], 'separate or always'),
  neonDrill: flag(),
  // A session of IAM Identity Center carries no sign of its second factor.
  restorePrincipals: list(/^arn:(?!\S*AWSReservedSSO_)\S+$/, 'a list of ARNs, of no SSO roles'),

  memoryMb: whole(512, 10_240),
  timeoutSeconds: whole(120, 900),
  tmpMb: whole(512, 10_240),
  // A call is repeated while the first one still runs, and has to be answered.
  reservedConcurrency: whole(0, 1000).refine((count) => count !== 1, '0, or at least 2'),
  logDays: whole(30, 3653).refine(
    (days) => LOG_DAYS.includes(days),
    `one of ${LOG_DAYS.join(', ')}`,
  ),
  layerZip: z.string().min(1, 'the path of a zip file'),
  preflight: flag(),
});

export type Settings = z.output<typeof SETTINGS>;

/** Empty is undefined. */
function optional(form = /./, expected = 'a text') {
  return z
    .string()
    .default('')
    .refine((text) => text === '' || form.test(text), expected)
    .transform((text) => text || undefined);
}

/** Pulumi hands over a list as JSON. */
function list(form = /./, expected = 'a list of texts') {
  return z
    .string()
    .default('[]')
    .transform(parsed)
    .pipe(z.array(z.string(expected).regex(form, expected), expected));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function flag() {
  return z.enum(['true', 'false'], 'true or false').transform((text) => text === 'true');
}

/** AWS takes one of the two kinds of days, and counts weekdays from 1, which is Sunday. */
function isFollowed(expression: string): boolean {
  const [, , day, , weekday] = expression.replace(/^cron\(/, '').split(' ');
  if (expression.startsWith('rate')) return true;
  return (day === '?') !== (weekday === '?') && !/(?<![#/\d])[089]/.test(weekday ?? '');
}

function schedule() {
  return z
    .string()
    .regex(/^(cron\((\S+ ){5}\S+\)|rate\([1-9]\d* (minute|hour|day)s?\))$/, EXPRESSION)
    .refine(isFollowed, `${EXPRESSION}, with ? for the day of the month or the weekday (1 to 7)`);
}

function whole(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  const inRange = (number: number) => number >= least && number <= most;
  return z.string().regex(/^\d+$/, expected).transform(Number).refine(inRange, expected);
}

/** Neon's computes have a quarter of a unit, a half, or whole ones. */
function computeUnits() {
  return z
    .string()
    .regex(/^(0\.25|0\.5|[1-9]|1[0-6])$/, '0.25, 0.5, or a whole number from 1 to 16')
    .transform(Number);
}

/** Seconds; empty is undefined. */
function historyWindow() {
  return z
    .string()
    .default('')
    .refine((text) => text === '' || windowSeconds(text) !== undefined, WINDOW_FORM)
    .transform(windowSeconds);
}

/** An offset such as +02:00 is none: it knows no summer time, and AWS refuses it. */
function isTimeZone(name: string): boolean {
  return name === 'UTC' || Intl.supportedValuesOf('timeZone').includes(name);
}
