import type { FunctionName } from '../../contract/outputs';
import { given } from '../support/aws-account';
import { backUpAndVerify } from './chain';
import { expectAsBuilt } from './declared';
import { overstep } from './duties';
import { numbersOf } from './fleet';
import { assume } from './functions';
import { preyIn } from './prey';
import type { World } from './world';

const FUNCTIONS: FunctionName[] = ['backup', 'verify', 'drill', 'watch', 'status'];

/** A night as it should be, and what each function may not do. */
export function night(world: World): void {
  const { account, deployment, fleet } = world;
  let id: string;

  it.each(FUNCTIONS)('runs %s as it was built here', async (name) => {
    await expectAsBuilt(account(), name, fleet().functions[name], deployment());
  });

  it('backs up by the schedule, and verifies by the rule', async () => {
    const { backup, events, verify } = await backUpAndVerify(world);

    expect(backup).toMatchObject({ result: { id: expect.any(String) } });
    id = (backup.result as { id: string }).id;
    expect(events).toHaveLength(1);
    expect(verify.result).toEqual({ id, state: 'VERIFIED' });
    expect(numbersOf(backup)).toMatchObject({ 'BackupCompleted daily': 1, 'BackupFailed all': 0 });
    expect(numbersOf(verify)).toMatchObject({ 'Verified daily': 1, 'Unverifiable all': 0 });
  });

  it('restores for a test, watches, and says how the backups stand', async () => {
    const drill = await fleet().due('drill');
    const watch = await fleet().due('watch');
    const status = await fleet().invoke('status', {});

    expect(drill).toMatchObject({ result: { id, state: 'VERIFIED' } });
    expect(numbersOf(drill)).toMatchObject({ 'RestoreDuration all': expect.any(Number) });
    expect(watch.error).toBeUndefined();
    expect(numbersOf(watch)).toMatchObject({ 'WatchCompleted all': 1, 'BackupOverdue daily': 0 });
    const newest = { id, state: 'VERIFIED', proof: 'restored' };
    expect(status.result).toMatchObject({ kinds: [{ kind: 'daily', newest }, {}] });
  });

  it.each(FUNCTIONS)('lets nobody overstep in the role of %s', async (name) => {
    const { configuration } = fleet().functions[name];
    const role = await assume(account(), given(configuration.Role));

    const outcomes = await overstep(name, account(), role, await preyIn(world, id));

    const others = Object.entries(outcomes).filter(([, how]) => !how.startsWith('AccessDenied'));
    expect(others).toEqual([]);
  });
}
