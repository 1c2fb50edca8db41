import type * as pulumi from '@pulumi/pulumi';

/** One alarm on one series of numbers. */
export interface AlarmDefinition {
  /** Part of the alarm's name; never changes. */
  readonly id: string;
  /** What has happened when it is raised, and what to do; the message's first words. */
  readonly description: string;
  readonly series: Series;
  readonly statistic: 'Sum' | 'Maximum' | 'Minimum';
  readonly comparison:
    | 'GreaterThanThreshold'
    | 'GreaterThanOrEqualToThreshold'
    | 'LessThanThreshold';
  readonly threshold: number;
  /** Seconds. */
  readonly period: number;
  /** So many periods in a row. */
  readonly periods: number;
  /** Whether people hear that it is over: of a state, yes; of something that happened, no. */
  readonly tellsOver: boolean;
  /** What a period without a number means. `ignore`: the alarm stays as it is until the next number. */
  readonly missing: 'breaching' | 'notBreaching' | 'ignore';
}

export interface Series {
  readonly namespace: string;
  readonly metricName: string;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
}

const QUARTER = 900;
const HOUR = 3600;

/** One number of one or more is enough; it holds until the next number. */
export function happened(id: string, series: Series, description: string): AlarmDefinition {
  return {
    ...{ id, description, series, statistic: 'Sum', comparison: 'GreaterThanOrEqualToThreshold' },
    ...{ threshold: 1, period: 300, periods: 1, missing: 'ignore', tellsOver: false },
  };
}

export function above(
  id: string,
  series: Series,
  threshold: number,
  description: string,
): AlarmDefinition {
  return {
    ...{ id, description, series, statistic: 'Maximum', comparison: 'GreaterThanThreshold' },
    ...{ threshold, period: HOUR, periods: 1, missing: 'ignore', tellsOver: true },
  };
}

export function below(
  id: string,
  series: Series,
  threshold: number,
  description: string,
): AlarmDefinition {
  return {
    ...{ id, description, series, statistic: 'Minimum', comparison: 'LessThanThreshold' },
    ...{ threshold, period: QUARTER, periods: 1, missing: 'ignore', tellsOver: false },
  };
}

/** Silence is an alarm: two quarters of an hour without a number are as bad as two with a bad one. */
export function silent(alarm: AlarmDefinition): AlarmDefinition {
  return { ...alarm, period: QUARTER, periods: 2, missing: 'breaching', tellsOver: true };
}

/** AWS says nothing of what did not happen. */
export function rare(alarm: AlarmDefinition): AlarmDefinition {
  return { ...alarm, missing: 'notBreaching' };
}
