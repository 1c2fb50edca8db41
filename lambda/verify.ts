import { UNKNOWN_KIND } from '../contract/metrics';
import type { Backup } from '../core/catalog';
import { findBackup } from '../core/find';
import type { State } from '../core/manifest';
import { beforeDeadline, type Call, timeLeft } from './deadline';
import { log, seriesOf, settings, store } from './deployment';
import { parseVerifyEvent, type VerifyEvent } from './event';
import { describe } from './failure';
import { emit } from './metrics';
import { judge, mayRestore, reportNoVerdict, verdictMetrics } from './verdict';

/**
 * Verifies a backup: the one whose manifest was just finished, or one by hand.
 * @param event EventBridge's of the new object, or `{ id, database?, acceptShrink? }`
 * @throws whatever kept it from a verdict: the call then counts as failed
 */
export async function handler(event: unknown, call: Call): Promise<{ id: string; state: State }> {
  const started = performance.now();
  let request: VerifyEvent | undefined;
  let backup: Backup | undefined;
  const finish = (outcome: Parameters<typeof verdictMetrics>[0]): void => {
    const kind = backup?.address.kind ?? request?.kind ?? UNKNOWN_KIND;
    const verifyDuration = (performance.now() - started) / 1000;
    const numbers = { ...verdictMetrics(outcome), verifyDuration, verifyTimeLeft: timeLeft(call) };
    emit(seriesOf(kind), numbers);
  };
  try {
    request = parseVerifyEvent(event, settings.store);
    const { id, acceptShrink } = request;
    const found = await findBackup(store, id, { database: settings.database, ...request });
    backup = found;
    log.info('verification started', { ...found.address });
    const extent = { restore: mayRestore(found), acceptShrink };
    const verification = await beforeDeadline(call, (signal) => judge(found, extent, signal));
    finish(verification);
    return { id: verification.id, state: verification.state };
  } catch (error) {
    log.error('no verdict', describe(error));
    finish({ error });
    if (request) await reportNoVerdict(request.id, backup?.address, error);
    throw error;
  }
}
