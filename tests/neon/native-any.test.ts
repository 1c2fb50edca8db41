import fc from 'fast-check';
import { pruneNativeSnapshots } from '../../core/neon/snapshots/native-prune';
import { apiOf } from '../support/neon/api';
import { SimulatedNeon } from '../support/neon/simulator';

const HOUR_MS = 3_600_000;
const OURS = ['backup-20261101', 'backup-20261103-0130', 'pre-deploy-1a2b3c4'];
const FOREIGN = [
  'pre-deploy-main',
  'backup-2026110',
  'backup-',
  'x-backup-20261101',
  'before the fair',
];

/** What a project may hold. */
const snapshot = fc.record({
  name: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...OURS) },
    fc.constantFrom(...FOREIGN),
    fc.string({ minLength: 1, maxLength: 20 }),
  ),
  manual: fc.constantFrom(true, true, true, undefined, false),
  of: fc.constantFrom('it', 'it', 'it', 'another', undefined),
  hours: fc.integer({ min: 0, max: 1_500 }),
});

it('asks to delete nothing but what bears our name, was made by hand, and is of the branch', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(snapshot, { minLength: 3, maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      async (snapshots, keep) => {
        const simulated = new SimulatedNeon({});
        await simulated.listen();
        const { project } = simulated;
        const it = project.default.branch.id;
        const branchOf = { it, another: 'br-another' };
        for (const [at, { name, manual, of, hours }] of snapshots.entries())
          project.snapshots.push({
            id: `snap-${at}`,
            name,
            created_at: new Date(project.now() - hours * HOUR_MS).toISOString(),
            ...(manual === undefined ? {} : { manual }),
            ...(of === undefined ? {} : { source_branch_id: branchOf[of] }),
          });
        const before = [...project.snapshots];
        await pruneNativeSnapshots(apiOf(simulated).api, { policy: { keep, keepDays: 30 } });
        await simulated.close();

        const ours = before.filter(
          ({ name, manual, source_branch_id }) =>
            /^(backup-\d{8}(-\d{4})?|pre-deploy-[0-9a-f]{7,40})$/.test(name) &&
            manual !== false &&
            source_branch_id === it,
        );
        const writes = simulated.calls.filter(({ method }) => method !== 'GET');
        const deleted = writes.map(({ path }) => path.replace('/snapshots/', ''));
        const may = new Set(ours.map(({ id }) => id));
        expect(deleted.filter((id) => !may.has(id))).toEqual([]);
        const left = ours.filter(({ id }) => !deleted.includes(id));
        const newest = (some: typeof ours) =>
          some
            .map((each) => each.created_at)
            .sort()
            .at(-1);
        expect(newest(left)).toBe(newest(ours));
        for (const kind of ['backup', 'pre-deploy'])
          expect(left.filter(({ name }) => name.startsWith(kind)).length).toBeLessThanOrEqual(keep);
        expect(simulated.violations).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});
