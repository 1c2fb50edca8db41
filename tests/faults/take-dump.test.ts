import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kill } from 'node:process';
import type { Readable } from 'node:stream';
import { backupPrefix, FILES } from '../../contract/keys';
import { BackupError } from '../../core/errors';
import { children } from '../support/faults/processes';
import { protectedDatabase } from '../support/faults/protected';
import { newSeed, randomFrom } from '../support/faults/seeds';
import { gated, withPut } from '../support/faults/stores';
import { standIns } from '../support/faults/tools';
import { query, serverForTests } from '../support/servers';
import { until } from '../support/until';

const server = serverForTests();
const database = protectedDatabase(server);
const { toolsFor, folder } = standIns();

const archiveBytes = () =>
  database().good.files.find(({ name }) => name === FILES.archive)?.bytes ?? 0;

const isOurs = `application_name = 'neon-backup' AND datname = current_database()`;
const terminate = (which: string) =>
  query(database().url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${which}`);
const terminateDump = () => terminate(`${isOurs} AND query LIKE 'COPY %'`);

describe('a dump that dies half-way', () => {
  const seed = newSeed();
  const random = randomFrom(seed);
  // The first half, since the rest may be on its way already.
  const shares = Array.from({ length: 4 }, () => random() / 2);

  it.each(shares)(
    `is no backup when the server ends it after %d of it (seed ${seed})`,
    async (share) => {
      const gate = gated(database().store, share * archiveBytes());
      const failing = database().fails('source_disconnected', { store: gate.store });
      await gate.reached;
      await terminateDump();
      gate.open();

      const error = await failing;

      expect(error.message).toBe('pg_dump exited with status 1.');
      expect(error.output).toMatch(/terminating connection|server closed the connection/);
    },
  );

  it('is no backup either with the SQL beside it', async () => {
    const gate = gated(database().store, archiveBytes() / 4);
    const failing = database().fails('source_disconnected', { store: gate.store, plain: true });
    await gate.reached;
    await terminateDump();
    gate.open();

    expect((await failing).message).toBe('pg_dump exited with status 1.');
  });

  it('says by which signal pg_dump was killed', async () => {
    const gate = gated(database().store, archiveBytes() / 4);
    const failing = database().fails('tool_failed', { store: gate.store });
    await gate.reached;
    for (const { pid } of children(/pg_dump/)) kill(pid, 'SIGKILL');
    gate.open();

    const error = await failing;

    expect(error.message).toBe('pg_dump was killed by SIGKILL.');
    expect(error.cure).toContain('memory');
  });

  it('fails when the session that holds its snapshot ends before pg_dump has joined it', async () => {
    const [started, go] = [join(folder, 'started'), join(folder, 'go')];
    const wait = `touch '${started}'; until [ -e '${go}' ]; do sleep 0.05; done; exec "$REAL" "$@"`;
    const failing = database().fails('source_disconnected', {
      toolsFor: toolsFor({ pg_dump: wait }),
    });
    await until(() => existsSync(started));
    await terminate(`${isOurs} AND state = 'idle in transaction'`);
    writeFileSync(go, '');

    expect((await failing).output).toContain('snapshot');
  });

  it('is whole when that session ends after everything was counted', async () => {
    const gate = gated(database().store, archiveBytes() / 2);
    const taking = database().take({ store: gate.store });
    await gate.reached;
    const holder = `${isOurs} AND query LIKE '%count(*)%noise_4%' AND state = 'idle in transaction'`;
    await until(async () => (await terminate(holder)).length === 1);
    gate.open();

    const { id } = await taking;

    expect(await database().verify(id)).toBe('VERIFIED content');
  });

  it('fails when one of the programs for the SQL dies', async () => {
    const tools = toolsFor({ pg_restore: 'head -c 100000 >/dev/null; kill -9 $$' });

    const error = await database().fails('tool_failed', { plain: true, toolsFor: tools });

    expect(`${error.message} ${error.output}`).toMatch(
      /^pg_restore (\| igzip exited with status 1\. .* 137 0|was killed by SIGKILL\. )$/s,
    );
  });
});

describe('a pg_dump that says it has succeeded', () => {
  const good = () =>
    database().store.localPath(backupPrefix(database().good) + FILES.archive) ?? '';

  it.each([0.01, 0.5, 0.999])('is not believed after %d of an archive', async (share) => {
    const bytes = Math.floor(archiveBytes() * share);
    const tools = toolsFor({ pg_dump: `head -c ${bytes} '${good()}'` });

    await database().fails('incomplete', { toolsFor: tools });
    await database().fails('incomplete', { toolsFor: tools, plain: true });
  });

  it('is not believed when it wrote nothing', async () => {
    await database().fails('incomplete', { toolsFor: toolsFor({ pg_dump: 'exit 0' }) });
  });

  it('is not believed when it wrote an error in place of an archive', async () => {
    const words = 'pg_dump: error: connection to server failed';

    const error = await database().fails('corrupt', {
      toolsFor: toolsFor({ pg_dump: `echo '${words}'` }),
    });

    expect(error.message).toContain('does not start as one');
  });

  it('is stopped when it goes on writing what is no archive', async () => {
    const tools = toolsFor({ pg_dump: 'exec yes no archive' });

    await database().fails('corrupt', { toolsFor: tools });

    expect(children(/yes no archive/)).toEqual([]);
  });

  it('is not believed when its roles end half-way', async () => {
    const tools = toolsFor({ pg_dumpall: '"$REAL" "$@" | head -c 60; exit 1' });

    await database().fails('tool_failed', { toolsFor: tools });
  });
});

describe('a store that fails', () => {
  const refused = new BackupError('store', 'The store says no.', { cure: 'Ask it nicely again.' });

  it.each([
    ['before it has read a byte', async () => Promise.reject(refused)],
    [
      'after a while in which it read nothing',
      (body: Readable | Buffer) =>
        Buffer.isBuffer(body)
          ? Promise.reject(refused)
          : once(body, 'readable').then(() => Promise.reject(refused)),
    ],
  ])('%s fails the run', async (_, put: (body: Readable | Buffer) => Promise<number>) => {
    for (const plain of [false, true]) {
      const store = withPut(database().store, (_key, body) => put(body));
      expect(await database().fails('store', { store, plain })).toBe(refused);
    }
  });

  it('is not waited for when it takes nothing and says nothing', async () => {
    const store = withPut(database().store, async (_key, body) => {
      if (!Buffer.isBuffer(body)) await once(body, 'close');
      throw refused;
    });

    await database().fails('hung', { store, stallTimeoutMs: 1_000 });
  });

  it('fails the run when it kept less than it was given', async () => {
    const store = withPut(
      database().store,
      async (key, body) => (await database().store.put(key, body)) - 1,
    );

    const error = await database().fails('store', { store });

    expect(error.message).toMatch(/kept \d+ of the \d+ bytes of database\.dump\.$/);
  });

  it('fails the run when a file is gone before the manifest', async () => {
    const store = withPut(database().store, async (key, body) => {
      const bytes = await database().store.put(key, body);
      if (key.endsWith(FILES.guide))
        rmSync(join(dirname(database().store.localPath(key)), FILES.archive));
      return bytes;
    });

    expect((await database().fails('store', { store })).message).toContain(FILES.archive);
  });

  it('fails the run when the manifest cannot be written', async () => {
    const store = withPut(database().store, (key, body) =>
      key.endsWith(FILES.manifest) ? Promise.reject(refused) : database().store.put(key, body),
    );

    expect(await database().fails('store', { store })).toBe(refused);
  });
});

describe('a server that does not let us in', () => {
  const wrong = (change: Partial<URL>) => {
    const url = Object.assign(new URL(database().url), change);
    return { ...database().source, user: url.username, password: url.password };
  };

  it.each([
    ['a wrong password', { password: 'canary-of-a-password' }, 'password authentication failed'],
    ['an unknown role', { username: 'nobody_here' }, 'authentication failed'],
  ])('stores nothing for %s', async (_, change, words) => {
    const error = await database().fails('auth', { source: wrong(change) });

    expect(error.message).toContain(words);
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  it('stores nothing for a database that is not there', async () => {
    const source = { ...database().source, database: 'not_there' };

    const error = await database().fails('auth', { source });

    expect(error.message).toContain('database "not_there" does not exist');
  });

  it('stores nothing when pg_dump alone is refused', async () => {
    const tools = toolsFor({ pg_dump: 'PGPASSWORD=canary exec "$REAL" "$@"' });

    const error = await database().fails('auth', { toolsFor: tools });

    expect(error.output).toContain('password authentication failed');
    expect(error.output).not.toContain('canary');
  });
});
