import type { Kind } from '../../../contract/keys';
import { declaredAlarms } from './alarms';
import { type Deployment, QUARTER } from './deployment';
import { type Change, replay } from './replay';

export const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

/** What happens at a moment, in ms. */
export type Event = readonly [at: number, what: (now: number) => unknown];

/** Lets everything happen in its order. */
export async function happen(...events: readonly Event[]): Promise<void> {
  for (const [at, what] of events.toSorted(([one], [other]) => one - other)) await what(at);
}

/** The watch looks every quarter of an hour, within the minute in which the scheduler calls it. */
export function watching(life: Deployment, from: number, to: number): Event[] {
  const late = (index: number) => ((index * 37) % 60) * 1000;
  return every(QUARTER, from, to).map((due, index) => [due + late(index), (at) => life.watch(at)]);
}

/** A scheduled backup: made five minutes after it was due, and VERIFIED after three more. */
export function made(life: Deployment, kind: Kind, due: number): Event[] {
  return [
    [due + 5 * MINUTE, (now) => life.backup(kind, now)],
    [due + 8 * MINUTE, (now) => life.verdict(kind, now)],
  ];
}

/** The moments that come every so often. */
export function every(interval: number, from: number, to: number): number[] {
  const count = Math.floor((to - from) / interval) + 1;
  return Array.from({ length: count }, (_, index) => from + index * interval);
}

/** When an alarm was raised, and when it was well again, in ms. */
export interface Raised {
  readonly at: number;
  readonly until: number | undefined;
}

/**
 * Every alarm that was raised between two moments, by its name, and when first.
 * @param extra so many periods more than an alarm's own are retrieved
 */
export function raisedIn(life: Deployment, from: number, to: number, extra: number) {
  const raised = declaredAlarms().map((alarm) => {
    // The schedules are there before the alarms, and the first run of the watch with them.
    const changes = replay(alarm, life.samples, { from: from + MINUTE, to, extra });
    return [alarm.name, raisedBy(changes)] as const;
  });
  return new Map(
    raised.flatMap(([name, when]): [string, Raised][] => (when ? [[name, when]] : [])),
  );
}

function raisedBy(changes: readonly Change[]): Raised | undefined {
  const first = changes.find(({ state }) => state === 'ALARM');
  const last = changes.at(-1);
  return first && { at: first.at, until: last?.state === 'ALARM' ? undefined : last?.at };
}
