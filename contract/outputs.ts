/** What the stack says of itself when it is deployed: `pulumi stack output --json`. */
import type { Kind } from './keys';

export interface StackOutputs {
  /** The deployment's name, as metrics carry it. */
  readonly deployment: string;
  readonly region: string;
  /** `s3://bucket`: for `--in` and `--to` of every command. */
  readonly store: string;
  /** `s3://bucket` of the copy in the second region. */
  readonly replica?: string;
  /** The functions' names. */
  readonly functions: EachFunction<string>;
  /** The group that the schedules are in. */
  readonly scheduleGroup: string;
  /** The schedules' names: of each kind of backup that has one, and of the rest. */
  readonly schedules: { readonly [name in ScheduleName | 'snapshot']?: string };
  /** The names of all alarms. */
  readonly alarms: readonly string[];
  /** The ARN of the topic that people hear from. */
  readonly topic: string;
  /** Who is told; the subscription has to be confirmed by a click in the first e-mail. */
  readonly email: string;
  /** Whether nobody has done so yet, as of the last deployment. */
  readonly emailPending: boolean;
  /** The URL of the queue that holds what no function could be told. */
  readonly deadLetters: string;
  /** Where the dashboard is. */
  readonly dashboard: string;
  /** The ARN of the key that everything is encrypted with. */
  readonly key: string;
  /** The ARN of the role that people restore with. */
  readonly restoreRole: string;
  /** Command lines, ready to be pasted. */
  readonly commands: {
    readonly list: string;
    readonly assumeRestoreRole: string;
    readonly restore: string;
    readonly backUpNow: string;
    readonly testAlarms: string;
    readonly doctor: string;
  };
}

export type FunctionName = 'backup' | 'verify' | 'drill' | 'watch' | 'status';

/** Something of each function. `snapshot` is there where the stack keeps snapshots of a project of Neon's. */
export type EachFunction<T> = { readonly [name in FunctionName]: T } & {
  readonly snapshot?: T | undefined;
};

/** What a function is called in Lambda: known beforehand, since functions name each other in messages. */
export function functionName(
  deployment: string,
  name: FunctionName | 'snapshot' | 'forward',
): string {
  return `${deployment}-${name}`;
}

export type ScheduleName = Extract<Kind, 'daily' | 'weekly'> | 'drill' | 'watch' | Upkeep;

/** The messages that a person gets from time to time. */
export type Upkeep = 'monthly' | 'quarterly';
