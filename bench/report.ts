import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../core/package-root';
import {
  type Facts,
  type Figure,
  figures,
  middle,
  type Runs,
  secondsOf,
  usagesOf,
} from './figures';

/** The report, as Markdown: each figure against its aim, then each case. What did not run is left out. */
export function render(runs: Runs, facts: Facts): string {
  return [
    heading(facts),
    '',
    '| figure | measured | aim, at most | |',
    '|---|---|---|---|',
    ...figures(runs, facts).flatMap(row),
    '',
    '| case | seconds | CPU seconds of the Node process | its memory, MiB |',
    '|---|---|---|---|',
    ...[...runs.keys()].map((name) => caseRow(runs, name)),
  ].join('\n');
}

function heading({ megabytes, databaseBytes, tables, rounds, versions }: Facts): string {
  const date = new Date().toISOString().slice(0, 10);
  const size = `${megabytes} MB${tables ? ` in ${tables} tables` : ''} (a database of ${(databaseBytes / 1e6).toFixed(0)} MB)`;
  const repeated = rounds === 1 ? 'one round' : `${rounds} rounds, medians`;
  return `Measured on ${date}: ${size}, ${repeated}; ${cpus().length} cores shared by server and client; ${versions}.`;
}

function row({ title, value, digits = 0, most }: Figure): string[] {
  if (value === undefined) return [];
  if (most === undefined) return [`| ${title} | ${value.toFixed(digits)} | | |`];
  const verdict = value <= most ? 'met' : 'not met';
  return [`| ${title} | ${value.toFixed(digits)} | ${most.toFixed(digits)} | ${verdict} |`];
}

function caseRow(runs: Runs, name: string): string {
  const usages = usagesOf(runs, name);
  const cpu = middle(usages.map(({ cpuSeconds }) => cpuSeconds))?.toFixed(1) ?? '';
  const peak =
    usages.length > 0 ? Math.max(...usages.map(({ peakMiB }) => peakMiB)).toFixed(0) : '';
  return `| ${name} | ${middle(secondsOf(runs, name))?.toFixed(1)} | ${cpu} | ${peak} |`;
}

/**
 * Puts the result between the markers that docs/performance.md has for databases of this size.
 * @returns whether it has a place for them
 */
export function keep(text: string, megabytes: number): boolean {
  const path = join(packageRoot(), 'docs/performance.md');
  const [begin, end] = [`<!-- ${megabytes} MB -->`, `<!-- /${megabytes} MB -->`];
  const document = readFileSync(path, 'utf8');
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to === -1) return false;
  writeFileSync(path, `${document.slice(0, from)}${begin}\n${text}\n${document.slice(to)}`);
  return true;
}
