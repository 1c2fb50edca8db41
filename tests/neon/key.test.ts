import { withFrozenSource } from '../../core/neon/frozen';
import { frozenName } from '../../core/neon/ours';
import { allOf, apiOf, failureOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';

const neon = neonForTests();

const RUN = '20261123T020000Z-k3f9';
const HOUR_MS = 3_600_000;
const names = () => [...neon().project.places.values()].map(({ branch }) => branch.name);
/** What Neon says to a key that was revoked, from one call on. */
const revokedFrom = (nth: number) =>
  neon().set({
    nth,
    count: 999,
    fault: { status: 401, body: { code: '', message: 'authentication failed' } },
  });

/** Works with a branch; what was told meanwhile. Nothing else is under way. */
function frozen(work: () => void, run = RUN) {
  const { project } = neon();
  while (project.busy) project.tick();
  const notes: string[] = [];
  const now = () => new Date(project.now());
  const options = { run, now, lifeMs: HOUR_MS, onNote: (note: string) => void notes.push(note) };
  const done = withFrozenSource(apiOf(neon()).api, options, async () => {
    work();
    return 'worked';
  });
  return { notes, done };
}

describe('an API key that stops working in the middle of a run', () => {
  it('fails the run before its work, leaves nothing that does not go by itself, and is never shown', async () => {
    await frozen(() => undefined).done;
    const untilWork = neon().calls.findIndex(({ method }) => method === 'DELETE');
    expect(untilWork).toBeGreaterThan(5);
    for (let nth = 1; nth <= untilWork; nth++) {
      neon().clear();
      revokedFrom(nth);
      const work = jest.fn();
      const { notes, done } = frozen(work);

      const error = await failureOf(done);

      expect(work).not.toHaveBeenCalled();
      expect(error).toMatchObject({ reason: 'auth', cure: expect.stringMatching(/API key/) });
      expect(allOf(error) + notes.join()).not.toMatch(/canary/);
      await neon().project.advance(HOUR_MS + 1_000);
      expect(names()).toEqual(['production']);
    }
  });

  it.each([1, 2])(
    'is no reason to throw away work that is done: from the call %i after it',
    async (nth) => {
      const { notes, done } = frozen(() => revokedFrom(nth));

      expect(await done).toBe('worked');

      const left = names().filter((name) => name === frozenName(RUN));
      for (const name of left) expect(notes.join()).toMatch(new RegExp(`${name}.*401`));
      expect(notes.join()).not.toMatch(/canary/);
      neon().clear();
      neon().project.wait(HOUR_MS + 1_000);
      await frozen(() => undefined, '20261124T020000Z-next').done;
      expect(names()).toEqual(['production']);
    },
  );
});
