import fc from 'fast-check';
import {
  backupPrefix,
  databasePrefix,
  isBackupId,
  isKind,
  KINDS,
  newBackupId,
  parseKey,
} from '../../contract/keys';

const ID = '20261123T020000Z-k3f9';

describe('the key of a file', () => {
  it('is database, kind, id and file', () => {
    expect(backupPrefix({ database: 'app', kind: 'pre-deploy', id: ID })).toBe(
      `app/pre-deploy/${ID}/`,
    );
    expect(parseKey(`app/daily/${ID}/manifest.json`)).toEqual({
      database: 'app',
      kind: 'daily',
      id: ID,
      file: 'manifest.json',
    });
  });

  it.each([
    ['my app', 'my%20app/'],
    ['a/b', 'a%2Fb/'],
    ['..', '%2E%2E/'],
    ['.', '%2E/'],
    ['%2E', '%252E/'],
    ['50%', '50%25/'],
    ['.hidden', '.hidden/'],
    ['データ', '%E3%83%87%E3%83%BC%E3%82%BF/'],
  ])('holds the database "%s" as %s', (database, prefix) => {
    expect(databasePrefix(database)).toBe(prefix);
  });

  it('leads back to the backup, whatever the database is called', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 63 }),
      fc.string({ unit: fc.constantFrom(...'./%2EeF \\'), minLength: 1, maxLength: 6 }),
    );
    fc.assert(
      fc.property(name, fc.constantFrom(...KINDS), (database, kind) => {
        const key = `${backupPrefix({ database, kind, id: ID })}manifest.json`;

        expect(parseKey(key)).toEqual({ database, kind, id: ID, file: 'manifest.json' });
        expect(key.split('/')).toHaveLength(4);
        expect(key).toMatch(/^[\w.%!~*'()-]+\//);
        expect(key).not.toMatch(/^\.{1,2}\//);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '',
    'manifest.json',
    `app/daily/${ID}`,
    `app/daily/${ID}/`,
    `app/daily/${ID}/sub/manifest.json`,
    `/daily/${ID}/manifest.json`,
    `app/hourly/${ID}/manifest.json`,
    `app/slots/daily/2026-11-23T02:00:00Z.json`,
    'app/daily/20261123/manifest.json',
    'app/../20261123T020000Z-k3f9/manifest.json',
  ])('is none of ours where it is "%s"', (key) => {
    expect(parseKey(key)).toBeUndefined();
  });

  it.each([
    ['is no encoding at all', `50%/daily/${ID}/manifest.json`],
    ['is cut off', `a%E3%83/daily/${ID}/manifest.json`],
    ['another key has as well', `%61pp/daily/${ID}/manifest.json`],
    ['leads out of the store', `../daily/${ID}/manifest.json`],
  ])('is none of ours where the name of its database %s', (_, key) => {
    expect(parseKey(key)).toBeUndefined();
  });
});

describe('the id of a backup', () => {
  it('is the UTC second of its start, then random', () => {
    const id = newBackupId(new Date('2026-11-23T02:00:00.999+01:00'), () => 0);

    expect(id).toBe('20261123T010000Z-aaaa');
    expect(newBackupId(new Date(), () => 0.999_999)).toMatch(/-9999$/);
  });

  it('is recognised, and sorts by time', () => {
    const moment = fc.date({
      min: new Date('2000-01-01'),
      max: new Date('2999-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moment, moment, (one, other) => {
        const [first, second] = [newBackupId(one), newBackupId(other)];

        expect([first, second].every(isBackupId)).toBe(true);
        const seconds = Math.floor(+one / 1000) - Math.floor(+other / 1000);
        if (seconds !== 0) expect(first < second).toBe(seconds < 0);
      }),
    );
  });

  it('is new for every attempt within a second', () => {
    const ids = Array.from({ length: 5 }, () => newBackupId(new Date(0)));

    expect(new Set(ids).size).toBeGreaterThan(1);
  });

  it.each([
    '',
    'latest',
    '20261123T020000Z',
    '20261123T020000Z-',
    '20261123T020000Z-k3f',
    '..',
    `${ID}/x`,
    ` ${ID}`,
  ])('is not "%s"', (text) => {
    expect(isBackupId(text)).toBe(false);
  });
});

it('knows its kinds, and no property of an object', () => {
  expect(KINDS.every(isKind)).toBe(true);
  expect(['hourly', 'constructor', '', undefined, null, 0].some(isKind)).toBe(false);
});
