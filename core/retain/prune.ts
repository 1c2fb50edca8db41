import { type Catalog, readCatalog } from '../catalog';
import { type AbandonOptions, clearAbandoned, type Unfinished } from './abandon';
import type { Failure } from './each';
import type { Decision } from './plan';
import { type SupersedeOptions, supersede } from './supersede';

export interface PruneOptions extends SupersedeOptions, AbandonOptions {
  /** Only this database's backups; every one's where it is not given. */
  readonly database?: string | undefined;
}

export interface PruneResult {
  /** Complete backups that went, or would go: the oldest first. */
  readonly retired: readonly Decision[];
  /** Complete backups that stay, and why: the newest first. */
  readonly kept: readonly Decision[];
  /** What dead runs left behind, now cleared away, or to be. */
  readonly abandoned: readonly Unfinished[];
  /** Folders without a manifest that may belong to a live run. */
  readonly waiting: readonly Unfinished[];
  /** Never deleted: a manifest that can't be read may be a newer release's. */
  readonly unreadable: Catalog['unreadable'];
  /** What should have gone and did not; if there is any, the command has failed. */
  readonly failed: readonly Failure[];
}

/**
 * Applies retention, then clears away what dead runs left behind. One failure doesn't stop the rest.
 * @throws BackupError if the store can't be read, or `usage` for a policy that makes no sense
 */
export async function prune(options: PruneOptions): Promise<PruneResult> {
  const catalog = await readCatalog(options.store, { database: options.database });
  const superseded = await supersede(catalog, options);
  const abandoned = await clearAbandoned(catalog, options);
  return {
    retired: superseded.gone,
    kept: superseded.kept,
    abandoned: abandoned.gone,
    waiting: abandoned.waiting,
    unreadable: catalog.unreadable,
    failed: [...superseded.failed, ...abandoned.failed],
  };
}
