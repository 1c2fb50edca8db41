import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { examineDrill } from '../../core/doctor/drill';
import type { Finding } from '../../core/doctor/finding';
import { examineSource } from '../../core/doctor/source';
import { examineStore } from '../../core/doctor/store';
import { BackupError } from '../../core/errors';
import { findBackup } from '../../core/find';
import { parseAddress } from '../../core/postgres/address';
import { clientToolsFor } from '../../core/postgres/tools';
import { type PartialSettings, parseSettings } from '../../core/settings';
import { FolderStore } from '../../core/stores/folder';
import { takeBackup } from '../../core/take/take';
import { verifyBackup } from '../../core/verify/verify';
import { createDatabase, query, serverForTests } from '../support/servers';

const server = serverForTests();

const examine = (url: string, settings: PartialSettings = {}, toolsFor = clientToolsFor) =>
  examineSource(parseAddress(url), parseSettings(settings), toolsFor);

const about = (findings: readonly Finding[], subject: string) =>
  findings.filter((finding) => finding.subject === subject);

async function database(sql: string): Promise<string> {
  const url = await createDatabase(server());
  await query(url, sql);
  return url;
}

describe('the source', () => {
  it('that is as it should be has nothing but ok, or a proposal', async () => {
    const url = await database(
      `CREATE TABLE small (id integer); CREATE TABLE "Large" AS SELECT generate_series(1, 9000) AS id`,
    );
    await query(url, 'ANALYZE');
    const findings = await examine(url);
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([
      {
        ...{ level: 'warn', subject: 'critical' },
        detail: expect.stringMatching(/no critical tables/),
        cure: expect.stringContaining('"criticalTables": ["Large","small"]'),
      },
    ]);
    const configured = await examine(url, { criticalTables: ['large'] });
    expect(configured.every(({ level }) => level === 'ok')).toBe(true);
  });

  it('that lacks a critical table fails, and the largest are proposed', async () => {
    const url = await database('CREATE TABLE "User" (id integer)');
    const findings = await examine(url, { criticalTables: ['User', 'Diagram', 'Component'] });
    expect(about(findings, 'critical')).toEqual([
      {
        ...{ level: 'fail', subject: 'critical' },
        detail: "these critical tables don't exist: Diagram, Component",
        cure: expect.stringContaining('"User"'),
      },
    ]);
  });

  it('is told all that is wrong with it, each with its cure', async () => {
    const url = await database(
      `CREATE ROLE weak LOGIN PASSWORD 'weak'; CREATE TABLE secret (id integer);
       CREATE TABLE hiding (id integer); ALTER TABLE hiding ENABLE ROW LEVEL SECURITY;
       GRANT SELECT ON hiding TO weak; CREATE UNLOGGED TABLE unlogged (id integer);
       GRANT SELECT ON unlogged TO weak`,
    );
    const weak = Object.assign(new URL(url), { username: 'weak', password: 'weak' }).href;
    const tables = about(await examine(weak), 'tables');
    expect(tables).toEqual([
      expect.objectContaining({
        level: 'fail',
        detail: expect.stringMatching(/may not read public\.secret/),
        cure: expect.stringContaining('GRANT'),
      }),
      expect.objectContaining({
        level: 'fail',
        detail: expect.stringMatching(/hides rows of public\.hiding/),
        cure: expect.stringContaining('BYPASSRLS'),
      }),
      expect.objectContaining({ level: 'warn', detail: expect.stringMatching(/unlogged/) }),
    ]);
  });

  it('that a migration holds a lock in is told which and who', async () => {
    const url = await database('CREATE TABLE items (id integer)');
    const migration = new Client({ connectionString: url, application_name: 'migration' });
    await migration.connect();
    try {
      await migration.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
      expect(about(await examine(url), 'locks')).toMatchObject([
        { level: 'warn', detail: expect.stringMatching(/^items is locked .*migration/) },
      ]);
    } finally {
      await migration.end();
    }
  });

  it('that refuses the password fails with the cure, and the password is not told', async () => {
    const wrong = Object.assign(new URL(server().url()), { password: 'canary-1b' }).href;
    const findings = await examine(wrong);
    expect(about(findings, 'connection')).toEqual([
      {
        ...{ level: 'fail', subject: 'connection' },
        detail: expect.stringMatching(/password authentication failed/),
        cure: expect.stringContaining('Check the user and the password'),
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain('canary');
  });

  it('without client programs that fit fails, and everything else is still looked at', async () => {
    const url = await database('CREATE TABLE items (id integer)');
    const toolsFor = async () => {
      throw new BackupError('tool_missing', 'There is no pg_dump.', { cure: 'Install it.' });
    };
    const findings = await examine(url, {}, toolsFor);
    expect(about(findings, 'client')).toEqual([
      { level: 'fail', subject: 'client', detail: 'There is no pg_dump.', cure: 'Install it.' },
    ]);
    expect(about(findings, 'tables')).toMatchObject([{ level: 'ok' }]);
  });
});

it('the store is told what is in it, how old the newest proof is, and whether more fits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'neon-backup-doctor-'));
  try {
    const store = new FolderStore(folder);
    const words = async (now = new Date()) =>
      (await examineStore(store, now)).map(({ level, detail }) => `${level} ${detail}`).join('\n');
    expect(await words()).toMatch(/^warn no backup is in .*\nok \d+ MB free/);
    const source = parseAddress(await database('CREATE TABLE items (id integer)'));
    const { id } = await takeBackup({ source, store, kind: 'manual' });
    expect(await words()).toMatch(/^warn 1 backups, none of them verified/);
    const expectations = { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 };
    await verifyBackup({ store, backup: await findBackup(store, id), expect: expectations });
    expect(await words()).toMatch(
      /^ok 1 backups; .* 0\.0 days old\nwarn no backup was ever restored/,
    );
    const later = new Date(Date.now() + 3 * 86_400_000);
    expect(await words(later)).toMatch(/^warn .* 3\.0 days old/);
    const missing = await examineStore(new FolderStore(join(folder, 'missing')), new Date());
    expect(about(missing, 'disk')).toMatchObject([{ level: 'warn' }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('a drill can run here', async () => {
  expect(await examineDrill()).toMatchObject([{ level: 'ok', subject: 'drill' }]);
});
