import { type Address, describe, isThisMachine } from '../postgres/address';
import { type Session, withSession } from '../postgres/session';
import type { ClientTools } from '../postgres/tools';
import type { Settings } from '../settings';
import { type Inventory, isDumped, type SourceTable, takeInventory } from '../take/inventory';
import { notesOn, REFUSALS, refusePooler, refusePoolerHost } from '../take/preflight';
import { isNamed } from '../verify/tables';
import { examine, type Finding, fail, ok, warn } from './finding';

/** Everything about the source that could stop a backup, or make it hold less than one expects. */
export async function examineSource(
  source: Address,
  settings: Settings,
  toolsFor: (major: number) => Promise<ClientTools>,
): Promise<Finding[]> {
  const host = await examine('host', () => {
    refusePoolerHost(source);
    return [ok('host', `${describe(source)}, ${tlsWords(source)}`)];
  });
  const rest = await examine('connection', () =>
    withSession(source, async (session) => {
      const inventory = await takeInventory(session);
      const { name, version } = inventory.server;
      return [
        ok('connection', `database ${name}, PostgreSQL ${version}, as ${source.user}`),
        ...(await examine('pooler', async () => {
          await refusePooler(session, source);
          return [ok('pooler', 'none in between')];
        })),
        ...(await examineTools(inventory.server.major, toolsFor)),
        ...(await examineTables(inventory, source.user)),
        ...examineCritical(inventory.tables, settings),
        ...(await examineLocks(session)),
      ];
    }),
  );
  return [...host, ...rest];
}

function tlsWords({ host, tls }: Address): string {
  if (tls === 'verify-full') return 'TLS with a verified certificate';
  return isThisMachine(host) ? 'on this machine' : 'not encrypted';
}

function examineTools(
  major: number,
  toolsFor: (major: number) => Promise<ClientTools>,
): Promise<Finding[]> {
  return examine('client', async () => {
    const tools = await toolsFor(major);
    const found = ok('client', `pg_dump ${tools.version} (${tools.origin})`);
    if (tools.igzip) return [found];
    return [
      found,
      warn('client', 'there is no igzip: --plain compresses with zlib, which is slower'),
    ];
  });
}

async function examineTables(inventory: Inventory, user: string): Promise<Finding[]> {
  const refused = await Promise.all(
    REFUSALS.map((refuse) =>
      examine('tables', () => {
        refuse(inventory, user, {});
        return [];
      }),
    ),
  );
  const findings = refused.flat();
  if (findings.length === 0) {
    const dumped = inventory.tables.filter(isDumped).length;
    findings.push(ok('tables', `${dumped} tables, every row readable by ${user}`));
  }
  return [...findings, ...notesOn(inventory).map(({ detail }) => warn('tables', detail))];
}

/** Names those that don't exist; where none are configured, proposes the largest. */
function examineCritical(tables: readonly SourceTable[], { criticalTables }: Settings): Finding[] {
  const missing = criticalTables.filter((name) => !tables.some((table) => isNamed(table, name)));
  const largest = tables.toSorted((a, b) => b.bytes - a.bytes).slice(0, 4);
  const proposal = `"criticalTables": ${JSON.stringify(largest.map(({ table }) => table))}`;
  const cure = `For example, in neon-backup.json, the largest: ${proposal}`;
  if (missing.length > 0)
    return [fail('critical', `these critical tables don't exist: ${missing.join(', ')}`, cure)];
  if (criticalTables.length > 0) return [ok('critical', `${criticalTables.join(', ')} are there`)];
  if (largest.length === 0) return [];
  return [
    warn('critical', 'no critical tables are configured: an empty one would pass unnoticed', cure),
  ];
}

const EXCLUSIVE = `SELECT DISTINCT c.oid::regclass::text AS name, a.pid, a.application_name AS application
  FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.mode = 'AccessExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND c.relkind IN ('r', 'p')`;

async function examineLocks(session: Session): Promise<Finding[]> {
  const locks = await session.rows<{ name: string; pid: number; application: string }>(EXCLUSIVE);
  return locks.map(({ name, pid, application }) =>
    warn(
      'locks',
      `${name} is locked by process ${pid}${application ? ` (${application})` : ''}, as a migration does`,
      'A backup waits for it, three times the lock timeout at most.',
    ),
  );
}
