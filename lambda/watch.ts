import { ALL_KINDS } from '../contract/metrics';
import type { Finished, KindReport } from '../core/watch/kind';
import { type WatchReport, watchStore } from '../core/watch/watch';
import { log, seriesOf, settings, store } from './deployment';
import { parseWatchEvent } from './event';
import { describe } from './failure';
import { countListeners } from './listeners';
import { emit, type Numbers } from './metrics';
import { watchProject } from './project';
import { promises } from './promises';
import { sendUpkeep } from './upkeep';

/**
 * Looks at the vault from outside, and at Neon's project where the source is one, and publishes what an alarm
 * may want to know; or sends people one of
 * the messages that they get regularly.
 * @param event `{ upkeep?, scheduledAt? }`
 * @throws whatever kept it from looking: the call then counts as failed
 */
export async function handler(event: unknown): Promise<void> {
  try {
    const { upkeep, scheduledAt } = parseWatchEvent(event);
    await (upkeep ? sendUpkeep(upkeep) : look(scheduledAt));
  } catch (error) {
    log.error('the watch could not look', describe(error));
    emit(seriesOf(ALL_KINDS), { watched: 0, watchFailed: 1 });
    throw error;
  }
}

/**
 * What the vault shows is published first: it counts also where nobody knows who hears it, and whatever
 * becomes of looking at Neon.
 */
async function look(scheduledAt: string | undefined): Promise<void> {
  const { database, retention: policy } = settings;
  const whole = isFourthPartOfDay(scheduledAt);
  const report = await watchStore({ store, database, promises: promises(), policy, whole });
  for (const kind of report.kinds) emit(seriesOf(kind.kind), numbersOf(kind));
  emit(seriesOf(ALL_KINDS), numbersOfAll(report));
  sayWhat(report);
  emit(seriesOf(ALL_KINDS), { listeners: await countListeners(), watched: 1 });
  if (whole) await watchProject();
}

/**
 * Every backup and every tag is read four times a day, since each is a request and the vault's lifecycle works
 * once a day, and so is Neon's project; and whenever it is not the schedule that asks.
 */
function isFourthPartOfDay(scheduledAt: string | undefined): boolean {
  if (scheduledAt === undefined) return true;
  const due = new Date(scheduledAt);
  return due.getUTCHours() % 6 === 0 && due.getUTCMinutes() < 15;
}

function numbersOf({ ageSeconds, overdueSeconds, finished }: KindReport): Numbers {
  return {
    ...present({ newestVerifiedAge: ageSeconds }),
    overdue: overdueSeconds,
    ...(finished && numbersOfFinished(finished)),
  };
}

function numbersOfFinished({ durationSeconds, ...finished }: Finished): Numbers {
  const { clientMajor, serverMajor, sizeTrend, durationTrend } = finished;
  return {
    ...present({ sizeTrend: percent(sizeTrend), durationTrend: percent(durationTrend) }),
    timeToLimit: settings.limits.backup - durationSeconds,
    clientMajor,
    serverMajor,
  };
}

function percent(share: number | undefined): number | undefined {
  return share === undefined ? undefined : share * 100;
}

/** Each series costs for the hours in which it gets a number: what is well says nothing. */
function numbersOfAll({ whole, unreadable, abandoned }: WatchReport): Numbers {
  return present({
    storedBytes: whole?.storedBytes,
    drillAge: whole?.drillAgeSeconds,
    contradictions: whole?.contradictions.length,
    unreadable: unreadable.length || undefined,
    abandoned: abandoned.gone.length || undefined,
  });
}

/** What is not known is not said: a zero would be a number. */
function present(numbers: Record<string, number | undefined>): Numbers {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
}

function sayWhat({ whole, unreadable, abandoned }: WatchReport): void {
  for (const { address, tag, reason } of whole?.contradictions ?? [])
    log.error('is to stay, and marked to go', { ...address, tag, reason });
  for (const { address, why } of unreadable) log.error('unreadable', { ...address, why });
  for (const { address } of abandoned.gone) log.info('abandoned', { ...address });
  for (const failure of abandoned.failed) log.error('not given up', { ...failure });
}
