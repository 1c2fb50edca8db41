import { ALL_KINDS } from '../contract/metrics';
import { type Backup, isVerified, readCatalog } from '../core/catalog';
import { BackupError } from '../core/errors';
import { findBackup } from '../core/find';
import type { State } from '../core/manifest';
import { neverRestored } from '../core/notices/events';
import { readSituation } from '../core/notices/situation';
import { beforeDeadline, type Call, timeLeft } from './deadline';
import { log, placeOf, seriesOf, settings, store } from './deployment';
import { parseDrillEvent } from './event';
import { describe } from './failure';
import { emit } from './metrics';
import { tell } from './notify';
import { judge, reportNoVerdict, verdictMetrics } from './verdict';

/**
 * Restores the newest VERIFIED backup, or one by its id, into the scratch that the settings name, and
 * compares. Without a scratch it says that nothing is ever restored.
 * @param event `{ id?, scheduledAt? }`
 * @throws whatever kept it from a verdict: the call then counts as failed
 */
export async function handler(event: unknown, call: Call): Promise<{ id?: string; state?: State }> {
  let backup: Backup | undefined;
  try {
    const { id } = parseDrillEvent(event);
    if (!settings.drill.scratch) return await sayNever();
    const found = await choose(id);
    backup = found;
    log.info('drill started', { ...found.address });
    const verification = await beforeDeadline(call, (signal) =>
      judge(found, { restore: true }, signal),
    );
    emit(seriesOf(found.address.kind), verdictMetrics(verification));
    if (verification.proof === 'restored' && verification.drill)
      emit(seriesOf(ALL_KINDS), {
        restoreDuration: verification.drill.restoreSeconds,
        drillTimeLeft: timeLeft(call),
        drillAge: 0,
      });
    return { id: verification.id, state: verification.state };
  } catch (error) {
    log.error('no drill', describe(error));
    emit(seriesOf(backup?.address.kind ?? ALL_KINDS), verdictMetrics({ error }));
    await reportNoVerdict(backup?.address.id ?? 'for the drill', backup?.address, error);
    throw error;
  }
}

async function choose(id: string | undefined): Promise<Backup> {
  const { database } = settings;
  if (id) return findBackup(store, id, { database });
  const newest = (await readCatalog(store, { database })).backups.find(isVerified);
  if (newest) return newest;
  throw new BackupError('not_found', `No backup in ${store.url} is VERIFIED.`, {
    cure: 'Call the verify function with {"id": "latest"}; its verdict says what is wrong.',
  });
}

async function sayNever(): Promise<Record<string, never>> {
  const { database } = settings;
  log.warn('never restored: no scratch is configured');
  emit(seriesOf(ALL_KINDS), { neverRestored: 1 });
  await tell(ALL_KINDS, async () =>
    neverRestored(
      await readSituation(store, { database, kind: 'daily' }, new Date()),
      placeOf(database),
    ),
  );
  return {};
}
