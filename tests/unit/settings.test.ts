import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, sourceOf } from '../../cli/settings';
import { BackupError } from '../../core/errors';
import { parseSettings, settingsFrom } from '../../core/settings';

const CANARY = 'canary-5f1d';

describe('from several places', () => {
  const directory = process.cwd();
  const environment = { ...process.env };
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'neon-backup-settings-'));
    process.chdir(folder);
    for (const name of Object.keys(process.env))
      if (/^(NEON_BACKUP_|DATABASE_URL)/.test(name)) delete process.env[name];
  });
  afterEach(() => {
    process.chdir(directory);
    process.env = { ...environment };
    rmSync(folder, { recursive: true });
  });

  const file = (settings: unknown) =>
    writeFileSync(
      'neon-backup.json',
      typeof settings === 'string' ? settings : JSON.stringify(settings),
    );

  it('flags win over the environment, that over .env, that over the file, that over defaults', () => {
    expect(loadSettings({}).store).toBe('./backups');
    file({ $schema: 'anything', store: 'of-file', lockTimeoutSeconds: 7 });
    expect(loadSettings({})).toMatchObject({ store: 'of-file', lockTimeoutSeconds: 7 });
    writeFileSync('.env', 'NEON_BACKUP_STORE="of .env"\nNEON_BACKUP_LOCK_TIMEOUT=8\nOTHER=1\n');
    expect(loadSettings({})).toMatchObject({ store: 'of .env', lockTimeoutSeconds: 8 });
    process.env.NEON_BACKUP_STORE = 'of the environment';
    expect(loadSettings({})).toMatchObject({ store: 'of the environment', lockTimeoutSeconds: 8 });
    expect(loadSettings({ in: 'of a flag', lockTimeout: '9' })).toMatchObject({
      store: 'of a flag',
      lockTimeoutSeconds: 9,
    });
    expect(loadSettings({ to: 'to', in: 'in' }).store).toBe('to');
  });

  it('an empty variable counts as none', () => {
    file({ store: 'of-file', shrinkLimit: 0.25 });
    Object.assign(process.env, { NEON_BACKUP_STORE: '', NEON_BACKUP_SHRINK_LIMIT: '' });
    expect(loadSettings({})).toMatchObject({ store: 'of-file', shrinkLimit: 0.25 });
  });

  it.each([
    ['no JSON', `{ "source": "${CANARY}" oops`],
    ['no JSON at the very secret', `{ "source": ${CANARY} }`],
    ['a list', `["${CANARY}"]`],
    ['null', 'null'],
  ])('a file with %s is a mistake, told without its text', (_, text) => {
    file(text);
    expect(mistake(() => loadSettings({}))).toBe('neon-backup.json is not a JSON object.');
  });

  it('the source is nowhere: says where to put it', () => {
    const error = catchError(() => sourceOf(loadSettings({})));
    expect(error).toMatchObject({
      reason: 'usage',
      cure: expect.stringMatching(/--from .*DATABASE_URL/),
    });
  });
});

it('the environment gives text, and that is enough', () => {
  const settings = parseSettings(
    settingsFrom({
      DATABASE_URL: 'postgres://h/d',
      NEON_BACKUP_DATABASE: 'd',
      NEON_BACKUP_STORE: 's3://b/p',
      NEON_BACKUP_PLAIN: 'true',
      NEON_BACKUP_CRITICAL_TABLES: 'User, Diagram,,Analysis ',
      NEON_BACKUP_MAY_BE_EMPTY: 'Analysis',
      NEON_BACKUP_SHRINK_LIMIT: '0.2',
      NEON_BACKUP_LOCK_TIMEOUT: '5',
      NEON_BACKUP_STALL_TIMEOUT: '60',
      PATH: 'ignored',
    }),
  );
  expect(settings).toMatchObject({
    source: 'postgres://h/d',
    database: 'd',
    store: 's3://b/p',
    plain: true,
    criticalTables: ['User', 'Diagram', 'Analysis'],
    mayBeEmpty: ['Analysis'],
    shrinkLimit: 0.2,
    lockTimeoutSeconds: 5,
    stallTimeoutSeconds: 60,
  });
});

it('the defaults are those of the documentation', () => {
  const retention = { keepDays: 30, keepMin: 3 };
  expect(parseSettings()).toEqual({
    store: './backups',
    plain: false,
    criticalTables: [],
    mayBeEmpty: [],
    shrinkLimit: 0.5,
    lockTimeoutSeconds: 30,
    stallTimeoutSeconds: 300,
    retention: {
      manual: retention,
      daily: retention,
      weekly: retention,
      'pre-deploy': retention,
    },
  });
});

it('one kind can be kept longer, the others stay as they are', () => {
  const { retention } = parseSettings({ retention: { weekly: { keepDays: 365 } } });
  expect(retention.weekly).toEqual({ keepDays: 365, keepMin: 3 });
  expect(retention.daily).toEqual({ keepDays: 30, keepMin: 3 });
});

it.each([
  ['shrinkLimit', { shrinkLimit: CANARY }],
  ['shrinkLimit', { shrinkLimit: 1.5 }],
  ['shrinkLimit', { shrinkLimit: null }],
  ['shrinkLimit', { shrinkLimit: true }],
  ['lockTimeoutSeconds', { lockTimeoutSeconds: '0' }],
  ['lockTimeoutSeconds', { lockTimeoutSeconds: '' }],
  ['stallTimeoutSeconds', { stallTimeoutSeconds: [5] }],
  ['plain', { plain: CANARY }],
  ['store', { store: '' }],
  ['source', { source: { password: CANARY } }],
  ['criticalTables', { criticalTables: { [CANARY]: 1 } }],
  ['retention.daily.keepDays', { retention: { daily: { keepDays: 0 } } }],
  ['retention.daily.keepMin', { retention: { daily: { keepMin: 1.5 } } }],
])('a wrong %s is named in one sentence, without its value: %j', (name, settings) => {
  const message = mistake(() => parseSettings(settings));
  expect(message).toMatch(
    new RegExp(`^The setting ${name.replaceAll('.', '\\.')} is wrong: [^.]+`),
  );
  expect(message).not.toMatch(/[.!] [A-Z]/);
});

it.each([
  ['sauce', { sauce: CANARY }],
  ['retention.hourly', { retention: { hourly: { keepDays: 1 } } }],
  ['retention.daily.keepDay', { retention: { daily: { keepDay: 1 } } }],
])('an unknown setting is named: %s', (name, settings) => {
  expect(mistake(() => parseSettings(settings as never))).toBe(`There is no setting ${name}.`);
});

function mistake(work: () => unknown): string {
  const error = catchError(work) as BackupError;
  expect(error).toBeInstanceOf(BackupError);
  expect(error.reason).toBe('usage');
  expect(`${error.message} ${error.cure} ${error.stack}`).not.toContain(CANARY);
  return error.message;
}

function catchError(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('Expected an error, got none.');
}
