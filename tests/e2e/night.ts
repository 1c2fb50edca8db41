import { backupPrefix, FILES } from '../../contract/keys';
import type { FunctionName } from '../../contract/outputs';
import { type FunctionSettings, SETTINGS_VARIABLE } from '../../contract/settings';
import { given } from '../support/aws-account';
import { versionsIn } from '../support/aws-resources';
import { expectAsBuilt } from './declared';
import { overstep, type Prey } from './duties';
import { makeListener, overhear, readRules } from './events';
import { numbersOf } from './fleet';
import { assume } from './functions';
import type { World } from './world';

const FUNCTIONS: FunctionName[] = ['backup', 'verify', 'drill', 'watch', 'status'];

/** A night as it should be, and what each function may not do. */
export function night({ account, deployment, fleet }: World): void {
  let id: string;

  it.each(FUNCTIONS)('runs %s as it was built here', async (name) => {
    await expectAsBuilt(account(), name, fleet().functions[name], deployment());
  });

  it('backs up by the schedule, and verifies by the rule', async () => {
    const finished = await makeListener(account());
    await overhear(account(), await verificationRule(), finished);

    const backup = await fleet().due('daily');
    const events = await finished.heard();
    const verify = await fleet().invoke('verify', JSON.parse(given(events[0])));

    expect(backup).toMatchObject({ result: { id: expect.any(String) } });
    id = (backup.result as { id: string }).id;
    expect(events).toHaveLength(1);
    expect(verify.result).toEqual({ id, state: 'VERIFIED' });
    expect(numbersOf(backup)).toMatchObject({ 'BackupCompleted daily': 1, 'BackupFailed all': 0 });
    expect(numbersOf(verify)).toMatchObject({ 'Verified daily': 1, 'Unverifiable all': 0 });
  });

  async function verificationRule() {
    const { FunctionArn } = fleet().functions.verify.configuration;
    const rules = await readRules(account());
    return given(rules.find(({ targets }) => targets.includes(given(FunctionArn))));
  }

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

    const outcomes = await overstep(name, account(), role, await prey());

    const others = Object.entries(outcomes).filter(([, how]) => !how.startsWith('AccessDenied'));
    expect(others).toEqual([]);
  });

  async function prey(): Promise<Prey> {
    const Bucket = deployment().outputs.store.replace('s3://', '');
    const prefix = backupPrefix({ database: 'circuitiq', kind: 'daily', id });
    const { versions } = await versionsIn(account(), Bucket);
    const archive = given(versions.find(({ key }) => key === prefix + FILES.archive));
    const variables = fleet().functions.backup.configuration.Environment?.Variables;
    const { source, drill }: FunctionSettings = JSON.parse(given(variables?.[SETTINGS_VARIABLE]));
    const [databaseUrl, scratchUrl] = [source.secret, given(drill?.scratch).secret];
    const { topic } = deployment().outputs;
    return { Bucket, prefix, VersionId: archive.id, databaseUrl, scratchUrl, topic };
  }
}
