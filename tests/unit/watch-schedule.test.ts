import { lastDue, timesDue } from '../../core/watch/schedule';

const NOW = new Date('2026-11-24T22:00:00Z'); // a Tuesday

function due(expression: string, timeZone = 'UTC', now = NOW): string {
  return lastDue({ expression, timeZone }, now).toISOString();
}

it.each([
  ['every night', 'cron(0 2 * * ? *)', '2026-11-24T02:00:00.000Z'],
  ['at this very moment', 'cron(0 22 * * ? *)', '2026-11-24T22:00:00.000Z'],
  ['on Sundays, which AWS counts as 1', 'cron(0 3 ? * 1 *)', '2026-11-22T03:00:00.000Z'],
  ['on Sundays, by name', 'cron(0 3 ? * SUN *)', '2026-11-22T03:00:00.000Z'],
  ['on workdays', 'cron(0 3 ? * MON-FRI *)', '2026-11-24T03:00:00.000Z'],
  ['on workdays, by number', 'cron(0 3 ? * 2-6 *)', '2026-11-24T03:00:00.000Z'],
  ['on the first Monday of the month', 'cron(0 3 ? * 2#1 *)', '2026-11-02T03:00:00.000Z'],
  ['on the last Friday of the month', 'cron(0 3 ? * 6L *)', '2026-10-30T03:00:00.000Z'],
  ['on the last day of the month', 'cron(0 3 L * ? *)', '2026-10-31T03:00:00.000Z'],
  ['every six hours', 'cron(0 0/6 * * ? *)', '2026-11-24T18:00:00.000Z'],
  ['quarterly', 'cron(0 8 1 1,4,7,10 ? *)', '2026-10-01T08:00:00.000Z'],
  ['at a rate', 'rate(12 hours)', '2026-11-24T10:00:00.000Z'],
  ['daily, at a rate', 'rate(1 day)', '2026-11-23T22:00:00.000Z'],
])('knows when it was due %s', (_, expression, expected) => {
  expect(due(expression)).toBe(expected);
});

it('means the time of the zone that is given, through a change of the clocks', () => {
  const at = (day: string) => due('cron(30 2 * * ? *)', 'Europe/Berlin', new Date(day));

  expect(at('2026-10-24T12:00:00Z')).toBe('2026-10-24T00:30:00.000Z');
  expect(at('2026-10-26T12:00:00Z')).toBe('2026-10-26T01:30:00.000Z');
});

it.each([
  'cron(0 2 * * ?)',
  'cron(0 2 * * ? 2027)',
  'cron(x 2 * * ? *)',
  'cron(0 2 3W * ? *)',
  '0 2 * * *',
  '',
])('refuses %p with a sentence', (expression) => {
  expect(() => due(expression)).toThrow(
    expect.objectContaining({ reason: 'usage', cure: expect.stringContaining('cron(0 2') }),
  );
});

it.each([
  ['cron(0 2 * * ? *)', 31],
  ['cron(0 3 ? * SUN *)', 5],
  ['cron(0 5 1 1,4,7,10 ? *)', 0],
  ['cron(0 22 24 * ? *)', 1],
  ['rate(12 hours)', 62],
])('counts how often %s was due in a month', (expression, times) => {
  const before = new Date('2026-10-24T22:00:00Z');

  expect(timesDue({ expression, timeZone: 'UTC' }, before, NOW)).toBe(times);
  expect(timesDue({ expression, timeZone: 'UTC' }, NOW, before)).toBe(0);
});

it('refuses a time zone that is none', () => {
  expect(() => due('cron(0 2 * * ? *)', 'Mars/Olympus')).toThrow(
    expect.objectContaining({ reason: 'usage' }),
  );
});
