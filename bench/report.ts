import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../core/package-root';
import { median, type Run } from './measure';

export type Runs = ReadonlyMap<string, readonly Run[]>;

export interface Facts {
  readonly megabytes: number;
  readonly rounds: number;
  readonly strayBytes: number;
  readonly mostCopies: number;
  readonly tables: number;
  readonly versions: string;
}

/** A ratio of two cases, and the most that it may be. */
const RATIOS: readonly (readonly [string, string, string, number])[] = [
  ['run, archive only, against bare `pg_dump -Fc -Z zstd:3 \\| cat`', 'archive', 'bare', 1.1],
  ['run, both formats, against archive only', 'both', 'archive', 1.3],
  ['run, both formats, against the common script', 'both', 'script', 0.2],
  ['verify, against the bare dump', 'verify', 'bare', 0.8],
  ['verify with a drill, against the bare dump', 'drill', 'bare', 3.5],
  ['pg_restore -j2, against -j1', 'restore -j2', 'restore -j1', 0.8],
];

const MEMORY: readonly (readonly [string, string, number])[] = [
  ['run, archive only', 'archive', 160],
  ['run, both formats', 'both', 200],
];

/** The ratio of each round's pair, so that a machine that gets slower meanwhile does no harm. */
function ratio(runs: Runs, a: string, b: string): number {
  const over = runs.get(a) ?? [];
  const under = runs.get(b) ?? [];
  const pairs = over
    .slice(0, under.length)
    .map(({ seconds }, round) => seconds / (under[round]?.seconds ?? Number.NaN));
  return median(pairs);
}

function peak(runs: Runs, name: string): number {
  return Math.max(...(runs.get(name) ?? []).map(({ peakMiB }) => peakMiB ?? Number.NaN));
}

export function render(runs: Runs, facts: Facts): string {
  const seconds = [...runs].map(
    ([name, all]) => `| ${name} | ${median(all.map(({ seconds }) => seconds)).toFixed(1)} |`,
  );
  const ratios = RATIOS.map(([title, a, b, most]) =>
    row(title, ratio(runs, a, b).toFixed(2), `${most.toFixed(2)}`, ratio(runs, a, b) <= most),
  );
  const memory = MEMORY.map(([title, name, most]) =>
    row(
      `${title}: memory of the Node process, MiB`,
      peak(runs, name).toFixed(0),
      String(most),
      peak(runs, name) <= most,
    ),
  );
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${facts.megabytes} MB in ${facts.tables} tables, ${facts.rounds} rounds, medians; ${cpus().length} cores shared by server and client; ${facts.versions}.`,
    '',
    '| figure | measured | aim, at most | |',
    '|---|---|---|---|',
    ...ratios,
    ...memory,
    row(
      'bytes on disk beyond the backup itself',
      String(facts.strayBytes),
      '0',
      facts.strayBytes === 0,
    ),
    row(
      'COPYs of the table that was copied most often',
      String(facts.mostCopies),
      '1',
      facts.mostCopies === 1,
    ),
    '',
    '| case | seconds |',
    '|---|---|',
    ...seconds,
  ].join('\n');
}

function row(title: string, measured: string, aim: string, met: boolean): string {
  return `| ${title} | ${measured} | ${aim} | ${met ? 'met' : 'not met'} |`;
}

/** Puts the result between the markers of docs/performance.md. */
export function keep(text: string, size: string): void {
  const path = join(packageRoot(), 'docs/performance.md');
  const [begin, end] = [`<!-- ${size} -->`, `<!-- /${size} -->`];
  const document = readFileSync(path, 'utf8');
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to === -1) throw new Error(`docs/performance.md has no place for ${begin}`);
  writeFileSync(path, `${document.slice(0, from)}${begin}\n${text}\n${document.slice(to)}`);
}
