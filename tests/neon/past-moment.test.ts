import type { Backup } from '../../core/catalog';
import type { BackOptions } from '../../core/neon/past/go-back';
import { appForTests, goBackOn, namesOn, placeOn } from '../support/neon/back';
import { query } from '../support/servers';

const HOUR_MS = 3_600_000;

const { neon, server, url } = appForTests(
  'canary-5f11-password',
  `CREATE TABLE users AS SELECT n AS id FROM generate_series(1, 500) n;
     CREATE TABLE hidden AS SELECT 1 AS id; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
     CREATE TABLE parts (id integer) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF parts DEFAULT;
     INSERT INTO parts VALUES (1), (2)`,
);

const names = () => namesOn(neon());
const production = () => neon().project.default;

const toThat = (at: Date, options: Partial<BackOptions> = {}) => goBackOn(neon(), { at }, options);

/** The moment before an accident. */
async function accident(): Promise<Date> {
  const at = await neon().project.keep();
  await query(url(), 'DELETE FROM users WHERE id > 100; CREATE TABLE since AS SELECT 1 AS id');
  return at;
}

describe('a preview', () => {
  it('shows what was there beside what is, on a branch of its own, and changes nothing', async () => {
    const at = await accident();

    const { preview, promoted } = await toThat(at);

    expect(promoted).toBeUndefined();
    expect(preview?.tables).toEqual([
      { table: 'public.hidden', before: 1, now: 1 },
      { table: 'public.parts', before: 2, now: 2 },
      { table: 'public.since', before: undefined, now: 1 },
      { table: 'public.users', before: 500, now: 100 },
    ]);
    expect(preview?.time.getTime()).toBeLessThanOrEqual(at.getTime());
    expect(names()).toEqual(['production', preview?.branch]);
    expect(await query(preview?.url ?? '', 'SELECT count(*)::int AS n FROM users')).toEqual([
      { n: 500 },
    ]);
    expect(await query(url(), 'SELECT count(*)::int AS n FROM users')).toEqual([{ n: 100 }]);
  });

  it('counts the critical tables alone, where some are named', async () => {
    const { preview } = await toThat(await accident(), { critical: ['Users', 'public.gone'] });

    expect(preview?.tables).toEqual([{ table: 'public.users', before: 500, now: 100 }]);
  });

  it('deletes itself after a day, and is found again until then', async () => {
    const at = await accident();
    const first = await toThat(at);
    const second = await toThat(at);

    expect(second.preview?.branch).toBe(first.preview?.branch);
    expect(names()).toHaveLength(2);
    await neon().project.advance(25 * HOUR_MS);
    expect(names()).toEqual(['production']);
  });

  it('leaves no branch where it does not become one', async () => {
    const at = await accident();
    neon().project.plan('create_branch', ['running', 'cancelled']);

    await expect(toThat(at)).rejects.toMatchObject({ reason: 'cancelled' });
    expect(names()).toEqual(['production']);
  });
});

describe('a promotion', () => {
  it('puts the branch back to what its preview shows, and keeps what it was until then', async () => {
    const at = await accident();
    await toThat(at);

    const { promoted } = await toThat(at, { promote: 'production' });

    expect(promoted?.tables).toContainEqual({ table: 'public.users', before: 500, now: 500 });
    expect(promoted?.tables.map(({ table }) => table)).not.toContain('public.since');
    expect(names()).toEqual(['production', promoted?.former]);
    expect(promoted?.former).toMatch(/^production-before-\d{8}T\d{6}/);
    expect(placeOn(neon(), promoted?.former ?? '').cluster).toBe(server());
    expect(production().cluster).not.toBe(server());
  });

  it.each([
    ['another name', 'main', true, 'usage', /--promote names main, and the branch is production/],
    ['no preview to have looked at', 'production', false, 'refused', /no preview of production/],
  ])('is refused with %s, and changes nothing', async (_, promote, looked, reason, message) => {
    const at = await accident();
    if (looked) await toThat(at);
    const before = names();
    const refused = toThat(at, { promote });

    await expect(refused).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(message),
    });
    expect(names()).toEqual(before);
    expect(neon().calls.some(({ path }) => path.endsWith('/restore'))).toBe(false);
  });

  it('is done once where the answer to it is lost', async () => {
    const at = await accident();
    await toThat(at);
    neon().set({ path: /\/restore$/, fault: 'drop after' });

    const { promoted } = await toThat(at, { promote: 'production' });

    expect(promoted?.tables).toContainEqual({ table: 'public.users', before: 500, now: 500 });
    expect(neon().calls.filter(({ path }) => path.endsWith('/restore'))).toHaveLength(1);
  });

  it('says under which name the former state is to be looked for, where it is not certain', async () => {
    const at = await accident();
    await toThat(at);
    neon().set({ path: /\/restore$/, fault: 'drop' });

    await expect(toThat(at, { promote: 'production' })).rejects.toMatchObject({
      message: expect.stringMatching(/not certain whether production was put back/),
      cure: expect.stringMatching(/production-before-\d{8}T\d{6}/),
    });
  });

  it('is done, and says so, where nobody can count afterwards', async () => {
    const at = await accident();
    await toThat(at);
    const notes: string[] = [];
    neon().set({ path: /connection_uri/, fault: { status: 404, body: '' } });

    const onNote = (note: string) => void notes.push(note);
    const { promoted } = await toThat(at, { promote: 'production', onNote });

    expect(notes).toEqual([expect.stringMatching(/production is put back, and not counted/)]);
    expect(names()).toEqual(['production', promoted?.former]);
  });

  it('is not believed where the former state is not there afterwards', async () => {
    const at = await accident();
    await toThat(at);
    neon().set({
      path: /^\/branches$/,
      nth: 2,
      fault: { rewrite: ({ branches, ...rest }) => ({ ...rest, branches: branches.slice(0, 2) }) },
    });

    await expect(toThat(at, { promote: 'production' })).rejects.toMatchObject({
      message: expect.stringMatching(/not certain whether production was put back/),
    });
  });

  it('is a plain refusal where Neon refuses it', async () => {
    const at = await accident();
    await toThat(at);
    neon().set({
      path: /\/restore$/,
      fault: { status: 422, body: { code: '', message: 'too many root branches' } },
    });

    await expect(toThat(at, { promote: 'production' })).rejects.toMatchObject({
      message: expect.stringMatching(/too many root branches/),
    });
    expect(names()).toHaveLength(2);
  });
});

