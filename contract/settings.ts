/**
 * What the stack tells its functions: one JSON document in one environment variable, the same for all.
 * It holds no secret: where one is needed, its ARN stands.
 */
import type { Kind } from './keys';

export const SETTINGS_VARIABLE = 'NEON_BACKUP_SETTINGS';

export interface FunctionSettings {
  /** The deployment's name, as metrics carry it. */
  readonly deployment: string;
  /** `s3://bucket/prefix`: where backups go. */
  readonly store: string;
  readonly source: SourceSetting;
  /** What the store calls the database. @default its name on the server */
  readonly database?: string | undefined;
  /** Also keep the dump as plain SQL. @default false */
  readonly plain?: boolean | undefined;
  readonly criticalTables?: string[] | undefined;
  readonly mayBeEmpty?: string[] | undefined;
  /** A share, 0 to 1. @default 0.5 */
  readonly shrinkLimit?: number | undefined;
  /** @default 30 days and 3 VERIFIED ones, of each kind */
  readonly retention?:
    | { readonly [K in Kind]?: { keepDays?: number; keepMin?: number } }
    | undefined;
  readonly lockTimeoutSeconds?: number | undefined;
  readonly stallTimeoutSeconds?: number | undefined;
  /** When each kind of backup is due. */
  readonly schedules?: { readonly [K in Kind]?: ScheduleSetting } | undefined;
  /** The functions' time limits, in seconds. @default 900 each */
  readonly limits?: { readonly backup?: number; readonly verify?: number } | undefined;
  readonly drill?: DrillSetting | undefined;
  readonly notices?: NoticeSetting | undefined;
}

/** The database that is backed up. */
export type SourceSetting = {
  readonly kind: 'postgres';
  /** The ARN of the secret that holds its URL, of a direct host. */
  readonly secret: string;
};

export interface ScheduleSetting {
  /** `cron(…)` or `rate(…)`, as EventBridge Scheduler writes them. */
  readonly expression: string;
  /** An IANA name. */
  readonly timeZone: string;
}

export interface DrillSetting {
  /** Whether each verification restores, or only the drill function does. @default separate */
  readonly when?: 'always' | 'separate' | undefined;
  /** A verification restores no larger archive, in bytes. @default any */
  readonly maxBytes?: number | undefined;
  /** Where to restore into; without it nothing is ever restored, and the drill says so. */
  readonly scratch?: ScratchSetting | undefined;
  /** Lets the source's own code run with a superuser's rights there. @default false */
  readonly trustSource?: boolean | undefined;
}

/** A server on which a drill makes and drops a database of its own. */
export type ScratchSetting = {
  readonly kind: 'postgres';
  /** The ARN of the secret that holds its URL. */
  readonly secret: string;
};

export interface NoticeSetting {
  /** The ARN of the SNS topic. */
  readonly topic?: string | undefined;
  /** The ARN of the secret that holds the URL of a webhook that takes what Slack's does. */
  readonly webhook?: string | undefined;
  /** Where neon-backup can be cloned from, for the commands in a notice. */
  readonly repository?: string | undefined;
}
