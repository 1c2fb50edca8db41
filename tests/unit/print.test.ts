import { age, bytes, duration, number, table, verdict } from '../../cli/print';
import { Progress } from '../../cli/progress';
import type { Verification } from '../../core/manifest';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [73_412_345, '73.4 MB'],
  [1e9, '1.0 GB'],
  [5.2e15, '5200.0 TB'],
])('%d bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

it.each([
  [0, '0.0 s'],
  [1.24, '1.2 s'],
  [59.94, '59.9 s'],
  [59.96, '1 min 0 s'],
  [119.7, '2 min 0 s'],
  [185, '3 min 5 s'],
  [7800, '2 h 10 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it.each([
  ['2026-11-23T11:30:00Z', '30 min'],
  ['2026-11-23T12:00:01Z', '0 min'],
  ['2026-11-23T09:00:00Z', '3 h'],
  ['2026-11-11T12:00:00Z', '12 days'],
])('what was made %s is %s old', (since, text) => {
  expect(age(since, new Date('2026-11-23T12:00:00Z'))).toBe(text);
});

it('numbers are read in groups', () => {
  expect(number(1234567)).toBe('1,234,567');
});

it('a table has columns as wide as their widest cell', () => {
  expect(
    table([
      ['ID', 'B'],
      ['long', 'x'],
      ['', 'yy'],
    ]),
  ).toBe('ID    B\nlong  x\n      yy');
});

it('a verdict says how far it was proven', () => {
  const of = (state: string, proof: string | null) => verdict({ state, proof } as Verification);
  expect(of('VERIFIED', 'restored')).toBe('VERIFIED (restored)');
  expect(of('UNVERIFIABLE', null)).toBe('UNVERIFIABLE');
  expect(verdict(undefined)).toBe('not verified yet');
});

describe('progress', () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    const write = (text: string) => void written.push(text);
    return { written, stream: { isTTY, columns: 40, write } as unknown as NodeJS.WriteStream };
  };

  it('is one line on a terminal, never wider than it', () => {
    const { written, stream: terminal } = stream(true);
    const progress = new Progress({ stream: terminal });
    progress.update('dumping', {
      moved: 5e6,
      done: 3,
      total: 4,
      doing: 'a very long name'.repeat(9),
    });
    progress.clear();
    const [line = ''] = written;
    expect(line.startsWith('\r\x1b[2Kdumping  [##################......] 3/4')).toBe(true);
    expect(line.slice('\r\x1b[2K'.length)).toHaveLength(39);
    expect(written[1]).toBe('\r\x1b[2K');
  });

  it('is a plain line for each step elsewhere, without control characters', () => {
    const { written, stream: log } = stream(false);
    const progress = new Progress({ stream: log });
    progress.update('dumping', { moved: 1 });
    progress.update('dumping', { moved: 2 });
    progress.update('counting', { done: 1, total: 2 });
    progress.clear();
    progress.note('a note');
    expect(written).toEqual([
      'dumping  1 B\n',
      `counting  [${'#'.repeat(12)}${'.'.repeat(12)}] 1/2\n`,
      'a note\n',
    ]);
  });

  it('is nothing when it is to be quiet', () => {
    const { written, stream: log } = stream(false);
    const progress = new Progress({ stream: log, quiet: true });
    progress.update('dumping', {});
    progress.note('a note');
    expect(written).toEqual([]);
  });
});
