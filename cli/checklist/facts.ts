import type { Backup } from '../../core/catalog';
import type { Policy } from '../../core/retain/policy';
import type { Job } from './jobs';

/** What the checklist is answered from: what is there, and nothing else. */
export interface Facts {
  readonly now: Date;
  /** Where the backups are, as a person names it. */
  readonly store: string;
  /** Complete ones, the newest data first. */
  readonly backups: readonly Backup[];
  /** What the store takes, of everything in it. */
  readonly storedBytes: number;
  /** What is configured where the retention is done: here, or in the deployed functions. */
  readonly policy: Policy;
  /** What starts by itself. */
  readonly jobs: readonly Job[];
  /** Where the database's URL stands: here, and who may read it; or in the stack's secret. */
  readonly url: 'private' | 'exposed' | 'environment' | 'stack' | 'nowhere';
  /** Whether `neonctl` is on the PATH. */
  readonly neonctl: boolean;
  /** What Neon says, where an API key and a project are given. */
  readonly neon?: NeonFacts | undefined;
  /** Command lines that fit this store, or this stack. */
  readonly commands: Commands;
}

export interface NeonFacts {
  readonly project: string;
  /** Undefined where the key may not see it. */
  readonly plan: string | undefined;
  /** How far back a branch can be made. */
  readonly historySeconds: number;
  /** Branches by the name that the strategy gives to backups, the newest first. */
  readonly branches: readonly { readonly name: string; readonly createdAt: Date }[];
}

export interface Commands {
  readonly backUp: string;
  readonly verify: string;
  readonly drill: string;
  /** Makes backups start by themselves. */
  readonly schedule: string;
  /** Makes drills, or the reminder of them, come by themselves. */
  readonly remind: string;
  /** Shows what is stored, and what goes when. */
  readonly usage: string;
  readonly review: string;
}
