import type { Kind } from '../../contract/keys';
import { ALL_KINDS, METRICS, type MetricId, NAMESPACE } from '../../contract/metrics';
import { type AlarmDefinition, above, below, happened, rare, type Series, silent } from './shapes';

export interface AlarmLimits {
  /** The deployment's name, as metrics carry it. */
  readonly deployment: string;
  /** The kinds that have a schedule. */
  readonly kinds: readonly Kind[];
  /** GB in the vault. */
  readonly storageBudgetGb: number;
}

/** The alarms on what the functions say. */
export function ownAlarms(limits: AlarmLimits): AlarmDefinition[] {
  const on: On = (metric, kind = ALL_KINDS) => ({
    namespace: NAMESPACE,
    metricName: METRICS[metric].name,
    unit: METRICS[metric].unit,
    dimensions: { service: limits.deployment, kind },
  });
  return [
    ...ofRuns(on),
    ...limits.kinds.flatMap((kind) => ofKind(on, kind)),
    ...ofVault(on, limits.storageBudgetGb),
    ...ofWatch(on),
    ...ofPeople(on),
  ];
}

/** The series of a metric. @default of all kinds */
type On = (metric: MetricId, kind?: Kind | typeof ALL_KINDS) => Series;

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

function ofKind(on: On, kind: Kind): AlarmDefinition[] {
  const late = `The ${kind} backup is overdue: no VERIFIED one has data from after it was due. Run neon-backup doctor --stack.`;
  const small = `The newest ${kind} backup is less than half as large as those before it.`;
  return [
    silent(above(`overdue-${kind}`, on('overdue', kind), 0, late)),
    below(`size-${kind}`, on('sizeTrend', kind), SHRUNK, small),
  ];
}

const DRILL_DAYS = 8;

function ofVault(on: On, budgetGb: number): AlarmDefinition[] {
  const untested = `No backup was restored for a test for ${DRILL_DAYS} days.`;
  const full = `The vault holds more than ${budgetGb} GB: look at the retention, or raise storageBudgetGb.`;
  const marked =
    'A backup that is to stay is tagged to go. Whoever may tag can delete slowly: find out who did it, and remove the tag within a day.';
  const unreadable = 'A backup in the vault can not be read.';
  return [
    above('drill-overdue', on('drillAge'), DRILL_DAYS * 86_400, untested),
    above('storage-over-budget', on('storedBytes'), budgetGb * 1e9, full),
    above('tags-contradict', on('contradictions'), 0, marked),
    { ...rare(happened('unreadable', on('unreadable'), unreadable)), period: 900 },
  ];
}

function ofWatch(on: On): AlarmDefinition[] {
  const silence =
    'Nobody looks at the vault any more: the watch function does not run. Run neon-backup doctor --stack.';
  const failed = 'The watch could not look at the vault; see its log.';
  return [
    {
      ...silent(happened('watch-silent', on('watched'), silence)),
      comparison: 'LessThanThreshold',
    },
    { ...rare(happened('watch-failed', on('watchFailed'), failed)), period: 900 },
  ];
}

function ofPeople(on: On): AlarmDefinition[] {
  const unsent = 'A message to people could not be sent; see the log of the function.';
  const unheard = 'Nobody has confirmed a subscription: no message reaches anyone.';
  return [
    rare(happened('notice-failed', on('noticeFailed'), unsent)),
    { ...below('nobody-listens', on('listeners'), 1, unheard), statistic: 'Maximum' },
  ];
}
