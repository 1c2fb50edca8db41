import { type BackupAddress, backupPrefix, FILES } from '../../contract/keys';
import type { Catalog } from '../catalog';
import { BackupError } from '../errors';
import { readIfThere } from '../stores/small';
import type { Store } from '../stores/store';
import { type Gone, retireEach } from './each';

/**
 * How long nothing has to be written into a folder without a manifest before it counts as abandoned.
 * A live run in which nothing moves is ended by its watchdog after five minutes.
 */
export const ABANDONED_AFTER_MS = 3_600_000;

export interface AbandonOptions {
  readonly store: Store;
  /** Say what would go, and touch nothing. @default false */
  readonly dryRun?: boolean | undefined;
  readonly now?: (() => Date) | undefined;
}

/** A run's files that have no manifest. */
export type Unfinished = Catalog['unfinished'][number];

export interface Abandoned extends Gone<Unfinished> {
  /** Folders without a manifest that may belong to a live run. */
  readonly waiting: readonly Unfinished[];
}

/** Clears away what dead runs have left behind. */
export async function clearAbandoned(
  { unfinished }: Pick<Catalog, 'unfinished'>,
  options: AbandonOptions,
): Promise<Abandoned> {
  const now = (options.now ?? (() => new Date()))();
  const stale = unfinished.filter(
    ({ modified }) => now.getTime() - modified.getTime() > ABANDONED_AFTER_MS,
  );
  const gone = await retireEach(stale, options, abandonRun);
  return { ...gone, waiting: unfinished.filter((each) => !stale.includes(each)) };
}

/**
 * Gives up a run's files. Looks first whether they are a backup: a slow run may have reached its end
 * meanwhile, or the word that it has was lost.
 * @throws BackupError `refused` for a complete backup
 */
export async function abandonRun(store: Store, address: BackupAddress): Promise<void> {
  const prefix = backupPrefix(address);
  if (await readIfThere(store, prefix + FILES.manifest))
    throw new BackupError('refused', 'It is complete, and stays.');
  await store.retire(prefix, 'abandoned');
}
