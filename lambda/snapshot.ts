import { ALL_KINDS } from '../contract/metrics';
import { BackupError } from '../core/errors';
import { openNeon } from '../core/neon/api';
import { dailyName } from '../core/neon/snapshots';
import { refuseFailures } from '../core/neon/snapshots-each';
import { type PrunedSnapshots, pruneSnapshots } from '../core/neon/snapshots-prune';
import { takeSnapshot } from '../core/neon/snapshots-take';
import { beforeDeadline, type Call } from './deadline';
import { log, seriesOf, settings } from './deployment';
import { parseSnapshotEvent } from './event';
import { describe } from './failure';
import { emit } from './metrics';
import { withSecret } from './secrets';
import type { Deployed } from './settings';

/**
 * Keeps the source as it is now, as a branch in its project of Neon's, and deletes the snapshots that are
 * too many or too old; once, however often the same scheduled time arrives.
 * @param event `{ scheduledAt? }`
 * @returns the branch's name
 * @throws whatever kept it from that: the call then counts as failed
 */
export async function handler(event: unknown, call: Call): Promise<{ name: string }> {
  try {
    const { scheduledAt = new Date().toISOString() } = parseSnapshotEvent(event);
    const name = dailyName(new Date(scheduledAt), true);
    const source = onNeon(settings.source);
    const pruned = await beforeDeadline(call, (signal) =>
      withSecret(source.secret, (apiKey) => keep(source, apiKey, name, signal)),
    );
    emit(seriesOf(ALL_KINDS), { freeBranches: pruned.free });
    refuseFailures(pruned);
    return { name };
  } catch (error) {
    log.error('no snapshot', describe(error));
    throw error;
  }
}

/** The new one first: whatever is deleted, there is one more than before. */
async function keep(
  { project, branch, snapshots: policy }: Neon,
  apiKey: string,
  name: string,
  signal: AbortSignal,
): Promise<PrunedSnapshots> {
  const neon = openNeon(project, { apiKey, signal });
  const taken = await takeSnapshot(neon, { name, branch });
  log.info(taken.isNew ? 'snapshot made' : 'snapshot was made before', { name });
  const pruned = await pruneSnapshots(neon, { policy });
  for (const { branch, reason } of pruned.gone)
    log.info('branch deleted', { name: branch.name, reason });
  for (const failure of pruned.failed) log.error('branch not dealt with', { ...failure });
  return pruned;
}

type Neon = Extract<Deployed['source'], { kind: 'neon' }>;

function onNeon(source: Deployed['source']): Neon {
  if (source.kind === 'neon') return source;
  throw new BackupError('usage', "Snapshots are Neon's, and the source is none of it.", {
    cure: 'Deploy the stack again: it has this function for a source of Neon alone.',
  });
}
