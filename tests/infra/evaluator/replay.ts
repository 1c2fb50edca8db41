import type { Emitted } from '../emf';
import { nextState, type Point, type Rule, type State } from './state';

/** An alarm as it is declared: on which series, and when it is raised. */
export interface Alarm extends Rule, Pick<Emitted, 'namespace' | 'metricName' | 'unit'> {
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: keyof typeof STATISTICS;
  /** Seconds. */
  readonly period: number;
}

/** A number that CloudWatch was told. */
export interface Sample extends Emitted {
  /** In ms. */
  readonly at: number;
}

/** An alarm's change of state: what its actions are for. */
export interface Change {
  /** In ms. */
  readonly at: number;
  readonly state: State;
}

export interface Span {
  /** When the alarm was made, in ms. */
  readonly from: number;
  readonly to: number;
  /** So many periods more than the alarm's own are retrieved. */
  readonly extra: number;
}

const MINUTE = 60_000;

const STATISTICS = {
  Sum: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0),
  Maximum: (values: readonly number[]) => Math.max(...values),
  Minimum: (values: readonly number[]) => Math.min(...values),
};

/**
 * Every change of an alarm's state: it is evaluated each minute, over periods that end then, since its window
 * slides. It begins with INSUFFICIENT_DATA.
 * @param samples in the order of their times; those of other series are passed over
 */
export function replay(alarm: Alarm, samples: readonly Sample[], span: Span): Change[] {
  const own = samples.filter((sample) => seriesOf(sample) === seriesOf(alarm));
  const changes: Change[] = [];
  let state: State = 'INSUFFICIENT_DATA';
  let oldest = 0;
  for (let at = span.from; at <= span.to; at += MINUTE) {
    const start = at - alarm.period * 1000 * (alarm.periods + span.extra);
    while ((own[oldest]?.at ?? Number.POSITIVE_INFINITY) <= start) oldest++;
    const next = nextState(alarm, range(alarm, own, oldest, at, span.extra), state);
    if (next !== state) changes.push({ at, state: next });
    state = next;
  }
  return changes;
}

/** The number of each period that ends at a moment, or some periods before; the oldest first. */
function range(alarm: Alarm, own: readonly Sample[], oldest: number, at: number, extra: number) {
  const values: number[][] = Array.from({ length: alarm.periods + extra }, () => []);
  for (let index = oldest; index < own.length; index++) {
    const sample = own[index] as Sample;
    if (sample.at > at) break;
    values.at(-1 - Math.floor((at - sample.at) / (alarm.period * 1000)))?.push(sample.value);
  }
  const statistic = STATISTICS[alarm.statistic];
  return values.map((each): Point => (each.length > 0 ? statistic(each) : undefined));
}

function seriesOf({ namespace, metricName, unit, dimensions }: Omit<Emitted, 'value'>): string {
  return JSON.stringify([namespace, metricName, unit, Object.entries(dimensions).sort()]);
}
