import { backupPrefix } from '../../contract/keys';
import type { Backup, Catalog } from '../catalog';
import type { Store } from '../stores/store';
import { type Gone, retireEach } from './each';
import { type Candidate, type Decision, planRetention } from './plan';
import type { Policy } from './policy';

export interface SupersedeOptions {
  readonly store: Store;
  readonly policy: Policy;
  /** Say what would go, and touch nothing. @default false */
  readonly dryRun?: boolean | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface Superseded extends Gone<Decision> {
  /** Complete backups that stay, and why: the newest first. */
  readonly kept: readonly Decision[];
}

/**
 * Applies retention to what a store holds; the oldest goes first.
 * @throws BackupError `usage` for a policy that makes no sense
 */
export async function supersede(
  { backups }: Pick<Catalog, 'backups'>,
  options: SupersedeOptions,
): Promise<Superseded> {
  const { policy, now = () => new Date() } = options;
  const decisions = planRetention(backups.map(candidateOf), policy, now());
  const old = decisions.filter(({ action }) => action === 'retire').reverse();
  const gone = await retireEach(old, options, (store, address) =>
    store.retire(backupPrefix(address), 'superseded'),
  );
  return { ...gone, kept: decisions.filter(({ action }) => action === 'keep') };
}

/** What a complete backup is to retention. */
export function candidateOf({ address, manifest, verification }: Backup): Candidate {
  const { state, proof = null } = verification ?? {};
  return { address, dataTime: new Date(manifest.data.time), state, proof };
}
