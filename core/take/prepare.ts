import { backupPrefix, newBackupId } from '../../contract/keys';
import { readCatalog } from '../catalog';
import { BackupError } from '../errors';
import type { Manifest } from '../manifest';
import type { Session } from '../postgres/session';
import { clientToolsFor } from '../postgres/tools';
import { type Inventory, takeInventory } from './inventory';
import type { Prepared, Source, TakeOptions, Watched } from './job';
import { judge, refuseOlderTools, refusePooler } from './preflight';
import { stallLimit, type Watchdog } from './watchdog';

/**
 * Everything before the snapshot: what is there, and whether it can be backed up.
 * @throws BackupError for the first thing that speaks against it
 */
export async function prepare(connected: Session, options: Watched): Promise<Prepared> {
  const { source, kind, accept = {}, lockTimeoutMs = 30_000, signal, watchdog } = options;
  const stallTimeoutMs = stallLimit(options);
  const session = watched(connected, watchdog);
  const startedAt = (options.now ?? (() => new Date()))();
  options.onProgress?.({ step: 'preflight', message: 'looking at the source' });
  await refusePooler(session, source, signal);
  const inventory = await takeInventory(session);
  const notes = judge(inventory, source.user, accept);
  const database = options.database ?? inventory.server.name;
  if (!accept.newSource) await refuseOtherSource(options, database, inventory);
  watchdog.allow(stallTimeoutMs + FETCH_TOOLS_MS);
  const tools = await (options.toolsFor ?? clientToolsFor)(inventory.server.major);
  refuseOlderTools(tools, inventory);
  const address = { database, kind, id: newBackupId(startedAt) };
  const prefix = backupPrefix(address);
  return {
    ...options,
    session,
    inventory,
    notes,
    tools,
    address,
    prefix,
    startedAt,
    lockTimeoutMs,
    stallTimeoutMs,
  };
}

/** The first run with a major fetches its tools, on any network. */
const FETCH_TOOLS_MS = 15 * 60_000;

/** Every answer of the server is progress, whatever it says. */
function watched(session: Session, watchdog: Watchdog): Session {
  const answered = <T>(answer: Promise<T>): Promise<T> => answer.finally(() => watchdog.touch());
  return {
    rows: (sql, parameters) => answered(session.rows(sql, parameters)),
    row: (sql, parameters) => answered(session.row(sql, parameters)),
    close: () => session.close(),
  };
}

/** Guards against a source that leads to another database or branch than the one of last time. */
async function refuseOtherSource(
  { store, source }: TakeOptions,
  database: string,
  { server }: Inventory,
): Promise<void> {
  const [newest] = (await readCatalog(store, { database })).backups;
  const known = newest?.manifest.source;
  if (!known || (isSameServer(known, server) && isSameBranch(known.neon, source.neon))) return;
  throw new BackupError(
    'refused',
    `This is not the database ${database} that backup ${newest?.address.id} in ${store.url} came from.`,
    {
      cure: 'Check the source; give this one another name with --database, or, if it has moved to a new server or branch, say --accept-new-source (to the function: {"acceptNewSource": true}).',
    },
  );
}

/** Not every role may ask a server which one it is. */
function isSameServer(known: Manifest['source'], server: Inventory['server']): boolean {
  if (!known.systemIdentifier || !server.systemIdentifier) return true;
  return known.systemIdentifier === server.systemIdentifier && known.oid === server.oid;
}

/** The branches of a project of Neon's are copies, by which their servers can't be told apart. */
function isSameBranch(known: Source['neon'], neon: Source['neon']): boolean {
  if (!known || !neon) return true;
  return known.project === neon.project && known.branch === neon.branch;
}
