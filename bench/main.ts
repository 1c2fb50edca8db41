import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseAddress } from '../core/postgres/address';
import { type EmbeddedServer, startEmbeddedServer } from '../core/postgres/server';
import { withSession } from '../core/postgres/session';
import { clientToolsFor } from '../core/postgres/tools';
import { BACKUPS, type Bed, type Case, chooseCases } from './cases';
import { loadCircuitIq } from './circuitiq';
import { bundleSizes, copiesPerTable, logLength, strayBytes } from './evidence';
import type { Facts } from './figures';
import type { Run } from './measure';
import { serveNullS3, startNullS3 } from './null-s3';
import { keep, render } from './report';

const NULL_S3 = 'null-s3';

interface Wanted {
  readonly megabytes: number;
  readonly rounds: number;
  readonly cases: readonly Case[];
}

/**
 * Each case in turn, round by round, on one machine, against baselines that run beside it.
 * @returns the report
 */
async function bench({ megabytes, rounds, cases }: Wanted): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'neon-backup-bench-'));
  const nullS3 = await startNullS3(__filename, NULL_S3);
  // The server's log shows what was copied.
  const server = await startEmbeddedServer({ settings: { log_statement: 'all' } });
  try {
    const databaseBytes = await fill(server, 'bench', megabytes);
    await fill(server, 'nothing', 0);
    const tools = await clientToolsFor(server.major);
    const [source, nothing] = [server.url('bench'), server.url('nothing')];
    const bed: Bed = { server, source, nothing, tools, folder, nullS3: nullS3.url };
    const { runs, ...copied } = await measure(bed, cases, rounds);
    const versions = `PostgreSQL ${server.major}, pg_dump ${tools.version}, Node ${process.version}`;
    const stray = strayBytes(join(folder, 'both'));
    const facts: Facts = {
      megabytes,
      rounds,
      databaseBytes,
      strayBytes: stray,
      bundles: bundleSizes(),
      versions,
      ...copied,
    };
    return render(runs, facts);
  } finally {
    nullS3.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns how large the server says the database is */
async function fill(server: EmbeddedServer, name: string, megabytes: number): Promise<number> {
  say(`filling the database ${name} with ${megabytes} MB`);
  const url = server.url(name);
  await withSession(parseAddress(server.url()), (session) =>
    session.rows(`CREATE DATABASE ${name}`),
  );
  await loadCircuitIq(url, { megabytes });
  return withSession(parseAddress(url), async (session) => {
    await session.rows('VACUUM ANALYZE');
    const sql = 'SELECT pg_database_size(current_database())::float8 AS bytes';
    return (await session.row<{ bytes: number }>(sql)).bytes;
  });
}

async function measure(bed: Bed, cases: readonly Case[], rounds: number) {
  const runs = new Map<string, Run[]>(cases.map(({ name }) => [name, []]));
  const copies: Map<string, number>[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const { name, once, first } of cases) {
      if (first && round > 1) continue;
      const since = logLength(bed);
      const result = await once(bed);
      if (!result) {
        runs.delete(name);
        continue;
      }
      if (BACKUPS.some((backup) => backup === name)) copies.push(copiesPerTable(bed, since));
      say(`round ${round}, ${name}: ${result.seconds.toFixed(1)} s`);
      runs.get(name)?.push(result);
    }
  }
  return {
    runs,
    mostCopies: most(copies.flatMap((of) => [...of.values()])),
    tables: copies[0]?.size,
  };
}

function most(values: readonly number[]): number | undefined {
  return values.length > 0 ? Math.max(...values) : undefined;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * `npm run bench [-- --megabytes 3000 --rounds 1 --only "upload,bare"]`. A full run goes into
 * docs/performance.md, where that has a place for its size; a few cases alone are only printed.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      megabytes: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
    },
  });
  const megabytes = Number(values.megabytes);
  const names = values.only.split(',').filter((name) => name !== '');
  const cases = chooseCases(names, megabytes);
  const text = await bench({ megabytes, rounds: Number(values.rounds), cases });
  process.stdout.write(`${text}\n`);
  if (names.length > 0 || !keep(text, megabytes))
    say('printed only: docs/performance.md is as it was');
}

if (process.argv[2] === NULL_S3) serveNullS3();
else void main();
