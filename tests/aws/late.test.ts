import { WATCH_KEY } from '../../contract/keys';
import type { FunctionSettings } from '../../contract/settings';
import { readCatalog } from '../../core/catalog';
import { FORMAT, toJson } from '../../core/json';
import { S3Store } from '../../core/stores/s3';
import { accountForTests } from '../support/aws-account';
import { makeSecret, makeVault } from '../support/aws-resources';
import { type Functions, loadFunctions } from '../support/functions';
import { createDatabase, query, serverForTests } from '../support/servers';

const HOUR = 3_600_000;
/** Lambda keeps an asynchronous event for six hours, while it is throttled. */
const LATE = 5 * HOUR;
/** Of the backup and its verification, in seconds. */
const LIMITS = { backup: 900, verify: 900 };

const server = serverForTests();
const account = accountForTests();

let store: S3Store;
let database: string;
let functions: Functions;
/** What the schedule promised, and what its event names. */
let due: Date;

beforeEach(async () => {
  const url = await createDatabase(server());
  database = new URL(url).pathname.slice(1);
  await query(url, 'CREATE TABLE items AS SELECT generate_series(1, 1000) AS id');
  store = new S3Store(`s3://${await makeVault(account())}`);
  due = new Date(Math.floor((Date.now() - LATE) / 60_000) * 60_000);
  const expression = `cron(${due.getUTCMinutes()} ${due.getUTCHours()} * * ? *)`;
  const settings: FunctionSettings = {
    deployment: 'neon-backup-test',
    store: store.url,
    database,
    source: { kind: 'postgres', secret: await makeSecret(account(), url) },
    schedules: { daily: { expression, timeZone: 'UTC' } },
    limits: LIMITS,
  };
  functions = loadFunctions(settings);
  // Watched for long: a new deployment is given time.
  const since = new Date(due.getTime() - 30 * 24 * HOUR).toISOString();
  await store.put(WATCH_KEY, toJson({ format: FORMAT, since }));
});

async function overdue(): Promise<number> {
  const { metrics } = await functions.call('watch');
  return metrics['BackupOverdue daily'] ?? Number.NaN;
}

/** Milliseconds since the backup should have been VERIFIED. */
function missing(): number {
  return Date.now() - due.getTime() - (LIMITS.backup + LIMITS.verify) * 1000;
}

async function expectOverdue(): Promise<void> {
  const least = missing();
  const milliseconds = Math.round((await overdue()) * 1000);
  expect(milliseconds).toBeGreaterThanOrEqual(least);
  expect(milliseconds).toBeLessThanOrEqual(missing());
}

const backUp = () => functions.call('backup', { kind: 'daily', scheduledAt: due.toISOString() });
const idOf = ({ result }: { result: unknown }): string => (result as { id: string }).id;

it('an event that comes hours late makes its one backup, overdue from the promised time until VERIFIED', async () => {
  await expectOverdue();

  const first = await backUp();
  await expectOverdue();
  const verified = await functions.call('verify', { id: idOf(first) });

  expect(verified.result).toEqual({ id: idOf(first), state: 'VERIFIED' });
  expect(await overdue()).toBe(0);
});

it('late events of one scheduled time are one, kept under that time, and not under their own', async () => {
  const ids = [idOf(await backUp()), idOf(await backUp())];

  const { backups } = await readCatalog(store);
  expect(backups.map(({ address }) => address.id)).toEqual([ids[0]]);
  expect(new Set(ids).size).toBe(1);
  const slots: string[] = [];
  for await (const { key } of store.list(`${database}/slots/`)) slots.push(key);
  const stamp = due.toISOString().replace(/[-:]|\.\d+/g, '');
  expect(slots).toEqual([`${database}/slots/daily/${stamp}.json`]);
});

it('an event that comes with the next night makes a backup of its own, beside that one', async () => {
  const before = new Date(due.getTime() - 24 * HOUR).toISOString();
  const tonight = await backUp();
  const late = await functions.call('backup', { kind: 'daily', scheduledAt: before });

  const { backups, unreadable, unfinished } = await readCatalog(store);
  const ids = backups.map(({ address }) => address.id);
  expect(ids.sort()).toEqual([idOf(tonight), idOf(late)].sort());
  expect({ unreadable, unfinished }).toEqual({ unreadable: [], unfinished: [] });
});
