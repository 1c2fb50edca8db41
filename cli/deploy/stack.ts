import { BackupError } from '../../core/errors';
import type { Place } from './account';
import type { Guide } from './guide';
import type { Pulumi } from './pulumi';
import type { StackFile } from './stack-file';

/**
 * Step 3: the stack, selected or made.
 * @throws BackupError `refused` where it is deployed in another account, `tool_failed`
 */
export async function findStack(
  guide: Guide,
  pulumi: Pulumi,
  file: StackFile,
  place: Place,
): Promise<void> {
  const { stack } = pulumi;
  guide.begin(
    'Stack',
    `A stack is one deployment, of one database. The settings of this one are in ${file.name}; --stack NAME\nnames another.`,
  );
  if ((await pulumi.run(['stack', 'select', stack])).ok) {
    guide.found(`stack ${stack} is there`);
    return refuseOtherAccount(pulumi, place);
  }
  const made = await pulumi.run(['stack', 'init', stack]);
  if (made.ok) return guide.found(`stack ${stack} is made, and empty`);
  throw new BackupError('tool_failed', `The stack ${stack} could neither be selected nor made.`, {
    output: made.words,
    cure: 'Mend what it says, or name another one: --stack NAME.',
  });
}

/** Pulumi would find nothing there of what it remembers, and try to make it all anew. */
async function refuseOtherAccount(pulumi: Pulumi, { account }: Place): Promise<void> {
  const { ok, stdout } = await pulumi.run(['stack', 'output', 'topic', '--stack', pulumi.stack]);
  const home = ok ? stdout.split(':')[4] : account;
  if (home === account) return;
  throw new BackupError(
    'refused',
    `The stack ${pulumi.stack} is deployed in account ${home}, and you are in ${account}.`,
    {
      cure: 'Sign in to the account of the stack, set AWS_PROFILE, or make another stack: --stack NAME.',
    },
  );
}
