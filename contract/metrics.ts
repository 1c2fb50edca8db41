/**
 * Every metric that a function emits and an alarm may watch. Both sides take names, units and
 * dimensions from here, so that no alarm can watch what nobody emits.
 */
import type { Kind } from './keys';

export const NAMESPACE = 'NeonBackup';

/**
 * One metric. CloudWatch charges a series for the hours in which it gets a number: what is `always` emitted
 * costs a whole month, what is emitted at an `event` next to nothing.
 */
interface Metric {
  readonly name: string;
  readonly unit: 'Count' | 'Bytes' | 'Seconds' | 'Percent' | 'None';
  /** In which series: that of the kind, that of `all` kinds, or `both`, so that one alarm hears every kind. */
  readonly of: 'kind' | 'all' | 'both';
  /** `always`: in every hour, by the watch. `event`: when there is something to say. */
  readonly when: 'always' | 'event';
}

export const METRICS = {
  /** 1 when a backup's manifest was written, 0 when a run ended without. */
  completed: { name: 'BackupCompleted', unit: 'Count', of: 'kind', when: 'event' },
  /** 1 when a run ended without a backup, 0 when one was made. */
  failed: { name: 'BackupFailed', unit: 'Count', of: 'both', when: 'event' },
  /** What the backup's files take in the store; with each backup. */
  bytes: { name: 'BackupBytes', unit: 'Bytes', of: 'kind', when: 'event' },
  /** From the function's start to the manifest, or to the failure. */
  duration: { name: 'BackupDuration', unit: 'Seconds', of: 'kind', when: 'event' },
  /** What was left of the function's time limit when the backup was complete. */
  backupTimeLeft: { name: 'BackupTimeLeft', unit: 'Seconds', of: 'both', when: 'event' },

  /** With each verdict: 1 when a backup was found VERIFIED, else 0. */
  verified: { name: 'Verified', unit: 'Count', of: 'kind', when: 'event' },
  /** With each verdict: 1 when a backup was found FAILED, or no verdict could be reached, else 0. */
  verificationFailed: { name: 'VerificationFailed', unit: 'Count', of: 'both', when: 'event' },
  /** With each verdict: 1 when it could not be decided, else 0. */
  unverifiable: { name: 'Unverifiable', unit: 'Count', of: 'both', when: 'event' },
  verifyDuration: { name: 'VerifyDuration', unit: 'Seconds', of: 'kind', when: 'event' },
  verifyTimeLeft: { name: 'VerifyTimeLeft', unit: 'Seconds', of: 'both', when: 'event' },

  /** How long the drill's restore took: the real recovery time; with each drill that ended well. */
  restoreDuration: { name: 'RestoreDuration', unit: 'Seconds', of: 'all', when: 'event' },
  drillTimeLeft: { name: 'DrillTimeLeft', unit: 'Seconds', of: 'all', when: 'event' },
  /** Since the newest drill that ended well; where there was none, since the watch began; every six hours. */
  drillAge: { name: 'DrillAge', unit: 'Seconds', of: 'all', when: 'event' },
  /** 1 when a drill had nowhere to restore into. */
  neverRestored: { name: 'NeverRestored', unit: 'Count', of: 'all', when: 'event' },

  /** Of the data of the newest VERIFIED backup of a kind that has a schedule. */
  newestVerifiedAge: { name: 'NewestVerifiedAge', unit: 'Seconds', of: 'kind', when: 'always' },
  /** How long a VERIFIED backup has been missing, by the kind's schedule; 0: none is. */
  overdue: { name: 'BackupOverdue', unit: 'Seconds', of: 'both', when: 'always' },
  /** The newest backup's size over the median of those before it, in percent; once it is made. */
  sizeTrend: { name: 'BackupSizeTrend', unit: 'Percent', of: 'both', when: 'event' },
  durationTrend: { name: 'BackupDurationTrend', unit: 'Percent', of: 'kind', when: 'event' },
  /** Minutes left to the function's time limit in the newest backup, in seconds; once it is made. */
  timeToLimit: { name: 'BackupTimeToLimit', unit: 'Seconds', of: 'kind', when: 'event' },
  clientMajor: { name: 'ClientMajor', unit: 'None', of: 'kind', when: 'event' },
  serverMajor: { name: 'ServerMajor', unit: 'None', of: 'kind', when: 'event' },
  /** What is in the store, without former versions; every six hours. */
  storedBytes: { name: 'StoredBytes', unit: 'Bytes', of: 'all', when: 'event' },
  /** Backups that are to stay and are marked to go; every six hours, and when a tag was set. */
  contradictions: { name: 'TagContradictions', unit: 'Count', of: 'all', when: 'event' },
  /** Folders that look like backups and can't be read, where there are any. */
  unreadable: { name: 'UnreadableBackups', unit: 'Count', of: 'all', when: 'event' },
  /** What dead runs had left, and is given up now. */
  abandoned: { name: 'AbandonedRuns', unit: 'Count', of: 'all', when: 'event' },
  /** 1 each time the watch has come to its end, 0 when it has not. */
  watched: { name: 'WatchCompleted', unit: 'Count', of: 'all', when: 'always' },
  /** 1 when the watch could not look. */
  watchFailed: { name: 'WatchFailed', unit: 'Count', of: 'all', when: 'event' },
  /** People who hear what is told: the confirmed subscriptions of the topic. */
  listeners: { name: 'Listeners', unit: 'Count', of: 'all', when: 'always' },

  /** How many more branches Neon's plan includes, beside those that live for minutes; with each snapshot. */
  freeBranches: { name: 'FreeBranches', unit: 'Count', of: 'all', when: 'event' },
  /** What of Neon's project will make the next backup fail; every six hours, unless Neon is not to be reached. */
  neonProblems: { name: 'NeonProblems', unit: 'Count', of: 'all', when: 'event' },

  /** 1 when a message to people could not be sent. */
  noticeFailed: { name: 'NoticeFailed', unit: 'Count', of: 'both', when: 'event' },
} as const satisfies Record<string, Metric>;

export type MetricId = keyof typeof METRICS;

/** Of a run whose event names no kind that we know. */
export const UNKNOWN_KIND = 'unknown';
/** Of numbers that belong to the whole store. */
export const ALL_KINDS = 'all';

/** Whose numbers they are: one series for each deployment and kind of backup. */
export interface Dimensions {
  /** The deployment; the name of the dimension is the one that Powertools always adds. */
  readonly service: string;
  readonly kind: Kind | typeof UNKNOWN_KIND | typeof ALL_KINDS;
}
