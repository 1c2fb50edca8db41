import type { StackOutputs } from '../../contract/outputs';
import { table } from '../print';
import type { Guide } from './guide';
import type { StackFile } from './stack-file';

/** Step 10: what a person does now, and what to know for the day on which it is needed. */
export function sayWhatNow(guide: Guide, outputs: StackOutputs, file: StackFile): void {
  const { commands, email, emailPending, dashboard } = outputs;
  guide.begin('What now', 'Backups run by themselves from here on.');
  if (emailPending)
    guide.warn(
      `${email} hears nothing yet: click the link in the message "AWS Notification - Subscription Confirmation" (look among spam, too).`,
    );
  guide.note(
    `Commit ${file.name}: the secrets in it are encrypted. Print docs/break-glass.md, and keep it outside AWS.`,
  );
  guide.note(
    table([
      ['hear one alarm', commands.testAlarms],
      ['look at everything', commands.doctor],
      ['list backups', commands.list],
      ['may restore', commands.assumeRestoreRole],
      ['restore', commands.restore],
      ['back up now', commands.backUpNow],
      ['dashboard', dashboard],
    ]),
  );
}
