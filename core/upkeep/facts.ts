import { KINDS, type Kind } from '../../contract/keys';
import { type Backup, isVerified, readCatalog } from '../catalog';
import type { Situation } from '../notices/situation';
import type { Policy } from '../retain/policy';
import type { Store } from '../stores/store';
import type { KindPromise } from '../watch/kind';
import { readWatchedSince } from '../watch/since';
import { bytesIn } from '../watch/watch';
import { type Cost, estimateCost } from './cost';
import { countKind, type KindCounts } from './kind';
import { growthOf, type Storage, usageOf } from './storage';

export interface UpkeepOptions {
  /** Only this database's backups; all of the store's where it is not given. */
  readonly database?: string | undefined;
  readonly promises: readonly KindPromise[];
  readonly policy: Policy;
  /** Days after which archives are in the cheaper storage class. @default never */
  readonly coldAfterDays?: number | undefined;
  /** How many secrets the deployment has. */
  readonly secrets: number;
  /** @default the clock of this machine */
  readonly now?: (() => Date) | undefined;
}

/** What a month was like, and what is there at its end. */
export interface UpkeepFacts {
  /** A month ago. */
  readonly from: Date;
  /** Those that have a schedule or a backup. */
  readonly kinds: readonly KindCounts[];
  /** The newest backup that was restored in a drill. */
  readonly restored: Backup | undefined;
  readonly storage: Storage;
  readonly cost: Cost;
  readonly situation: Situation;
}

/**
 * Reads from a store what people are told regularly; writes nothing.
 * @throws BackupError where the store can't be read, or a schedule not be followed
 */
export async function readUpkeep(store: Store, options: UpkeepOptions): Promise<UpkeepFacts> {
  const { database, promises, policy } = options;
  const now = (options.now ?? (() => new Date()))();
  const from = monthBefore(now);
  const since = (await readWatchedSince(store)) ?? now;
  const { backups } = await readCatalog(store, { database });
  const count = (kind: Kind) => {
    const promise = promises.find((each) => each.kind === kind);
    return countKind({ kind, promise, backups, policy, from, since, now });
  };
  return {
    from,
    kinds: KINDS.map(count).filter(({ due, there }) => due !== undefined || there > 0),
    restored: newestDrill(backups),
    storage: growthOf(backups, await bytesIn(store, database), from),
    cost: estimateCost(usageOf(backups, { ...options, from, now })),
    situation: { safe: backups.find(isVerified), troubles: [] },
  };
}

/** The same day and time; the last day of a month that is too short. */
function monthBefore(now: Date): Date {
  const before = new Date(now);
  before.setUTCMonth(now.getUTCMonth() - 1);
  if (before.getUTCDate() !== now.getUTCDate()) before.setUTCDate(0);
  return before;
}

function newestDrill(backups: readonly Backup[]): Backup | undefined {
  const at = ({ verification }: Backup) => verification?.drill?.at ?? '';
  return backups.filter(at).toSorted((a, b) => (at(a) < at(b) ? 1 : -1))[0];
}
