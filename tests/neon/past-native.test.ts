import { settle } from '../../core/neon/operations';
import type { BackOptions } from '../../core/neon/past/go-back';
import { apiOf } from '../support/neon/api';
import { appForTests, goBackOn, namesOn, placeOn } from '../support/neon/back';
import { query } from '../support/servers';

const HOUR_MS = 3_600_000;

const { neon, url } = appForTests(
  'canary-2b7e-password',
  'CREATE TABLE users AS SELECT n AS id FROM generate_series(1, 500) n',
);

const COUNT = 'SELECT count(*)::int AS n FROM users';
const names = () => namesOn(neon());
const toIt = (options: Partial<BackOptions> = {}, snapshot = 'monday') =>
  goBackOn(neon(), { snapshot }, options);

/** Neon makes a snapshot, and then comes the accident. */
async function accident(): Promise<void> {
  const { api } = apiOf(neon());
  const { branch } = neon().project.default;
  const { operations } = await api.native.create({ branch: branch.id, name: 'monday' });
  await settle(api, operations, 60_000);
  await query(url(), 'DELETE FROM users WHERE id > 100');
}

describe("a preview of one of Neon's own snapshots", () => {
  it('shows what it holds beside what is, on a branch that gets a compute and an expiry', async () => {
    await accident();

    const { preview } = await toIt();

    expect(preview?.tables).toEqual([{ table: 'public.users', before: 500, now: 100 }]);
    expect(preview?.caution).toMatch(/production then has no earlier moments/);
    expect(names()).toEqual(['production', preview?.branch]);
    expect(await query(preview?.url ?? '', COUNT)).toEqual([{ n: 500 }]);
    expect(await query(url(), COUNT)).toEqual([{ n: 100 }]);
    await neon().project.advance(25 * HOUR_MS);
    expect(names()).toEqual(['production']);
  });

  it('is found again, by the name or the id of the snapshot', async () => {
    await accident();
    const first = await toIt();
    const second = await toIt({}, neon().project.snapshots[0]?.id);

    expect(second.preview?.branch).toBe(first.preview?.branch);
    expect(names()).toHaveLength(2);
  });

  it.each([
    ['the branch', /\/snapshots\/[^/]+\/restore$/],
    ['its compute', /^\/endpoints$/],
  ])('is made once where the answer about %s is lost', async (_, path) => {
    await accident();
    neon().set({ path, fault: 'drop after' });

    const { preview } = await toIt();

    expect(preview?.tables).toEqual([{ table: 'public.users', before: 500, now: 100 }]);
    expect(names()).toHaveLength(2);
  });

  it('is shown, and says that it stays, where Neon gives it no expiry', async () => {
    await accident();
    const notes: string[] = [];
    neon().set({ method: 'PATCH', fault: { status: 422, body: { code: '', message: 'no' } } });

    const { preview } = await toIt({ onNote: (note) => notes.push(note) });

    expect(preview?.expiresAt).toBeUndefined();
    expect(notes).toEqual([expect.stringMatching(/does not delete the branch .* by itself/)]);
  });

  it('gets what a run that died did not give it', async () => {
    await accident();
    const { api } = apiOf(neon());
    const [{ id } = { id: '' }] = neon().project.snapshots;
    const target = neon().project.default.branch.id;
    const name = `neon-backup-preview-${id}`;
    await settle(api, (await api.native.restore(id, { name, target })).operations, 60_000);

    const { preview } = await toIt();

    expect(preview).toMatchObject({ branch: name, expiresAt: expect.any(Date) });
    expect(preview?.tables).toEqual([{ table: 'public.users', before: 500, now: 100 }]);
  });
});

