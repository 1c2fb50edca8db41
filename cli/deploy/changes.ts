import { BackupError } from '../../core/errors';
import { type Guide, stopped } from './guide';
import type { Pulumi, Shown } from './pulumi';

/**
 * Step 7: what would be changed, and the yes to it.
 * @param yes it was said beforehand
 * @throws BackupError `tool_failed`, `cancelled`
 */
export async function preview(guide: Guide, pulumi: Pulumi, yes: boolean): Promise<void> {
  guide.begin(
    'Preview',
    'The stack is declared, its settings are checked, and the source and the account are looked at.\nNothing is made yet.',
  );
  const shown = await pulumi.show(['preview', '--stack', pulumi.stack], guide);
  if (shown === 'stopped') throw stopped();
  if (shown === 'failed')
    throw new BackupError('tool_failed', 'The preview failed, and nothing was changed.', {
      cure: 'Mend what it says above, then run npm run deploy again.',
    });
  if (!yes && !(await guide.agree(AGREE))) throw stopped();
}

const AGREE = { what: 'Deploy this', instead: 'Give --yes.' };

/**
 * Step 8: what the preview has shown is made.
 * @throws BackupError `tool_failed`, `cancelled`
 */
export async function deployStack(guide: Guide, pulumi: Pulumi): Promise<void> {
  guide.begin('Deployment', 'It takes some minutes. Ctrl-C ends it after what is under way.');
  const args = ['up', '--yes', '--skip-preview', '--stack', pulumi.stack];
  const shown = await pulumi.show(args, guide);
  if (shown !== 'done') throw halfway(shown);
  guide.found(`stack ${pulumi.stack} is deployed`);
}

function halfway(shown: Shown): BackupError {
  const kept = 'What was made stays, and is known to Pulumi';
  if (shown === 'stopped')
    return new BackupError('cancelled', `The deployment was stopped by you. ${kept}.`, {
      cure: 'npm run deploy goes on from there.',
    });
  return new BackupError('tool_failed', `The deployment did not come to its end. ${kept}.`, {
    cure: 'Mend what it says above; npm run deploy goes on from there.',
  });
}