describe('a moment that Neon no longer has', () => {
  const longAgo = () => new Date(neon().project.now() - 72 * HOUR_MS);
  const minutesBefore = (at: Date, minutes: number) => new Date(at.getTime() - minutes * 60_000);

  function backup(id: string, time: Date, state = 'VERIFIED', neonOf?: object): Backup {
    const manifest = { source: { name: 'app', neon: neonOf }, data: { time: time.toISOString() } };
    return { address: { id }, manifest, verification: { state } } as unknown as Backup;
  }

  it('is refused with the nearest VERIFIED backup before it, and the minutes that this loses', async () => {
    const at = longAgo();
    const backups = async () => [
      backup('later', minutesBefore(at, -5)),
      backup('bad', minutesBefore(at, 5), 'FAILED'),
      backup('foreign', minutesBefore(at, 6), 'VERIFIED', { project: 'other', branch: 'br-1' }),
      backup('nearest', minutesBefore(at, 47)),
      backup('older', minutesBefore(at, 90)),
    ];

    await expect(toThat(at, { backups })).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/nearest before it is the backup nearest.* loses the 47 min/),
      cure: 'Restore it: restore nearest',
    });
    expect(names()).toEqual(['production']);
  });

  it('is refused with a snapshot of Neon or a branch kept as one, where that is nearer', async () => {
    const at = longAgo();
    const backups = async () => [backup('b', minutesBefore(at, 47))];
    const { snapshots } = neon().project;
    const { id } = production().branch;
    const snapshot = { id: 'snap-1', name: 'monday', source_branch_id: id };
    snapshots.push({ ...snapshot, created_at: minutesBefore(at, 30).toISOString() });

    await expect(toThat(at, { backups })).rejects.toThrow(/Neon's snapshot monday.* 30 minutes/);
    neon().project.add({
      name: 'backup-20261101',
      parent_timestamp: minutesBefore(at, 20).toISOString(),
    });
    await expect(toThat(at, { backups })).rejects.toMatchObject({
      message: expect.stringMatching(/branch backup-20261101.* 20 minutes/),
      cure: 'Look at it: restore --snapshot backup-20261101',
    });
  });

  it('is refused with what the branch was until it was put back, by the time in its name', async () => {
    const at = longAgo();
    const [day, time] = minutesBefore(at, 10).toISOString().replace(/\.\d+/, '').split('T');
    const name = `production-before-${day?.replaceAll('-', '')}T${time?.replaceAll(':', '')}`;
    neon().project.add({ name, parent_id: undefined });
    neon().project.add({ name: 'production-before-the-move' });

    await expect(toThat(at)).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`branch ${name}.* 1[01] minutes`)),
      cure: `Look at it: restore --snapshot ${name}`,
    });
  });

  it('calls a snapshot by its id where another one has its name', async () => {
    const at = longAgo();
    const { snapshots } = neon().project;
    const known = { name: 'same', source_branch_id: production().branch.id };
    snapshots.push({ id: 'snap-1', ...known, created_at: minutesBefore(at, 30).toISOString() });
    snapshots.push({ id: 'snap-2', ...known, created_at: minutesBefore(at, 60).toISOString() });

    await expect(toThat(at)).rejects.toMatchObject({
      cure: 'Look at it: restore --snapshot snap-1',
    });
  });

  it('says that nothing is so old', async () => {
    await expect(toThat(longAgo())).rejects.toThrow(/Nothing older is to be found/);
  });

  it('may not be to come either', async () => {
    const at = new Date(neon().project.now() + HOUR_MS);
    await expect(toThat(at)).rejects.toMatchObject({ reason: 'usage' });
  });
});
