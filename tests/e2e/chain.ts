import { given } from '../support/aws-account';
import { makeListener, overhear, readRules } from './events';
import type { Run } from './functions';
import type { World } from './world';

/** The daily backup, and all that follows of itself. */
export interface Chain {
  readonly backup: Run;
  /** What the deployed rule let through. */
  readonly events: readonly string[];
  /** Of the first of them. */
  readonly verify: Run;
}

/** Backs up by the schedule, and verifies by the rule. */
export async function backUpAndVerify({
  account,
  fleet,
}: Pick<World, 'account' | 'fleet'>): Promise<Chain> {
  const { FunctionArn } = fleet().functions.verify.configuration;
  const rules = await readRules(account());
  const rule = given(rules.find(({ targets }) => targets.includes(given(FunctionArn))));
  const finished = await makeListener(account());
  await overhear(account(), rule, finished);

  const backup = await fleet().due('daily');
  const events = await finished.heard();
  const verify = await fleet().invoke('verify', JSON.parse(given(events[0])));
  return { backup, events, verify };
}
