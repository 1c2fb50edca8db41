import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import type { Backup } from '../../core/catalog';
import { drill } from '../../core/drill/drill';
import { embeddedScratch } from '../../core/drill/scratch';
import { findBackup } from '../../core/find';
import { parseAddress } from '../../core/postgres/address';
import type { EmbeddedServer } from '../../core/postgres/server';
import { type Restored, type RestoreOptions, restoreBackup } from '../../core/restore/restore';
import { FolderStore } from '../../core/stores/folder';
import { takeBackup } from '../../core/take/take';
import { verifyBackup } from '../../core/verify/verify';
import { loadAwkward } from '../support/databases/awkward';
import { createDatabase, query, serverForTests } from '../support/servers';

const folder = mkdtempSync(join(tmpdir(), 'neon-backup-restore-'));
const store = new FolderStore(folder);
afterAll(() => rmSync(folder, { recursive: true }));

async function take(url: string): Promise<Backup> {
  const { id, database } = await takeBackup({ source: parseAddress(url), store, kind: 'manual' });
  return findBackup(store, id, { database });
}

function restore(
  backup: Backup,
  into: string,
  options: Partial<RestoreOptions> = {},
): Promise<Restored> {
  return restoreBackup({ store, backup, target: parseAddress(into), ...options });
}

/** The URL of the same server and database for another role, whose password is its name. */
function as(role: string, url: string): string {
  return Object.assign(new URL(url), { username: role, password: role }).href;
}

