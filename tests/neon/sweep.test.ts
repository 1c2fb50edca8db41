import fc from 'fast-check';
import { withFrozenSource } from '../../core/neon/frozen';
import { frozenName, previewName, scratchName } from '../../core/neon/ours';
import { apiOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';
import { SimulatedNeon } from '../support/neon/simulator';

const HOUR_MS = 3_600_000;
const RUN = '20261123T020000Z-k3f9';
const DEAD = frozenName('20261101T020000Z-dead');

/** The calls of a run that nothing disturbs. */
const STEPS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/** A run that does nothing with its branch; what it told. */
async function runOn(simulated: SimulatedNeon, run = RUN): Promise<string[]> {
  const notes: string[] = [];
  const now = () => new Date(simulated.project.now());
  const options = { run, now, lifeMs: HOUR_MS, onNote: (note: string) => void notes.push(note) };
  const { api } = apiOf(simulated);
  await withFrozenSource(api, options, async () => undefined);
  return notes;
}

const namesOn = ({ project }: SimulatedNeon) =>
  [...project.places.values()].map(({ branch }) => branch.name);

describe('what dead runs left', () => {
  const neon = neonForTests();

  it('stays where it can not be deleted, and is no reason to make no backup', async () => {
    const over = new Date(neon().project.now() - 1_000).toISOString();
    neon().project.add({ name: DEAD, expires_at: over });
    neon().set({ method: 'DELETE', fault: { status: 422, body: { code: '', message: 'no' } } });

    expect(await runOn(neon())).toEqual([expect.stringMatching(/stays: .*422/)]);
    expect(namesOn(neon())).toEqual(['production', DEAD]);
  });

  it('is looked at after a death in every call of a run', async () => {
    await runOn(neon());

    expect(STEPS).toHaveLength(neon().calls.length);
  });

  it.each(STEPS)('after a death in its call %i is swept by the next run', async (calls) => {
    // A killed process makes no further call.
    neon().set({ nth: calls + 1, count: 99, fault: 'drop' });
    await runOn(neon()).catch(() => undefined);
    neon().clear();
    // The job that deletes what has expired may be late.
    neon().project.wait(HOUR_MS + 1_000);
    await runOn(neon(), '20261124T020000Z-next');

    expect(namesOn(neon())).toEqual(['production']);
  });
});

/** What a project may hold beside its default branch. */
const branch = fc.record({
  name: fc.oneof(
    fc.constantFrom(
      DEAD,
      frozenName('20261102T020000Z-d2ad'),
      frozenName('mine'),
      scratchName('20261103T050000Z-d3ad'),
      scratchName('mine'),
      previewName(new Date('2026-11-04T00:00:00Z')),
      frozenName(''),
      'neon-backup-frozen',
      `x-${DEAD}`,
      'main',
      'backup-20261101',
    ),
    fc.string({ minLength: 1, maxLength: 20 }),
  ),
  isProtected: fc.boolean(),
  isRoot: fc.boolean(),
  /** Hours until its expiry, which may be behind it. */
  expiry: fc.option(fc.integer({ min: -48, max: 48 })),
  /** In hours. */
  age: fc.integer({ min: 0, max: 72 }),
  /** Which of those before it is its parent. */
  parent: fc.nat(5),
});

it('is all that a run asks to delete, whatever else there is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(branch, { maxLength: 6 }), async (branches) => {
      const simulated = new SimulatedNeon({});
      await simulated.listen();
      const { project } = simulated;
      const now = project.now();
      // Never just now: the run looks at the clock a little later than this.
      const at = (hours: number) => new Date(now + (hours + 0.5) * HOUR_MS).toISOString();
      const ids = [project.default.branch.id];
      for (const { name, isProtected, isRoot, expiry, parent, age } of branches) {
        const parent_id = isRoot ? undefined : ids[parent % ids.length];
        const expires = expiry === null ? {} : { expires_at: at(expiry) };
        const known = { name, protected: isProtected, created_at: at(-age), ...expires };
        ids.push(project.add({ ...known, parent_id } as object).id);
      }
      const before = [...project.places.values()].map(({ branch }) => ({ ...branch }));
      await runOn(simulated);
      await simulated.close();

      const parents = new Set(before.map(({ parent_id }) => parent_id));
      const dead = before.filter(({ id, name, parent_id, expires_at, created_at, ...rest }) => {
        const end = expires_at ?? new Date(Date.parse(created_at) + 24 * HOUR_MS).toISOString();
        const ours = /^neon-backup-(frozen|scratch)-\d{8}T\d{6}Z-[a-z0-9]{4}$/.test(name);
        const free = parent_id && !rest.protected && !rest.default && !parents.has(id);
        return ours && free && Date.parse(end) < now;
      });
      const deleted = simulated.calls
        .filter(({ method }) => method === 'DELETE')
        .map(({ path }) => path.split('/')[2]);
      const foreign = new Set(deleted.filter((id) => before.some((each) => each.id === id)));
      expect(foreign).toEqual(new Set(dead.map(({ id }) => id)));
      expect(simulated.violations).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
