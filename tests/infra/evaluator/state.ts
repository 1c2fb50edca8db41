/*
 * What CloudWatch's documentation says of metric alarms ("Alarm evaluation", "Configuring how CloudWatch alarms
 * treat missing data", "Avoiding premature transitions to alarm state"), as a function of the numbers alone.
 */

export type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** When an alarm is raised. */
export interface Rule {
  readonly comparison:
    | 'GreaterThanThreshold'
    | 'GreaterThanOrEqualToThreshold'
    | 'LessThanThreshold'
    | 'LessThanOrEqualToThreshold';
  readonly threshold: number;
  /** N: so many periods are looked at. */
  readonly periods: number;
  /** M: so many of them have to breach. */
  readonly toAlarm: number;
  readonly missing: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
}

/** The number of one period, or undefined where there was none. */
export type Point = number | undefined;

/**
 * The state that follows.
 * @param range of more periods than the rule's, the oldest first: how many more is not documented, and where
 * numbers are missing, older ones count instead
 * @param state the state so far
 */
export function nextState(rule: Rule, range: readonly Point[], state: State): State {
  const real = range.filter((point) => point !== undefined);
  const breaching = (points: readonly number[]) => points.filter((it) => breaches(rule, it)).length;
  if (real.length === 0) return withoutNumbers(rule, state);
  if (real.length >= rule.periods) return decide(rule, breaching(real.slice(-rule.periods)));
  const filled = rule.missing === 'breaching' ? rule.periods - real.length : 0;
  const bad = breaching(real) + filled;
  if (bad >= rule.toAlarm || breaching(real) < real.length) return decide(rule, bad);
  return onlyBadOnes(rule, range, state);
}

function withoutNumbers({ missing }: Rule, state: State): State {
  if (missing === 'ignore') return state;
  if (missing === 'missing') return 'INSUFFICIENT_DATA';
  return missing === 'breaching' ? 'ALARM' : 'OK';
}

/** Too few numbers, all of them bad: what is old enough raises the alarm before there are enough. */
function onlyBadOnes({ missing, toAlarm, periods }: Rule, range: readonly Point[], state: State) {
  if (missing === 'notBreaching') return 'OK';
  const recent = range.slice(-periods);
  const age = recent.length - recent.findIndex((point) => point !== undefined);
  const isOld = recent.some((point) => point !== undefined) && age >= toAlarm;
  return missing === 'missing' && isOld ? 'ALARM' : state;
}

function decide({ toAlarm }: Rule, bad: number): State {
  return bad >= toAlarm ? 'ALARM' : 'OK';
}

function breaches({ comparison, threshold }: Rule, value: number): boolean {
  if (comparison === 'GreaterThanThreshold') return value > threshold;
  if (comparison === 'GreaterThanOrEqualToThreshold') return value >= threshold;
  return comparison === 'LessThanThreshold' ? value < threshold : value <= threshold;
}
