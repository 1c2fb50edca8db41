import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { Client } from 'pg';
import { BackupError } from '../../core/errors';
import { parseAddress } from '../../core/postgres/address';
import { connect } from '../../core/postgres/session';
import { children } from '../support/faults/processes';
import { expectHelpful, protectedDatabase } from '../support/faults/protected';
import { type FaultProxy, startProxy } from '../support/faults/proxy';
import { gated, withPut } from '../support/faults/stores';
import { standIns } from '../support/faults/tools';
import { query, serverForTests } from '../support/servers';
import { until } from '../support/until';

const STALL_MS = 1_000;

const server = serverForTests();
const database = protectedDatabase(server);
const { toolsFor, folder } = standIns();
const archiveBytes = () => database().good.files[0]?.bytes ?? 0;

let proxy: FaultProxy;
beforeEach(async () => {
  proxy = await startProxy(server().port);
});
afterEach(() => proxy.close());
const through = () => parseAddress(proxy.url(database().url));

/** How long a piece of work took, in ms, and what came of it. */
async function timed<T>(work: Promise<T>): Promise<{ ms: number; result: T }> {
  const began = performance.now();
  const result = await work;
  return { result, ms: performance.now() - began };
}

/** Our session has counted everything, and has nothing left to do. */
async function isIdle(): Promise<boolean> {
  const idle = `SELECT 1 FROM pg_stat_activity
    WHERE query LIKE '%count(*)%noise_4%' AND state = 'idle in transaction'`;
  return (await query(database().url, idle)).length === 1;
}

describe('a server that hangs', () => {
  const fails = () =>
    timed(database().fails('hung', { source: through(), stallTimeoutMs: STALL_MS }));

  it('is given up when it never answers', async () => {
    await proxy.close();
    proxy = await startProxy(undefined);

    const { result, ms } = await fails();

    expect(result.cure).toContain('--stall-timeout');
    expect(ms).toBeLessThan(STALL_MS + 6_000);
  });

  it.each([1, 4, 8, 12])('is given up when it stops after %d answers', async (answers) => {
    proxy.freezeAfter(answers);

    expect((await fails()).ms).toBeLessThan(STALL_MS + 6_000);
  });

  it('is given up when the wire is dead in the middle of the dump', async () => {
    const gate = gated(database().store, archiveBytes() / 4);
    const failing = timed(
      database().fails('hung', { source: through(), store: gate.store, stallTimeoutMs: STALL_MS }),
    );
    await gate.reached;
    proxy.freeze();
    gate.open();

    expect((await failing).ms).toBeLessThan(STALL_MS + 8_000);
    expect(children(/pg_dump/)).toEqual([]);
  });

  it('is not waited for when something else has failed', async () => {
    const full = new BackupError('store', 'The store is full.', { cure: 'Free some space there.' });
    const store = withPut(database().store, async (_key, body) => {
      if (!Buffer.isBuffer(body)) await once(body, 'readable');
      await until(isIdle);
      proxy.freeze();
      throw full;
    });

    const { result, ms } = await timed(database().fails('store', { source: through(), store }));

    // A session that waits for an answer is closed at once: only an idle one says goodbye.
    expect(result).toBe(full);
    expect(ms).toBeLessThan(8_000);
  });

  it('is given up when its process is stopped in the middle of the dump', async () => {
    const gate = gated(database().store, archiveBytes() / 4);
    const failing = timed(
      database().fails('hung', { store: gate.store, stallTimeoutMs: STALL_MS, plain: true }),
    );
    await gate.reached;
    const [backend] = await query<{ pid: number }>(
      database().url,
      "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY %'",
    );
    kill(backend?.pid ?? 0, 'SIGSTOP');
    gate.open();
    try {
      expect((await failing).ms).toBeLessThan(STALL_MS + 8_000);
      expect(children(/pg_dump|pg_restore|igzip/)).toEqual([]);
    } finally {
      kill(backend?.pid ?? 0, 'SIGCONT');
    }
  });
});

