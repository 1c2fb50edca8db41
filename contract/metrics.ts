/**
 * Every metric that a function emits and an alarm may watch. Both sides take names, units and
 * dimensions from here, so that no alarm can watch what nobody emits.
 */
import type { Kind } from './keys';

export const NAMESPACE = 'NeonBackup';

export const METRICS = {
  /** 1 when a backup's manifest was written, 0 when a run ended without. */
  completed: { name: 'BackupCompleted', unit: 'Count' },
  /** 1 when a run ended without a backup. */
  failed: { name: 'BackupFailed', unit: 'Count' },
  /** What the backup's files take in the store. */
  bytes: { name: 'BackupBytes', unit: 'Bytes' },
  /** From the function's start to the manifest, or to the failure. */
  duration: { name: 'BackupDuration', unit: 'Seconds' },
  /** What was left of the function's time limit when the backup was complete. */
  backupTimeLeft: { name: 'BackupTimeLeft', unit: 'Seconds' },

  /** 1 when a backup was found VERIFIED. */
  verified: { name: 'Verified', unit: 'Count' },
  /** 1 when a backup was found FAILED, or no verdict could be reached. */
  verificationFailed: { name: 'VerificationFailed', unit: 'Count' },
  /** 1 when it could not be decided. */
  unverifiable: { name: 'Unverifiable', unit: 'Count' },
  verifyDuration: { name: 'VerifyDuration', unit: 'Seconds' },
  verifyTimeLeft: { name: 'VerifyTimeLeft', unit: 'Seconds' },

  /** How long the drill's restore took: the real recovery time. */
  restoreDuration: { name: 'RestoreDuration', unit: 'Seconds' },
  drillTimeLeft: { name: 'DrillTimeLeft', unit: 'Seconds' },
  /** Since the newest drill that ended well. */
  drillAge: { name: 'DrillAge', unit: 'Seconds' },
  /** 1 when no backup was ever restored. */
  neverRestored: { name: 'NeverRestored', unit: 'Count' },

  /** Of the data of the newest VERIFIED backup. */
  newestVerifiedAge: { name: 'NewestVerifiedAge', unit: 'Seconds' },
  /** How long a VERIFIED backup has been missing, by the kind's schedule; 0: none is. */
  overdue: { name: 'BackupOverdue', unit: 'Seconds' },
  /** The newest backup's size over the median of those before it, in percent. */
  sizeTrend: { name: 'BackupSizeTrend', unit: 'Percent' },
  durationTrend: { name: 'BackupDurationTrend', unit: 'Percent' },
  /** Minutes left to the function's time limit in the newest backup, in seconds. */
  timeToLimit: { name: 'BackupTimeToLimit', unit: 'Seconds' },
  clientMajor: { name: 'ClientMajor', unit: 'None' },
  serverMajor: { name: 'ServerMajor', unit: 'None' },
  storedBytes: { name: 'StoredBytes', unit: 'Bytes' },
  /** Backups that are to stay and are marked to go. */
  contradictions: { name: 'TagContradictions', unit: 'Count' },
  /** Folders that look like backups and can't be read. */
  unreadable: { name: 'UnreadableBackups', unit: 'Count' },
  /** What dead runs had left, and is given up now. */
  abandoned: { name: 'AbandonedRuns', unit: 'Count' },
  /** 1 each time the watch has come to its end. */
  watched: { name: 'WatchCompleted', unit: 'Count' },
  /** 1 when the watch could not look. */
  watchFailed: { name: 'WatchFailed', unit: 'Count' },

  /** 1 when a message to people could not be sent. */
  noticeFailed: { name: 'NoticeFailed', unit: 'Count' },
} as const;

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
