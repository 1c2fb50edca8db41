import { ALL_KINDS } from '../contract/metrics';
import { BackupError } from '../core/errors';
import { type Neon, openNeon } from '../core/neon/api';
import { refuseFailures, type Undone } from '../core/neon/snapshots/each';
import { dailyName } from '../core/neon/snapshots/names';
import { pruneNativeSnapshots } from '../core/neon/snapshots/native-prune';
import { takeNativeSnapshot } from '../core/neon/snapshots/native-take';
import { pruneSnapshots } from '../core/neon/snapshots/prune';
import { takeSnapshot } from '../core/neon/snapshots/take';
import { beforeDeadline, type Call } from './deadline';
import { log, seriesOf, settings } from './deployment';
import { parseSnapshotEvent } from './event';
import { describe } from './failure';
import { emit } from './metrics';
import { withSecret } from './secrets';
import type { Deployed } from './settings';

/**
 * Keeps the source as it is now in its project of Neon's, as a branch or as one of Neon's own snapshots, and
 * deletes those that are too many or too old; once, however often the same scheduled time arrives.
 * @param event `{ scheduledAt? }`
 * @returns the snapshot's name
 * @throws whatever kept it from that: the call then counts as failed
 */
export async function handler(event: unknown, call: Call): Promise<{ name: string }> {
  try {
    const { scheduledAt = new Date().toISOString() } = parseSnapshotEvent(event);
    const name = dailyName(new Date(scheduledAt), true);
    const source = onNeon(settings.source);
    const kept = await beforeDeadline(call, (signal) =>
      withSecret(source.secret, (apiKey) => keep(source, apiKey, name, signal)),
    );
    // Neon's own snapshots take no branches.
    if (kept.free !== undefined) emit(seriesOf(ALL_KINDS), { freeBranches: kept.free });
    refuseFailures(kept);
    return { name };
  } catch (error) {
    log.error('no snapshot', describe(error));
    throw error;
  }
}

type Source = Extract<Deployed['source'], { kind: 'neon' }>;

function onNeon(source: Deployed['source']): Source {
  if (source.kind === 'neon') return source;
  throw new BackupError('usage', "Snapshots are Neon's, and the source is none of it.", {
    cure: 'Deploy the stack again: it has this function for a source of Neon alone.',
  });
}

/** What was made and what went, of either sort. */
interface Kept {
  readonly isNew: boolean;
  readonly gone: readonly { readonly name: string; readonly reason: string }[];
  readonly failed: readonly Undone[];
  /** How many more branches the plan includes, where that has changed. */
  readonly free?: number;
}

async function keep(
  source: Source,
  apiKey: string,
  name: string,
  signal: AbortSignal,
): Promise<Kept> {
  const neon = openNeon(source.project, { apiKey, signal });
  const way = { branch: asBranch, native: asNative }[source.snapshots.as];
  const kept = await way(neon, source, name);
  log.info(kept.isNew ? 'snapshot made' : 'snapshot was made before', { name });
  for (const each of kept.gone) log.info('snapshot deleted', { ...each });
  for (const each of kept.failed) log.error('snapshot not dealt with', { ...each });
  return kept;
}

/** The new one first: whatever is deleted, there is one more than before. */
async function asBranch(
  neon: Neon,
  { branch, snapshots: policy }: Source,
  name: string,
): Promise<Kept> {
  const { isNew } = await takeSnapshot(neon, { name, branch });
  const { gone, failed, free } = await pruneSnapshots(neon, { policy });
  return {
    isNew,
    gone: gone.map(({ branch, reason }) => ({ name: branch.name, reason })),
    failed,
    free,
  };
}

/** In the same order. */
async function asNative(
  neon: Neon,
  { branch, snapshots: policy }: Source,
  name: string,
): Promise<Kept> {
  const { keepDays } = policy;
  const { isNew } = await takeNativeSnapshot(neon, { name, branch, keepDays });
  const { gone, failed } = await pruneNativeSnapshots(neon, { policy, branch });
  const named = gone.map(({ snapshot, reason }) => ({ name: snapshot.name, reason }));
  return { isNew, gone: named, failed };
}
