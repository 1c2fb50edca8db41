import { loadCircuitIq } from '../../bench/circuitiq';
import { drill } from '../../core/drill/drill';
import { embeddedScratch } from '../../core/drill/scratch';
import { findBackup } from '../../core/find';
import type { Manifest, Verification } from '../../core/manifest';
import { parseAddress } from '../../core/postgres/address';
import { type EmbeddedServer, startEmbeddedServer } from '../../core/postgres/server';
import { withSession } from '../../core/postgres/session';
import { clientToolsFor } from '../../core/postgres/tools';
import { openStore } from '../../core/stores/open';
import type { Store } from '../../core/stores/store';
import { takeBackup } from '../../core/take/take';
import { verifyBackup } from '../../core/verify/verify';
import { bytes, duration, mark, number, paint, paintVerdict } from '../print';
import { CRITICAL } from './circuitiq';
import type { Show } from './show';

/** A database backed up, verified, restored into another server and compared. */
export async function demoPlain(show: Show): Promise<void> {
  const { signal } = show;
  const onProgress = (line: string): void => show.note(line);
  await show.step('find the client programs of PostgreSQL 18', () =>
    clientToolsFor(18, { onProgress, signal }),
  );
  const server = await show.step('start a PostgreSQL 18 server', () =>
    startEmbeddedServer({ signal }),
  );
  try {
    const url = await makeDatabase(show, server);
    const store = await openStore(show.folder);
    const manifest = await backUp(show, url, store);
    tell(show, await prove(show, manifest, store));
  } finally {
    await server.stop();
  }
}

async function makeDatabase(show: Show, server: EmbeddedServer): Promise<string> {
  await withSession(parseAddress(server.url()), (session) =>
    session.rows('CREATE DATABASE circuitiq'),
  );
  const url = server.url('circuitiq');
  await show.step('fill it with a database like CircuitIQ', () => loadCircuitIq(url, show));
  const size = `SELECT sum(pg_total_relation_size(oid))::float8 AS bytes FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;
  const { bytes: count } = await withSession(parseAddress(url), (session) =>
    session.row<{ bytes: number }>(size),
  );
  show.say(`  ${bytes(count)} in the tables`);
  return url;
}

async function backUp(show: Show, url: string, store: Store): Promise<Manifest> {
  const { signal } = show;
  const manifest = await show.step('back it up, as an archive and as SQL, in one reading', () =>
    takeBackup({ source: parseAddress(url), store, kind: 'manual', plain: true, signal }),
  );
  for (const { name, bytes: size, sha256 } of manifest.files)
    show.say(`  ${name.padEnd(16)} ${bytes(size).padStart(9)}  sha256 ${sha256.slice(0, 16)}…`);
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  show.say(
    `  ${number(rows)} rows in ${manifest.tables.length} tables, as of ${manifest.data.time}`,
  );
  return manifest;
}

async function prove(show: Show, manifest: Manifest, store: Store): Promise<Verification> {
  const { signal } = show;
  const backup = await findBackup(store, manifest.id);
  const openScratch = () => embeddedScratch({ manifest, trustSource: false, signal });
  return show.step('read it back, restore it into another server, compare every line', () =>
    verifyBackup({
      store,
      backup,
      expect: { criticalTables: CRITICAL, mayBeEmpty: [], shrinkLimit: 0.5 },
      signal,
      drill: (_, content) => drill({ store, backup, content, openScratch, signal }),
    }),
  );
}

function tell(show: Show, verification: Verification): void {
  for (const { name, ok, detail } of verification.checks)
    show.say(`  ${mark(ok)} ${name.padEnd(13)} ${detail}`);
  if (verification.drill)
    show.say(
      `  restored in ${duration(verification.drill.restoreSeconds)}: that is how long you would be down`,
    );
  show.say(`${paint('bold', verification.id)} is ${paintVerdict(verification)}`);
  if (verification.state !== 'VERIFIED') process.exitCode = 1;
}