describe('owners and grants', () => {
  const source = serverForTests();
  const bare = serverForTests();
  let backup: Backup;

  const OBJECTS = `CREATE ROLE "order"; CREATE ROLE reader; CREATE ROLE "group";
    CREATE SCHEMA "select" AUTHORIZATION "order";
    SET ROLE "order";
    CREATE TABLE "select"."user" (id integer);
    INSERT INTO "select"."user" VALUES (1);
    GRANT SELECT ON "select"."user" TO reader WITH GRANT OPTION;
    GRANT USAGE ON SCHEMA "select" TO reader, "group";
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
    RESET ROLE; SET SESSION AUTHORIZATION reader;
    GRANT SELECT ON "select"."user" TO "group";
    RESET SESSION AUTHORIZATION;`;
  const FACTS = `SELECT pg_get_userbyid(relowner) AS owner, relacl::text AS acl,
      (SELECT count(*)::int FROM pg_default_acl) AS defaults
    FROM pg_class WHERE oid = '"select"."user"'::regclass`;

  beforeAll(async () => {
    const url = await createDatabase(source(), 'table');
    await query(url, OBJECTS);
    backup = await take(url);
    await query(source().url(), `CREATE ROLE plain LOGIN CREATEDB PASSWORD 'plain'`);
    await query(
      bare().url(),
      `CREATE ROLE plain LOGIN CREATEDB PASSWORD 'plain'; CREATE ROLE reader`,
    );
  });

  it.each<[string, () => EmbeddedServer, string, string, string, number, RegExp[]]>([
    [
      'a superuser, all roles',
      source,
      'postgres',
      'order',
      '{order=arwdDxtm/order,reader=r*/order,group=r/reader}',
      1,
      [],
    ],
    [
      'a plain role, all roles',
      source,
      'plain',
      'plain',
      '{plain=arwdDxtm/plain,reader=r*/plain}',
      0,
      [
        /belong to the restoring role: "order" is not within its reach/,
        /2 grants .*only the roles that made them/,
      ],
    ],
    [
      'a superuser, some roles',
      bare,
      'postgres',
      'postgres',
      '{postgres=arwdDxtm/postgres,reader=r*/postgres}',
      0,
      [/"order" is not there/, /\d grants are left out, since "group", "order" are not there/],
    ],
    [
      'a plain role, some roles',
      bare,
      'plain',
      'plain',
      '{plain=arwdDxtm/plain,reader=r*/plain}',
      0,
      [/"order" is not there/, /grants are left out, since "group", "order" are not there/],
    ],
  ])('for %s: are kept as far as they can be, and the rest is told', async (...row) => {
    const [, server, role, owner, acl, defaults, words] = row;
    const url = await createDatabase(server());
    const database = new URL(url).pathname.slice(1);
    await query(server().url(), `ALTER DATABASE ${database} OWNER TO ${role}`);
    const into = role === 'plain' ? as(role, url) : url;
    const notes: string[] = [];
    const onProgress: RestoreOptions['onProgress'] = (event) => {
      if (event.step === 'note') notes.push(event.message);
    };
    const restored = await restore(backup, into, { onProgress });
    expect(restored).toMatchObject({ rows: 1, former: undefined });
    expect(await query(url, FACTS)).toEqual([{ owner, acl, defaults }]);
    expect(notes).toEqual(words.map((word) => expect.stringMatching(word)));
    expect(restored.notes).toEqual(notes);
  });

  describe('policies that need a missing role', () => {
    let needy: Backup;

    beforeAll(async () => {
      const from = await createDatabase(source());
      await query(
        from,
        `CREATE ROLE "Policy's"; CREATE TABLE t (id integer); GRANT SELECT ON t TO "Policy's";
         CREATE POLICY p ON t TO "Policy's" USING (true);`,
      );
      needy = await take(from);
    });

    it('are refused beforehand where it may not be made, with the cure', async () => {
      const url = await createDatabase(bare());
      const refused = restore(needy, as('plain', url));
      await expect(refused).rejects.toMatchObject({
        reason: 'refused',
        message: expect.stringContaining(`"Policy's"`),
        cure: expect.stringContaining(`CREATE ROLE "Policy's";`),
      });
      await expect(refused).rejects.toMatchObject({
        cure: expect.not.stringContaining('holds part'),
      });
      expect(await query(url, `SELECT 1 FROM pg_class WHERE relname = 't'`)).toEqual([]);
    });

    it('come back where it may, with the role and its grants', async () => {
      const url = await createDatabase(bare());

      const { notes } = await restore(needy, url);

      expect(notes).toEqual([expect.stringMatching(/role "Policy's".* was made.*can't log in/)]);
      expect(
        await query(
          url,
          `SELECT rolcanlogin FROM pg_policy, pg_roles r WHERE r.oid = ANY(polroles)`,
        ),
      ).toEqual([{ rolcanlogin: false }]);
      expect(
        await query(url, `SELECT relacl::text AS acl FROM pg_class WHERE relname = 't'`),
      ).toEqual([{ acl: expect.stringContaining(`Policy's`) }]);
    });
  });

  it('everything awkward comes back for a plain role, where the roles are', async () => {
    const from = await createDatabase(source(), 'awkward');
    await loadAwkward(from);
    const awkward = await take(from);
    await query(source().url(), 'CREATE DATABASE "user" OWNER plain');
    const restored = await restore(awkward, as('plain', source().url('user')));
    expect(restored.notes.join('\n')).toMatch(/belong to the restoring role/);
  });
});

describe('a server of PostgreSQL 16, whose tools are of 17', () => {
  const server = serverForTests({ major: 16 });
  const newer = serverForTests();
  const LINE = 'SET transaction_timeout = 0;';
  const BODY = `SELECT '\n${LINE}\n'::text`;
  const url = () => server().url('awkward_16');
  let backup: Backup;

  beforeAll(async () => {
    await createDatabase(server(), 'awkward_16');
    await loadAwkward(url());
    await query(url(), `CREATE FUNCTION body() RETURNS text LANGUAGE sql AS $$${BODY}$$`);
    backup = await take(url());
  });

  it('gets back all but the one line that it does not know, and that line in a function', async () => {
    const into = await createDatabase(server());
    expect(await restore(backup, into)).toMatchObject({ notes: [] });
    expect(await query(into, 'SELECT body()')).toEqual([{ body: `\n${LINE}\n` }]);
  });

  it('comes back on a newer server, with nothing but other words', async () => {
    const into = await createDatabase(newer());
    for (const role of backup.manifest.roles.filter((role) => role !== 'postgres'))
      await query(newer().url(), `CREATE ROLE ${escapeIdentifier(role)}`);
    const { notes } = await restore(backup, into);
    expect(notes.filter((note) => !/other words/.test(note))).toEqual([]);
  });

  it('comes back in a drill without one difference', async () => {
    const verification = await verifyBackup({
      store,
      backup,
      expect: { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 },
      drill: (backup, content) =>
        drill({
          ...{ store, backup, content },
          openScratch: () => embeddedScratch({ manifest: backup.manifest, trustSource: false }),
        }),
    });
    expect(verification.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(verification.proof).toBe('restored');
  });

  it('tells why, when a statement fails in the middle', async () => {
    const into = await createDatabase(server());
    // In another schema than the backup has it; an extension alone leaves a database empty.
    await query(into, 'CREATE EXTENSION hstore');
    const failed = restore(backup, into);
    await expect(failed).rejects.toMatchObject({
      reason: 'tool_failed',
      message: expect.stringContaining('psql exited with status 3'),
      cure: expect.stringMatching(/holds part of the backup/),
    });
  });
});