describe("a promotion to one of Neon's own snapshots", () => {
  it('brings its rows back, under the same name and way, and keeps what was there until then', async () => {
    await accident();
    const { preview } = await toIt();
    await query(preview?.url ?? '', 'TRUNCATE users');
    const before = placeOn(neon(), 'production');
    const { id } = before.branch;

    const { promoted } = await toIt({ promote: 'production' });

    expect(promoted?.former).toMatch(/^production-before-\d{8}T/);
    expect(names().toSorted()).toEqual(['production', promoted?.former]);
    expect(placeOn(neon(), promoted?.former ?? '').branch.id).toBe(id);
    const { branch, cluster, endpoint } = placeOn(neon(), 'production');
    expect(branch.id).not.toBe(id);
    expect(endpoint?.id).toBeDefined();
    expect(await query(cluster?.url('app') ?? '', COUNT)).toEqual([{ n: 500 }]);
    // The snapshot is of the branch whose name has changed, and still one of production.
    expect((await toIt()).preview?.tables[0]?.before).toBe(500);
  });

  it('is done once where the answer to it is lost', async () => {
    await accident();
    await toIt();
    neon().set({ path: /\/restore$/, fault: 'drop after' });
    const asked = neon().calls.length;

    const { promoted } = await toIt({ promote: 'production' });

    expect(promoted?.tables).toEqual([{ table: 'public.users', before: 500, now: 500 }]);
    expect(
      neon()
        .calls.slice(asked)
        .filter(({ path }) => /restore$/.test(path)),
    ).toHaveLength(1);
  });

  it('is not certain where the answer is lost and nothing has changed', async () => {
    await accident();
    await toIt();
    neon().project.add({ name: 'production (old)' });
    neon().set({ path: /\/restore$/, fault: 'drop' });

    await expect(toIt({ promote: 'production' })).rejects.toMatchObject({
      message: expect.stringMatching(/not certain whether production was put back/),
      cure: expect.stringMatching(/production-before-\d{8}T\d{6}.* or production \(old\)/),
    });
  });

  it('is renamed once where the answer to that is lost', async () => {
    await accident();
    await toIt();
    neon().set({ method: 'PATCH', fault: 'drop after' });
    const notes: string[] = [];

    const onNote = (note: string) => void notes.push(note);
    const { promoted } = await toIt({ promote: 'production', onNote });

    expect(names()).toContain(promoted?.former);
    expect(notes).toEqual([]);
  });

  it('says what the former state is called where it could not be renamed', async () => {
    await accident();
    await toIt();
    const notes: string[] = [];
    neon().set({ method: 'PATCH', fault: { status: 422, body: { code: '', message: 'no' } } });

    const onNote = (note: string) => void notes.push(note);
    const { promoted } = await toIt({ promote: 'production', onNote });

    expect(promoted?.former).toBe('production (old)');
    expect(notes).toEqual([expect.stringMatching(/could not be renamed to production-before-/)]);
  });

  it('needs the typed name', async () => {
    await accident();
    await toIt();

    await expect(toIt({ promote: 'prod' })).rejects.toMatchObject({ reason: 'usage' });
    expect(names()).toHaveLength(2);
  });
});

describe('a snapshot that is named', () => {
  it('has to be there', async () => {
    await accident();
    await expect(toIt({}, 'tuesday')).rejects.toMatchObject({
      reason: 'usage',
      message: 'Of production no snapshot tuesday is kept.',
      cure: 'Name one that is: monday.',
    });
  });

  it('has to be one alone, and is named by its id otherwise', async () => {
    await accident();
    await accident();

    await expect(toIt()).rejects.toMatchObject({
      reason: 'usage',
      message: '2 snapshots are called monday.',
      cure: expect.stringMatching(/by its id: snap-\w+ is Neon's snapshot monday, snap-/),
    });
    const shown = await toIt({}, neon().project.snapshots[1]?.id);
    expect(shown.preview?.tables).toEqual([{ table: 'public.users', before: 100, now: 100 }]);
  });

  it('has to be one of the branch', async () => {
    neon().project.add({ name: 'other' });
    const { id } = placeOn(neon(), 'other').branch;
    neon().project.add({ name: 'backup-20261102', parent_id: id });

    await expect(toIt({}, 'backup-20261102')).rejects.toThrow(/no snapshot backup-20261102/);
  });
});
