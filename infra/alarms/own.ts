import { ALL_KINDS, METRICS, type MetricId, NAMESPACE } from '../../contract/metrics';
import { type AlarmDefinition, above, below, happened, rare, type Series, silent } from './shapes';

export interface AlarmLimits {
  /** The deployment's name, as metrics carry it. */
  readonly deployment: string;
  /** GB in the vault. */
  readonly storageBudgetGb: number;
  /** Whether the stack keeps branches of Neon's as snapshots. */
  readonly snapshotBranches: boolean;
  /** The project of Neon's that the source is in. @default the source is none of Neon's */
  readonly neonProject?: string | undefined;
}

/** The alarms on what the functions say. */
export function ownAlarms(limits: AlarmLimits): AlarmDefinition[] {
  const on: On = (metric) => ({
    namespace: NAMESPACE,
    metricName: METRICS[metric].name,
    unit: METRICS[metric].unit,
    dimensions: { service: limits.deployment, kind: ALL_KINDS },
  });
  return [
    ...ofRuns(on),
    ...ofBackups(on),
    ...ofVault(on, limits.storageBudgetGb),
    ...ofWatch(on),
    ...ofPeople(on),
    ...(limits.neonProject ? ofProject(on, limits.neonProject) : []),
    ...(limits.snapshotBranches ? ofSnapshots(on) : []),
  ];
}

/** The series of a metric, of all kinds: one alarm hears every kind. */
type On = (metric: MetricId) => Series;

/** With so few seconds left, the next one may not be done in time. */
const NEAR_LIMIT = 120;
const TOO_LONG = 'was done only just before the time limit of its function: raise memoryMb.';

function ofRuns(on: On): AlarmDefinition[] {
  const failed = 'A run ended without a backup. The message of the function says why.';
  const bad = 'A backup is FAILED, or no verdict could be reached.';
  const undecided = 'Of a backup it could not be decided whether it is good.';
  return [
    happened('backup-failed', on('failed'), failed),
    happened('verification-failed', on('verificationFailed'), bad),
    happened('unverifiable', on('unverifiable'), undecided),
    below('backup-near-limit', on('backupTimeLeft'), NEAR_LIMIT, `A backup ${TOO_LONG}`),
    below('verify-near-limit', on('verifyTimeLeft'), NEAR_LIMIT, `A verification ${TOO_LONG}`),
  ];
}

/** Less than this share of the usual size, in percent, is hardly a backup of the same database. */
const SHRUNK = 50;

function ofBackups(on: On): AlarmDefinition[] {
  const late =
    'A backup is overdue: of a kind no VERIFIED one has data from after it was due. Run neon-backup doctor --stack.';
  const small = 'The newest backup of a kind is less than half as large as those before it.';
  return [
    silent(above('overdue', on('overdue'), 0, late)),
    below('size-dropped', on('sizeTrend'), SHRUNK, small),
  ];
}

const DRILL_DAYS = 8;

function ofVault(on: On, budgetGb: number): AlarmDefinition[] {
  const untested = `No backup was restored for a test for ${DRILL_DAYS} days.`;
  const full = `The vault holds more than ${budgetGb} GB: look at the retention, or raise storageBudgetGb.`;
  const marked =
    'A backup that is to stay is tagged to go, perhaps at the next midnight. Remove the tag at once, or else the delete marker within undoDays (docs/break-glass.md), and find out who did it.';
  const unreadable = 'A backup in the vault can not be read.';
  return [
    above('drill-overdue', on('drillAge'), DRILL_DAYS * 86_400, untested),
    above('storage-over-budget', on('storedBytes'), budgetGb * 1e9, full),
    above('tags-contradict', on('contradictions'), 0, marked),
    { ...rare(happened('unreadable', on('unreadable'), unreadable)), period: 900 },
  ];
}

/** A watch that could not look says 0. */
function ofWatch(on: On): AlarmDefinition[] {
  const silence =
    'Nobody looks at the vault any more: the watch function does not run, or can not look. Run neon-backup doctor --stack.';
  const silentWatch = silent(happened('watch-silent', on('watched'), silence));
  return [{ ...silentWatch, comparison: 'LessThanThreshold' }];
}

function ofPeople(on: On): AlarmDefinition[] {
  const unsent = 'A message to people could not be sent; see the log of the function.';
  const unheard = 'Nobody has confirmed a subscription: no message reaches anyone.';
  return [
    rare(happened('notice-failed', on('noticeFailed'), unsent)),
    {
      ...below('nobody-listens', on('listeners'), 1, unheard),
      statistic: 'Maximum',
      tellsOver: true,
    },
  ];
}

function ofProject(on: On, project: string): AlarmDefinition[] {
  const ahead = `The next backup will fail: the API key of Neon is no longer good, what is backed up is no longer there, or no branch is left to back up from. The message of the watch function says which, and so does npx neon-backup doctor --from neon:${project}.`;
  return [above('neon-problems', on('neonProblems'), 0, ahead)];
}

/** For a branch to back up from or to restore into, and one to look into the past with. */
const LEAST_FREE = 2;

function ofSnapshots(on: On): AlarmDefinition[] {
  const full = `Neon's plan includes fewer than ${LEAST_FREE} more branches, and a backup, a drill and a look into the past each need one. Delete what nobody needs; npx neon-backup snapshot list shows what is kept.`;
  const near = below('branches-near-limit', on('freeBranches'), LEAST_FREE, full);
  return [{ ...near, tellsOver: true }];
}
