import { backupPrefix, FILES } from '../../contract/keys';
import { given } from '../support/aws-account';
import { versionsIn } from '../support/aws-resources';
import { until } from '../support/until';
import { backUpAndVerify } from './chain';
import { rowsOf } from './databases';
import { expectAsBuilt } from './declared';
import { CANARIES } from './deployment';
import { overstep } from './duties';
import { type Name, numbersOf } from './fleet';
import { assume } from './functions';
import type { NeonWorld } from './neon-world';
import { preyIn } from './prey';

/** Those that nothing but a project of Neon's has, or that speak with it. */
const OF_NEON: Name[] = ['snapshot', 'backup', 'drill'];

/** A night of a project at Neon: production is kept, backed up and restored, and feels nothing. */
export function neonNight(world: NeonWorld): void {
  const { account, deployment, fleet, neon, project, rows } = world;
  const branches = () => [...neon().project.places.values()].map(({ branch }) => branch.name);
  let before: number;
  let snapshot: string;
  let id: string;
  beforeAll(async () => {
    before = await project().connections();
  });

  it.each(OF_NEON)('runs %s as it was built here', async (name) => {
    await expectAsBuilt(account(), name, given(fleet().functions[name]), deployment());
  });

  it('keeps production as a branch, by the schedule', async () => {
    const run = await fleet().due('snapshot');

    expect(run.error).toBeUndefined();
    snapshot = (run.result as { name: string }).name;
    expect(snapshot).toMatch(/^backup-\d{8}-0130$/);
    expect(branches()).toEqual(['production', snapshot]);
    expect(numbersOf(run)).toMatchObject({ 'FreeBranches all': 8 });
  });

  it('backs up a frozen branch by the schedule, and verifies by the rule', async () => {
    const { backup, events, verify } = await backUpAndVerify(world);

    expect(backup).toMatchObject({ result: { id: expect.any(String) } });
    id = (backup.result as { id: string }).id;
    expect(events).toHaveLength(1);
    expect(verify.result).toEqual({ id, state: 'VERIFIED' });
    expect(numbersOf(backup)).toMatchObject({ 'BackupCompleted daily': 1, 'BackupFailed all': 0 });
    const { source, data } = await stored(FILES.manifest);
    const { id: of } = neon().project;
    expect(source).toMatchObject({ name: 'circuitiq', neon: { project: of, read: 'branch' } });
    expect(data.time).toBe(source.neon.time);
    expect(branches()).toEqual(['production', snapshot]);
  });

  it('restores for a test on a branch of its own', async () => {
    const made = branchesMade();

    const drill = await fleet().due('drill');

    expect(drill).toMatchObject({ result: { id, state: 'VERIFIED' } });
    expect(numbersOf(drill)).toMatchObject({ 'RestoreDuration all': expect.any(Number) });
    const scratch = `a branch of the Neon project ${neon().project.id}`;
    const verdict = { proof: 'restored', drill: { scratch } };
    expect(await stored(FILES.verification)).toMatchObject(verdict);
    expect(branchesMade()).toBe(made + 1);
  });

  it('says how the backups stand', async () => {
    const watch = await fleet().due('watch');
    const status = await fleet().invoke('status', {});

    expect(watch.error).toBeUndefined();
    expect(numbersOf(watch)).toMatchObject({ 'WatchCompleted all': 1, 'BackupOverdue daily': 0 });
    const newest = { id, state: 'VERIFIED', proof: 'restored' };
    expect(status.result).toMatchObject({ kinds: [{ kind: 'daily', newest }, {}] });
  });

  it('leaves nothing behind but the snapshot, and production as it was', async () => {
    expect(branches()).toEqual(['production', snapshot]);
    expect(neon().violations).toEqual([]);
    expect(await project().connections()).toBe(before);
    expect(await rowsOf(project().url)).toEqual(rows());
    // Whoever had connected would have been seen.
    await until(async () => (await project().connections()) > before);
  });

  it('lets nobody overstep in the role of the snapshots', async () => {
    const { configuration } = given(fleet().functions.snapshot);
    const role = await assume(account(), given(configuration.Role));

    const outcomes = await overstep('snapshot', account(), role, await preyIn(world, id));

    const others = Object.entries(outcomes).filter(([, how]) => !how.startsWith('AccessDenied'));
    expect(others).toEqual([]);
  });

  it('has put no secret into a log, a variable or the vault', async () => {
    const { versions } = await versionsIn(account(), bucket());
    const variables = Object.values(fleet().functions).map(({ configuration }) => configuration);
    const seen = [Buffer.from(fleet().log() + JSON.stringify(variables))];
    const all = [...seen, ...versions.map(({ bytes }) => bytes)];

    const found = Object.values(CANARIES).filter((canary) =>
      all.some((each) => each.includes(canary)),
    );

    expect(found).toEqual([]);
  });

  const bucket = () => deployment().outputs.store.replace('s3://', '');

  const branchesMade = () =>
    neon().calls.filter(({ method, status }) => method === 'POST' && status === 201).length;

  /** One of the backup's own files, in its newest version. */
  async function stored(file: string) {
    const key = backupPrefix({ database: 'circuitiq', kind: 'daily', id }) + file;
    const { versions } = await versionsIn(account(), bucket());
    return JSON.parse(given(versions.find((each) => each.key === key)).bytes.toString());
  }
}
