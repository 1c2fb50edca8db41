import { isBackupError } from '../../core/errors';
import { parseAddress } from '../../core/postgres/address';
import type { Inventory, SourceTable } from '../../core/take/inventory';
import { judge, refusePoolerHost } from '../../core/take/preflight';

const table = (name: string, facts: Partial<SourceTable> = {}): SourceTable => ({
  schema: 'public',
  table: name,
  quoted: `public.${name}`,
  readable: true,
  hidesRows: false,
  unlogged: false,
  extension: null,
  configuration: null,
  bytes: 8192,
  ...facts,
});

function inventory(
  tables: SourceTable[],
  more: Partial<Inventory> = {},
  lockSlots = 6_400,
): Inventory {
  const server = { name: 'app', lockSlots } as Inventory['server'];
  return { server, tables, foreignTables: [], largeObjects: 0, extensions: [], roles: [], ...more };
}

const many = (count: number) => Array.from({ length: count }, (_, i) => table(`t${i}`));

function refusal(source: Inventory): string {
  try {
    judge(source, 'backup', {});
  } catch (error) {
    if (isBackupError(error)) return `${error.reason}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('judge', () => {
  it('is content with a plain database', () => {
    expect(judge(inventory([table('account')]), 'backup', {})).toEqual([]);
  });

  it('takes a database whose only tables belong to an extension for an empty one', () => {
    const source = inventory([table('spatial', { extension: 'postgis' })]);

    expect(refusal(source)).toBe('refused: The database app holds no table.');
    expect(judge(source, 'backup', { empty: true })).toHaveLength(1);
  });

  it('takes as many tables as there are locks, and not one more', () => {
    expect(refusal(inventory(many(10), {}, 10))).toBe('none');
    expect(refusal(inventory(many(11), {}, 10))).toBe(
      'refused: pg_dump has to lock 11 tables, and the server has room for 10 locks.',
    );
  });

  it('names eight unreadable tables at most, and how many more', () => {
    const unreadable = many(11).map((found) => ({ ...found, readable: false }));

    expect(refusal(inventory(unreadable))).toBe(
      `permission: The role backup may not read ${unreadable
        .slice(0, 8)
        .map(({ quoted }) => quoted)
        .join(', ')} and 3 more.`,
    );
  });

  it("leaves an extension's own tables alone, unless their rows are dumped", () => {
    const own = { extension: 'postgis', readable: false };

    expect(refusal(inventory([table('account'), table('spatial', own)]))).toBe('none');
    expect(refusal(inventory([table('spatial', { ...own, configuration: '' })]))).toContain(
      'permission',
    );
  });

  it('notes everything that a dump does not hold', () => {
    const notes = judge(
      inventory(
        [
          table('account'),
          table('fast', { unlogged: true }),
          table('spatial', { extension: 'postgis' }),
          table('hollow', { extension: 'postgis', bytes: 0 }),
        ],
        { foreignTables: ['public.remote'], largeObjects: 3 },
      ),
      'backup',
      {},
    );

    expect(notes.map(({ check, detail }) => `${check}: ${detail}`)).toEqual([
      'extension_tables: pg_dump leaves out the rows of public.spatial, since an extension owns them',
      'unlogged_tables: public.fast are unlogged: a crash, a copy or a Neon branch empties them',
      'foreign_tables: the rows of foreign tables stay on their own server: public.remote',
      'large_objects: 3 large objects are in the backup',
    ]);
  });
});

describe('refusePoolerHost', () => {
  const refused = (host: string) => () =>
    refusePoolerHost(parseAddress(`postgres://app@${host}/app`));

  it.each(['ep-cool-123-pooler.eu-central-1.aws.neon.tech', 'x-pooler.example.com'])(
    'refuses %s',
    (host) => expect(refused(host)).toThrow('is a connection pooler'),
  );

  it.each(['ep-cool-123.eu-central-1.aws.neon.tech', 'pooler.example.com', 'db.x-pooler.com'])(
    'lets %s pass',
    (host) => expect(refused(host)).not.toThrow(),
  );
});
