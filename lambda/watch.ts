import { KINDS } from '../contract/keys';
import { ALL_KINDS, type MetricId } from '../contract/metrics';
import type { KindPromise, KindReport } from '../core/watch/kind';
import { type WatchReport, watchStore } from '../core/watch/watch';
import { log, seriesOf, settings, store } from './deployment';
import { describe } from './failure';
import { emit } from './metrics';

/**
 * Looks at the vault from outside, and publishes what an alarm may want to know.
 * @throws whatever kept it from looking: the call then counts as failed
 */
export async function handler(): Promise<void> {
  try {
    const { database, retention: policy } = settings;
    const report = await watchStore({ store, database, promises: promises(), policy });
    for (const kind of report.kinds) emit(seriesOf(kind.kind), numbersOf(kind));
    emit(seriesOf(ALL_KINDS), numbersOfAll(report));
    sayWhat(report);
  } catch (error) {
    log.error('the watch could not look', describe(error));
    emit(seriesOf(ALL_KINDS), { watched: 0, watchFailed: 1 });
    throw error;
  }
}

function promises(): KindPromise[] {
  const { schedules, limits } = settings;
  const allowanceMs = (limits.backup + limits.verify) * 1000;
  return KINDS.flatMap((kind) => {
    const schedule = schedules[kind];
    return schedule ? [{ kind, schedule, allowanceMs }] : [];
  });
}

type Numbers = Partial<Record<MetricId, number>>;

function numbersOf(report: KindReport): Numbers {
  const { durationSeconds, sizeTrend, durationTrend } = report;
  return present({
    newestVerifiedAge: report.ageSeconds,
    overdue: report.overdueSeconds,
    sizeTrend: percent(sizeTrend),
    durationTrend: percent(durationTrend),
    timeToLimit:
      durationSeconds === undefined ? undefined : settings.limits.backup - durationSeconds,
    clientMajor: report.clientMajor,
    serverMajor: report.serverMajor,
  });
}

function percent(share: number | undefined): number | undefined {
  return share === undefined ? undefined : share * 100;
}

function numbersOfAll(report: WatchReport): Numbers {
  return present({
    storedBytes: report.storedBytes,
    drillAge: report.drillAgeSeconds,
    neverRestored: Number(report.drillAgeSeconds === undefined),
    contradictions: report.contradictions.length,
    unreadable: report.unreadable.length,
    abandoned: report.abandoned.gone.length,
    watched: 1,
    watchFailed: 0,
  });
}

/** What is not known is not said: a zero would be a number. */
function present(numbers: Record<string, number | undefined>): Numbers {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
}

function sayWhat({ contradictions, unreadable, abandoned }: WatchReport): void {
  for (const { address, tag, reason } of contradictions)
    log.error('is to stay, and marked to go', { ...address, tag, reason });
  for (const { address, why } of unreadable) log.error('unreadable', { ...address, why });
  for (const { address } of abandoned.gone) log.info('abandoned', { ...address });
  for (const failure of abandoned.failed) log.error('not given up', { ...failure });
}
