/**
 * Every metric that a function emits and an alarm may watch. Both sides take names, units and
 * dimensions from here, so that no alarm can watch what nobody emits.
 */
import type { Kind } from './keys';

export const NAMESPACE = 'NeonBackup';

export const METRICS = {
  /** 1 when a backup's manifest was written. */
  completed: { name: 'BackupCompleted', unit: 'Count' },
  /** 1 when a run ended without a backup. */
  failed: { name: 'BackupFailed', unit: 'Count' },
  /** What the backup's files take in the store. */
  bytes: { name: 'BackupBytes', unit: 'Bytes' },
  /** From the function's start to the manifest, or to the failure. */
  duration: { name: 'BackupDuration', unit: 'Seconds' },
} as const;

export type MetricId = keyof typeof METRICS;

/** Of a run whose event names no kind that we know. */
export const UNKNOWN_KIND = 'unknown';

/** Whose numbers they are: one series for each deployment and kind of backup. */
export interface Dimensions {
  /** The deployment; the name of the dimension is the one that Powertools always adds. */
  readonly service: string;
  readonly kind: Kind | typeof UNKNOWN_KIND;
}
