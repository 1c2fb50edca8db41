import { isNeonSource, parseNeonSource, parsePoint } from '../../core/neon/named';

it('knows a source of Neon from a URL', () => {
  expect(isNeonSource('neon:quiet-moon-1')).toBe(true);
  expect(isNeonSource('postgres://neon:neon@neon/neon')).toBe(false);
});

it.each([
  ['neon:p', { project: 'p' }],
  ['neon:p/main', { project: 'p', branch: 'main' }],
  ['neon:p/main/app', { project: 'p', branch: 'main', database: 'app' }],
  ['neon:p//app', { project: 'p', database: 'app' }],
  ['neon:p/feature%2Fx/my%20app', { project: 'p', branch: 'feature/x', database: 'my app' }],
])('reads %s', (source, parts) => {
  expect(parseNeonSource(source)).toEqual(parts);
});

it.each(['neon:', 'neon:/main', 'neon:p/a/b/c', 'neon:p/%'])('refuses %s', (source) => {
  expect(() => parseNeonSource(source)).toThrow(expect.objectContaining({ reason: 'usage' }));
});

it('reads a moment with its zone, and a place in the log', () => {
  const time = new Date('2026-11-23T14:02:00Z');

  expect(parsePoint('2026-11-23T14:02Z')).toEqual({ time });
  expect(parsePoint('2026-11-23T15:02:00+01:00')).toEqual({ time });
  expect(parsePoint('0/1DE2850')).toEqual({ lsn: '0/1DE2850' });
});

it.each(['2026-11-23T14:02', '2026-11-23', 'yesterday', '14:02Z', '1/2/3', '2026-13-40T99:99Z'])(
  'refuses %s, which could be another moment elsewhere, or is none',
  (text) => {
    expect(() => parsePoint(text)).toThrow(expect.objectContaining({ reason: 'usage' }));
  },
);
