import { replay } from './evaluator/replay';
import { nextState, type Point, type Rule, type State } from './evaluator/state';

const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

/** As AWS writes rows of periods: 0 is well, X breaches, - is missing; the newest is the last. */
const points = (row: string): Point[] =>
  row.split(' ').map((mark) => (mark === '-' ? undefined : mark === 'X' ? 1 : 0));

const above = (toAlarm: number, missing: Rule['missing']): Rule => ({
  ...{ comparison: 'GreaterThanThreshold', threshold: 0, periods: 3, toAlarm, missing },
});

/** Whatever the state was, the row leads to it; `kept` is the state it was. */
function outcome(rule: Rule, row: string): State | 'kept' {
  const states: State[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];
  const next = states.map((state) => nextState(rule, points(row), state));
  if (next.every((state, index) => state === states[index])) return 'kept';
  expect(new Set(next).size).toBe(1);
  return next[0] as State;
}

const INSUFFICIENT = 'INSUFFICIENT_DATA';

describe.each([
  [
    3,
    [
      ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
      ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
      ['- - - - -', INSUFFICIENT, 'kept', 'ALARM', 'OK'],
      ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
      ['- - X - -', 'ALARM', 'kept', 'ALARM', 'OK'],
    ],
  ],
  [
    2,
    [
      ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
      ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
      ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
      ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
      ['- - - X -', 'ALARM', 'kept', 'ALARM', 'OK'],
    ],
  ],
] as const)("AWS's table for %d of 3", (toAlarm, rows) => {
  it.each(rows)('%s: missing is %s, ignore %s, breaching %s, notBreaching %s', (row, ...states) => {
    expect(TREATMENTS.map((missing) => outcome(above(toAlarm, missing), row))).toEqual(states);
  });
});

it.each(['- - - - X', '- - - X -'])('%s is too young for three of three', (row) => {
  expect(outcome(above(3, 'missing'), row)).toBe('kept');
});

it('looks at the newest periods alone where none is missing', () => {
  expect(outcome(above(3, 'missing'), 'X X X X 0')).toBe('OK');
  expect(outcome(above(3, 'missing'), '0 0 X X X')).toBe('ALARM');
});

it.each([
  ['GreaterThanThreshold', ['OK', 'OK', 'ALARM']],
  ['GreaterThanOrEqualToThreshold', ['OK', 'ALARM', 'ALARM']],
  ['LessThanThreshold', ['ALARM', 'OK', 'OK']],
  ['LessThanOrEqualToThreshold', ['ALARM', 'ALARM', 'OK']],
] as const)('compares by %s', (comparison, states) => {
  const rule = { ...above(1, 'missing'), comparison, threshold: 5, periods: 1 };

  expect([4, 5, 6].map((value) => nextState(rule, [value], 'OK'))).toEqual(states);
});

describe('a replay', () => {
  const MINUTE = 60_000;
  const series = {
    ...{ namespace: 'N', metricName: 'M', unit: 'Count', dimensions: { kind: 'daily' } },
  };
  const alarm = {
    ...{ ...series, ...above(1, 'notBreaching'), name: 'alarm' },
    ...{ statistic: 'Sum' as const, period: 300, periods: 1, threshold: 2 },
  };
  const at = (minute: number, value: number, more = {}) => ({
    ...{ ...series, at: minute * MINUTE, value, ...more },
  });
  const states = (numbers: ReturnType<typeof at>[], rule = {}, extra = 2) =>
    replay({ ...alarm, ...rule }, numbers, { from: 0, to: 60 * MINUTE, extra }).map((change) => [
      change.at / MINUTE,
      change.state,
    ]);

  it('adds up what falls into one period, wherever on the clock that begins', () => {
    expect(states([at(13, 1), at(17, 2)], {}, 0)).toEqual([
      [0, 'OK'],
      [17, 'ALARM'],
      [18, 'OK'],
    ]);
  });

  it.each([
    ['Sum', 'ALARM'],
    ['Maximum', 'OK'],
  ] as const)('takes the %s of a period', (statistic, state) => {
    expect(states([at(10, 2), at(10, 1)], { statistic }).at(1)?.[1] ?? 'OK').toBe(state);
  });

  it.each([{ unit: 'Seconds' }, { dimensions: { kind: 'weekly' } }, { metricName: 'Other' }])(
    'hears nothing of another series: %j',
    (other) => {
      expect(states([at(10, 9, other)])).toEqual([[0, 'OK']]);
    },
  );

  it('goes back further than its periods where numbers are missing', () => {
    expect(states([at(10, 9)])).toEqual([
      [0, 'OK'],
      [10, 'ALARM'],
      [25, 'OK'],
    ]);
  });

  it('begins without data', () => {
    expect(states([], { missing: 'ignore' })).toEqual([]);
    expect(states([], { missing: 'breaching' })).toEqual([[0, 'ALARM']]);
  });
});
