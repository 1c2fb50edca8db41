import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from '../../core/package-root';
import { clientToolsFor } from '../../core/postgres/tools';
import { createDatabase, query, serverForTests } from '../support/servers';

/** Every block of docs/restore.md, in its order, as a reader would run it. */
describe('docs/restore.md', () => {
  const server = serverForTests();
  const root = packageRoot();
  const blocks = [
    ...readFileSync(join(root, 'docs/restore.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g),
  ].map(([, block]) => block as string);
  let folder: string;
  let run: (script: string, env?: NodeJS.ProcessEnv) => string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'docs-restore-'));
    const tools = await clientToolsFor(18);
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    // npx finds the command in the checkout; a reader stands in it, this test in a folder of its own.
    writeFileSync(
      join(bin, 'npx'),
      `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, 'dist/neon-backup.js')}" "$@"\n`,
      { mode: 0o755 },
    );
    const path = [
      bin,
      dirname(tools.path('psql')),
      dirname(process.execPath),
      process.env.PATH,
    ].join(delimiter);
    const base = {
      PATH: path,
      HOME: folder,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
      SERVER: server().url('').replace(/\/$/, ''),
    };
    run = (script, env = {}) =>
      execFileSync('sh', ['-ec', script], {
        cwd: folder,
        env: { ...base, ...env },
        encoding: 'utf8',
      });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gets the database back in each of its ways', async () => {
    const url = await createDatabase(server(), 'app');
    await query(
      url,
      "CREATE TABLE item AS SELECT i AS id, md5(i::text) AS name FROM generate_series(1, 100) i; CREATE ROLE reader; GRANT SELECT ON item TO reader; ALTER DATABASE app SET timezone = 'Asia/Kathmandu'",
    );
    run('npx neon-backup run --to ./backups && npx neon-backup verify latest --in ./backups', {
      DATABASE_URL: url,
    });
    await query(url, 'DELETE FROM item WHERE id > 50');

    const output = blocks.map((block) => run(block));

    expect(output[0]).toContain('VERIFIED (content)');
    expect(output.join('')).toMatch(/done: 100 rows are in app_restored/);
    expect(output.join('')).toMatch(/done: 100 rows are in app,/);
    for (const database of ['app_restored', 'app', 'app_by_hand']) {
      const [row] = await query<{ rows: number }>(
        server().url(database),
        'SELECT count(*)::int AS rows FROM item',
      );
      expect(row?.rows).toBe(100);
    }
    for (const database of ['app_restored', 'app']) {
      const [row] = await query<{ zone: string }>(
        server().url(database),
        "SELECT current_setting('timezone') AS zone",
      );
      expect(row?.zone).toBe('Asia/Kathmandu');
    }
    const former = output.join('\n').match(/app_before_\w+/)?.[0] as string;
    const [kept] = await query<{ rows: number }>(
      server().url(former),
      'SELECT count(*)::int AS rows FROM item',
    );
    expect(kept?.rows).toBe(50);
  });
});
