import fc from 'fast-check';
import { MADE_BY } from '../../core/neon/snapshots/names';
import { pruneSnapshots } from '../../core/neon/snapshots/prune';
import { apiOf } from '../support/neon/api';
import { SimulatedNeon } from '../support/neon/simulator';

const HOUR_MS = 3_600_000;
const OURS = ['backup-20261101', 'backup-20261103-0130', 'pre-deploy-1a2b3c4'];
const FOREIGN = [
  ...['pre-deploy-main', 'backup-2026110', 'backup-', 'x-backup-20261101', 'backup-20261101-old'],
  ...['main', 'neon-backup-frozen-mine'],
];
/** True one time in five: most branches have nothing special, or there would be nothing to delete. */
const rarely = fc.nat(4).map((number) => number === 0);

/** What a project may hold beside its default branch. */
const branch = fc.record({
  name: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...OURS) },
    fc.constantFrom(...FOREIGN),
    fc.string({ minLength: 1, maxLength: 20 }),
  ),
  mark: fc.constantFrom(MADE_BY, MADE_BY, MADE_BY, 'somebody', ''),
  isProtected: rarely,
  isRoot: rarely,
  isDefault: rarely,
  hours: fc.integer({ min: 0, max: 1_500 }),
  /** Which of those before it is its parent; mostly the first. */
  parent: fc.nat(25).map((number) => (number > 8 ? 0 : number)),
});

it('asks to delete nothing but what bears our name and our mark, and is nobody else’s', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(branch, { minLength: 3, maxLength: 9 }),
      fc.integer({ min: 1, max: 3 }),
      async (branches, keep) => {
        const simulated = new SimulatedNeon({});
        await simulated.listen();
        const { project } = simulated;
        const ids = [project.default.branch.id];
        for (const { name, mark, isProtected, isRoot, isDefault, hours, parent } of branches) {
          const parent_id = isRoot ? undefined : ids[parent % ids.length];
          const created_at = new Date(project.now() - hours * HOUR_MS).toISOString();
          const flags = { protected: isProtected, default: isDefault };
          const { id } = project.add({ name, created_at, ...flags, parent_id } as object);
          if (mark) project.annotations.set(id, { 'made-by': mark });
          ids.push(id);
        }
        const before = [...project.places.values()].map((place) => ({ ...place.branch }));
        await pruneSnapshots(apiOf(simulated).api, { policy: { keep, keepDays: 30 } });
        await simulated.close();

        const parents = new Set(before.map(({ parent_id }) => parent_id));
        const ours = before.filter(({ id, name, parent_id, ...rest }) => {
          const named = /^(backup-\d{8}(-\d{4})?|pre-deploy-[0-9a-f]{7,40})$/.test(name);
          const marked = project.annotations.get(id)?.['made-by'] === MADE_BY;
          return (
            named && marked && parent_id && !rest.protected && !rest.default && !parents.has(id)
          );
        });
        const deleted = simulated.calls
          .filter(({ method }) => method === 'DELETE')
          .map(({ path }) => path.split('/')[2]);
        const may = new Set(ours.map(({ id }) => id));
        expect(deleted.filter((id) => !may.has(id ?? ''))).toEqual([]);
        const left = ours.filter(({ id }) => !deleted.includes(id));
        const newest = ours
          .map(({ created_at }) => created_at)
          .sort()
          .at(-1);
        expect(
          left
            .map(({ created_at }) => created_at)
            .sort()
            .at(-1),
        ).toBe(newest);
        for (const kind of ['backup', 'pre-deploy'])
          expect(left.filter(({ name }) => name.startsWith(kind)).length).toBeLessThanOrEqual(keep);
        expect(simulated.violations).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});