describe('a lock that somebody else holds', () => {
  /** Holds a table as a migration does, while `work` runs. */
  async function holding<T>(work: (release: () => Promise<unknown>) => Promise<T>): Promise<T> {
    const client = new Client(database().url);
    await client.connect();
    try {
      await client.query('BEGIN; LOCK TABLE noise_3 IN ACCESS EXCLUSIVE MODE');
      return await work(() => client.query('COMMIT'));
    } finally {
      await client.end();
    }
  }

  it('is waited for three times, and no longer', async () => {
    const { result, ms } = await holding(() =>
      timed(database().fails('lock_timeout', { lockTimeoutMs: 100 })),
    );

    expect(result.message).toContain('lock timeout');
    expect(ms).toBeLessThan(10_000);
  });

  it('delays the backup when it is released in time', async () => {
    const id = await holding(async (release) => {
      const taking = database().take({ lockTimeoutMs: 20_000 });
      await until(() => waits('LOCK TABLE'));
      await release();
      return (await taking).id;
    });

    expect(await database().verify(id)).toBe('VERIFIED content');
  });

  it('is let through when it is asked for between us and pg_dump, and nothing of it is lost', async () => {
    await query(database().url, 'CREATE TABLE short_lived AS SELECT generate_series(1, 5) AS id');
    const [asked, waited] = [join(folder, 'asked'), join(folder, 'waited')];
    const once = `touch '${asked}'; until [ -e '${waited}' ]; do sleep 0.05; done; exec "$REAL" "$@"`;
    const taking = database().take({
      lockTimeoutMs: 500,
      toolsFor: toolsFor({ pg_dump: once }),
    });
    await until(() => existsSync(asked));
    const truncating = query(database().url, 'TRUNCATE short_lived');
    await until(() => waits('TRUNCATE'));
    writeFileSync(waited, '');
    await truncating;

    const { id, tables } = await taking;

    expect(tables).toContainEqual({ schema: 'public', table: 'short_lived', rows: 0 });
    expect(await database().verify(id)).toBe('VERIFIED content');
  });

  it('does not keep the operator waiting who wants to stop', async () => {
    const abort = new AbortController();
    const stopped = new BackupError('cancelled', 'Stopped.', { cure: 'Nothing is to be done.' });
    const { ms } = await holding(async () => {
      const failing = database().fails('cancelled', {
        lockTimeoutMs: 60_000,
        signal: abort.signal,
      });
      await until(() => waits('LOCK TABLE'));
      abort.abort(stopped);
      return timed(failing);
    });

    expect(ms).toBeLessThan(5_000);
  });

  const waits = async (what: string): Promise<boolean> => {
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1`;
    return (await query(database().url, waiting, [`${what}%`])).length > 0;
  };
});

describe('a server that is not ready yet', () => {
  it('is asked again until it takes connections', async () => {
    proxy.refuse(2);

    const { id } = await database().take({ source: through() });

    expect(proxy.connections).toBeGreaterThan(2);
    expect(await database().verify(id)).toBe('VERIFIED content');
  });

  it('is asked again while it has no connection free', async () => {
    await query(
      database().url,
      `CREATE ROLE busy LOGIN PASSWORD 'busy' CONNECTION LIMIT 0; GRANT pg_read_all_data TO busy`,
    );
    const source = { ...through(), user: 'busy', password: 'busy' };
    const taking = database().take({ source });
    await until(() => proxy.connections >= 2);
    await query(database().url, 'ALTER ROLE busy CONNECTION LIMIT -1');

    expect(await database().verify((await taking).id)).toBe('VERIFIED content');
  });

  it('is unavailable in the end', async () => {
    await query(database().url, "CREATE ROLE full LOGIN PASSWORD 'full' CONNECTION LIMIT 0");
    const source = { ...through(), user: 'full', password: 'full' };

    const error = await connect(source, { attempts: 2 }).catch((error: unknown) => error);

    expectHelpful(error as BackupError, 'source_unavailable');
    expect((error as BackupError).message).toContain('too many connections for role "full"');
    expect(proxy.connections).toBe(2);
  });

  it('does not keep the operator waiting who wants to stop', async () => {
    proxy.refuse(100);
    const abort = new AbortController();
    const stopped = new BackupError('cancelled', 'Stopped.', { cure: 'Nothing is to be done.' });
    const failing = timed(
      database().fails('cancelled', { source: through(), signal: abort.signal }),
    );
    await until(() => proxy.connections >= 3);
    abort.abort(stopped);
    const { ms } = await timed(failing);

    expect(ms).toBeLessThan(1_500);
  });
});
