import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCircuitIq } from '../bench/circuitiq';
import { drill } from '../core/drill/drill';
import { embeddedScratch } from '../core/drill/scratch';
import { findBackup } from '../core/find';
import { parseAddress } from '../core/postgres/address';
import { type EmbeddedServer, startEmbeddedServer } from '../core/postgres/server';
import { withSession } from '../core/postgres/session';
import { clientToolsFor } from '../core/postgres/tools';
import { openStore } from '../core/stores/open';
import { takeBackup } from '../core/take/take';
import { verifyBackup } from '../core/verify/verify';
import { report } from './exit';
import { bytes, duration, mark, number, paint, paintVerdict } from './print';
import { Progress } from './progress';

/** `npm run demo`: a real database, backed up, verified, restored and compared, with nothing set up. */

const MEGABYTES = 320;
const CRITICAL = ['User', 'Diagram', 'Analysis', 'Component'];
const progress = new Progress();

/** Runs one step and says how long it took. */
async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  progress.update(title, {});
  const began = performance.now();
  const result = await work();
  progress.clear();
  say(
    `${mark(true)} ${title} ${paint('dim', `in ${duration((performance.now() - began) / 1000)}`)}`,
  );
  return result;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function demo(folder: string): Promise<void> {
  const onProgress = (line: string): void => progress.note(`  ${line}`);
  await step('find the client programs of PostgreSQL 18', () => clientToolsFor(18, { onProgress }));
  const server = await step('start a PostgreSQL 18 server', () => startEmbeddedServer());
  try {
    const url = await makeDatabase(server);
    await backUpAndProve(url, folder);
  } finally {
    await server.stop();
  }
}

async function makeDatabase(server: EmbeddedServer): Promise<string> {
  await withSession(parseAddress(server.url()), (session) =>
    session.rows('CREATE DATABASE circuitiq'),
  );
  const url = server.url('circuitiq');
  await step('fill it with a database like CircuitIQ', () =>
    loadCircuitIq(url, { megabytes: MEGABYTES }),
  );
  const size = `SELECT sum(pg_total_relation_size(oid))::float8 AS bytes FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;
  const { bytes: count } = await withSession(parseAddress(url), (session) =>
    session.row<{ bytes: number }>(size),
  );
  say(`  ${bytes(count)} in the tables`);
  return url;
}

async function backUpAndProve(url: string, folder: string): Promise<void> {
  const store = await openStore(folder);
  const manifest = await step('back it up, as an archive and as SQL, in one reading', () =>
    takeBackup({ source: parseAddress(url), store, kind: 'manual', plain: true }),
  );
  for (const { name, bytes: size, sha256 } of manifest.files) {
    say(`  ${name.padEnd(16)} ${bytes(size).padStart(9)}  sha256 ${sha256.slice(0, 16)}…`);
  }
  say(
    `  ${number(manifest.tables.reduce((sum, { rows }) => sum + rows, 0))} rows in ${manifest.tables.length} tables, as of ${manifest.data.time}`,
  );
  const backup = await findBackup(store, manifest.id);
  const verification = await step(
    'read it back, restore it into another server, compare every line',
    () =>
      verifyBackup({
        store,
        backup,
        expect: { criticalTables: CRITICAL, mayBeEmpty: [], shrinkLimit: 0.5 },
        drill: (_, content) =>
          drill({
            store,
            backup,
            content,
            openScratch: () => embeddedScratch({ manifest, trustSource: false }),
          }),
      }),
  );
  for (const { name, ok, detail } of verification.checks)
    say(`  ${mark(ok)} ${name.padEnd(13)} ${detail}`);
  if (verification.drill)
    say(
      `  restored in ${duration(verification.drill.restoreSeconds)}: that is how long you would be down`,
    );
  say(`${paint('bold', manifest.id)} is ${paintVerdict(verification)}`);
  if (verification.state !== 'VERIFIED') process.exitCode = 1;
}

async function main(): Promise<void> {
  const keep = process.argv.includes('--keep');
  const folder = await mkdtemp(join(tmpdir(), 'neon-backup-demo-'));
  try {
    await demo(folder);
    say(
      keep
        ? `The backup is in ${folder}.`
        : 'The server and the backup are gone again; npm run demo -- --keep leaves the backup.',
    );
  } catch (error) {
    process.exitCode = report(error, { json: false, verbose: process.argv.includes('--verbose') });
  } finally {
    if (!keep) await rm(folder, { recursive: true, force: true });
  }
}

void main();
