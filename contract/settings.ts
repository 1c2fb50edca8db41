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
  /** Of all secrets: a new value of one starts every function anew, which reads them once in its life. */
  readonly secretVersions?: string[] | undefined;
  /** Days after which the vault moves archives into its cheaper storage class, for the estimate of costs. @default never */
  readonly coldAfterDays?: number | undefined;
}

/** The database that is backed up. */
export type SourceSetting = PostgresSetting | NeonSetting;

export interface PostgresSetting {
  readonly kind: 'postgres';
  /** The ARN of the secret that holds its URL, of a direct host. */
  readonly secret: string;
}

/** Read from a branch that is made for each backup. */
export interface NeonSetting {
  readonly kind: 'neon';
  /** The ARN of the secret that holds an API key of the project. */
  readonly secret: string;
  /** The project's id. */
  readonly project: string;
  /** Name or id. @default the project's default branch */
  readonly branch?: string | undefined;
  /** @default the branch's only one */
  readonly database?: string | undefined;
  /** @default the database's owner */
  readonly role?: string | undefined;
  /** The most that the branch's compute may grow to, in Neon's units. @default 1 */
  readonly computeUnits?: number | undefined;
  /** What is done where the plan allows no further branch: `direct` reads production itself. @default fail */
  readonly withoutBranch?: 'fail' | 'direct' | undefined;
  /** How far back the project's history is to go, in seconds; the watch warns where it does not. @default a day */
  readonly historyWindow?: number | undefined;
  readonly snapshots?: SnapshotSetting | undefined;
}

export interface SnapshotSetting {
  /** What they are: branches, or Neon's own snapshots. @default branch */
  readonly as?: 'branch' | 'native' | undefined;
  /** So many stay. @default 7 */
  readonly keep?: number | undefined;
  /** Days that one stays at most. @default 30 */
  readonly keepDays?: number | undefined;
}

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

/** Where a drill makes a database of its own, and drops it. */
export type ScratchSetting = PostgresSetting | NeonScratchSetting;

/** On a branch that is made for each drill and deleted after it. */
export interface NeonScratchSetting {
  readonly kind: 'neon';
  /** The ARN of the secret that holds an API key of the project. */
  readonly secret: string;
  /** The project's id. */
  readonly project: string;
  /** Name or id of the branch that it is made from. @default the project's default branch */
  readonly branch?: string | undefined;
  /** The most that the branch's compute may grow to, in Neon's units. @default 1 */
  readonly computeUnits?: number | undefined;
}

export interface NoticeSetting {
  /** The ARN of the SNS topic. */
  readonly topic?: string | undefined;
  /** The ARN of the secret that holds the URL of a webhook that takes what Slack's does. */
  readonly webhook?: string | undefined;
  /** The command line by which a person takes on the role that may restore; stands before each restore command. */
  readonly assume?: string | undefined;
  /** Where neon-backup can be cloned from, for the commands in a notice. */
  readonly repository?: string | undefined;
}
