import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseAddress } from '../core/postgres/address';
import { startEmbeddedServer } from '../core/postgres/server';
import { withSession } from '../core/postgres/session';
import { clientToolsFor } from '../core/postgres/tools';
import { type Bed, CASES, copiesPerTable, logLength, strayBytes } from './cases';
import { loadCircuitIq } from './circuitiq';
import type { Run } from './measure';
import { type Facts, keep, render } from './report';

/**
 * `npm run bench [-- --megabytes 3000 --rounds 1]`: each case in turn, round by round, on one machine,
 * against baselines that run beside it. The result goes into docs/performance.md.
 */
async function bench(megabytes: number, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'neon-backup-bench-'));
  // The server's log shows what was copied.
  const server = await startEmbeddedServer({ settings: { log_statement: 'all' } });
  try {
    const source = await fill(server.url('bench'), server.url(), megabytes);
    const bed: Bed = { server, source, tools: await clientToolsFor(server.major), folder };
    const { runs, mostCopies, tables } = await measure(bed, rounds);
    const facts: Facts = {
      megabytes,
      rounds,
      mostCopies,
      tables,
      strayBytes: strayBytes(join(folder, 'both')),
      versions: `PostgreSQL 18, pg_dump ${bed.tools.version}, Node ${process.version}`,
    };
    const text = render(runs, facts);
    process.stdout.write(`${text}\n`);
    keep(text, megabytes > 1000 ? 'large' : 'small');
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(url: string, admin: string, megabytes: number): Promise<string> {
  say(`filling a database with ${megabytes} MB`);
  await withSession(parseAddress(admin), (session) => session.rows('CREATE DATABASE bench'));
  await loadCircuitIq(url, { megabytes });
  await withSession(parseAddress(url), (session) => session.rows('VACUUM ANALYZE'));
  return url;
}

async function measure(
  bed: Bed,
  rounds: number,
): Promise<{ runs: Map<string, Run[]>; mostCopies: number; tables: number }> {
  const runs = new Map<string, Run[]>(CASES.map(([name]) => [name, []]));
  let copies = new Map<string, number>();
  for (let round = 1; round <= rounds; round++) {
    for (const [name, once] of CASES) {
      // The slowest by far, and far from its limit: once is enough.
      if (name === 'script' && round > 1) continue;
      const since = logLength(bed);
      const result = await once(bed);
      if (name === 'both') copies = copiesPerTable(bed, since);
      say(`round ${round}, ${name}: ${result.seconds.toFixed(1)} s`);
      runs.get(name)?.push(result);
    }
  }
  return { runs, mostCopies: Math.max(...copies.values()), tables: copies.size };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});
void bench(Number(values.megabytes), Number(values.rounds));
