import type { BackOptions } from '../../core/neon/past/go-back';
import { takeSnapshot } from '../../core/neon/snapshots/take';
import { apiOf } from '../support/neon/api';
import { appForTests, goBackOn, namesOn, placeOn } from '../support/neon/back';
import { query } from '../support/servers';

const KEPT = 'backup-20261101';
const HOUR_MS = 3_600_000;

const { neon, url } = appForTests(
  'canary-91c4-password',
  'CREATE TABLE users AS SELECT n AS id FROM generate_series(1, 500) n',
);

const COUNT = 'SELECT count(*)::int AS n FROM users';
const names = () => namesOn(neon());
const kept = () => placeOn(neon(), KEPT);
const toIt = (options: Partial<BackOptions> = {}, snapshot = KEPT) =>
  goBackOn(neon(), { snapshot }, options);

/** Keeps what there is, and then comes the accident; so long ago that Neon's history has forgotten it. */
async function accident(): Promise<Date> {
  await takeSnapshot(apiOf(neon()).api, { name: KEPT, now: new Date(neon().project.now()) });
  const time = new Date(kept().branch.parent_timestamp ?? '');
  await query(url(), 'DELETE FROM users WHERE id > 100');
  neon().project.wait(72 * HOUR_MS);
  return time;
}

/** What the kept branch itself holds now. */
const keptRows = () => query(kept().cluster?.url('app') ?? '', COUNT);

describe('a preview of a branch that was kept', () => {
  it('shows what it holds beside what is, on a child with a compute, and changes nothing', async () => {
    const time = await accident();

    const { preview } = await toIt();

    expect(preview).toMatchObject({
      time,
      tables: [{ table: 'public.users', before: 500, now: 100 }],
      caution: expect.stringMatching(/does not let the branch be deleted/),
    });
    expect(preview?.expiresAt?.getTime()).toBeLessThanOrEqual(neon().project.now() + 24 * HOUR_MS);
    expect(names()).toEqual(['production', KEPT, preview?.branch]);
    expect(kept().endpoint).toBeUndefined();
    expect(await query(url(), COUNT)).toEqual([{ n: 100 }]);
  });

  it('may be written into, and the kept branch has what it had', async () => {
    await accident();
    const { preview } = await toIt();
    await query(preview?.url ?? '', 'TRUNCATE users');

    expect(await keptRows()).toEqual([{ n: 500 }]);
    await toIt({ promote: 'production' });
    expect(await query(placeOn(neon(), 'production').cluster?.url('app') ?? '', COUNT)).toEqual([
      { n: 500 },
    ]);
  });

  it('is found again, and deletes itself after a day; the kept branch stays, and says why', async () => {
    await accident();
    const notes: string[] = [];

    const first = await toIt({ onNote: (note) => notes.push(note) });
    const second = await toIt({ onNote: (note) => notes.push(note) });

    expect(second.preview?.branch).toBe(first.preview?.branch);
    expect(notes).toEqual([expect.stringMatching(/backup-20261101 no longer expires/)]);
    await neon().project.advance(25 * HOUR_MS);
    expect(names()).toEqual(['production', KEPT]);
    await neon().project.advance(40 * 24 * HOUR_MS);
    expect(names()).toEqual(['production', KEPT]);
  });
});

describe('a promotion to a branch that was kept', () => {
  it('brings its rows back, keeps what was there until then, and can be undone by that', async () => {
    await accident();
    await toIt();

    const { promoted } = await toIt({ promote: 'production' });

    expect(promoted).toMatchObject({
      former: expect.stringMatching(/^production-before-\d{8}T/),
      tables: [{ table: 'public.users', before: 500, now: 500 }],
      caution: expect.stringMatching(/does not let the branch be deleted/),
    });
    expect(names().toSorted()).toEqual([KEPT, 'production', promoted?.former].toSorted());
    const undone = await toIt({}, promoted?.former);
    expect(undone.preview?.tables).toEqual([{ table: 'public.users', before: 100, now: 500 }]);
    await toIt({ promote: 'production' }, promoted?.former);
    expect(await query(placeOn(neon(), 'production').cluster?.url('app') ?? '', COUNT)).toEqual([
      { n: 100 },
    ]);
  });

  it.each([
    ['another name', 'main', true, 'usage', /--promote names main, and the branch is production/],
    ['no preview to have looked at', 'production', false, 'refused', /no preview of the branch b/],
  ])('is refused with %s, and changes nothing', async (_, promote, looked, reason, message) => {
    await accident();
    if (looked) await toIt();
    const before = names();

    await expect(toIt({ promote })).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(message),
    });
    expect(names()).toEqual(before);
    expect(neon().calls.some(({ path }) => path.endsWith('/restore'))).toBe(false);
  });

  it('is done once where the answer to it is lost', async () => {
    await accident();
    await toIt();
    neon().set({ path: /\/restore$/, fault: 'drop after' });

    const { promoted } = await toIt({ promote: 'production' });

    expect(promoted?.tables).toEqual([{ table: 'public.users', before: 500, now: 500 }]);
    expect(neon().calls.filter(({ path }) => path.endsWith('/restore'))).toHaveLength(1);
  });
});
