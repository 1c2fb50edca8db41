import { BackupError } from '../../core/errors';
import { type Guide, stopped } from './guide';
import { settlePassphrase } from './passphrase';
import type { Backend, Pulumi } from './pulumi';
import type { StackFile } from './stack-file';

/**
 * Step 2: where Pulumi remembers what it has made, and what its secrets are encrypted with.
 * @param flag the backend that was asked for, as `pulumi login` takes it
 * @throws BackupError `usage`, `auth`, `tool_missing`
 */
export async function findState(
  guide: Guide,
  pulumi: Pulumi,
  file: StackFile,
  flag: string | undefined,
): Promise<void> {
  guide.begin(
    'State',
    'Pulumi makes everything, and remembers what it has made: in Pulumi Cloud, in an S3 bucket, or in a\nfolder. The backups do not depend on it; changing the stack later does.',
  );
  guide.found(`pulumi ${await pulumi.version()}`);
  const { url, user } =
    (flag ? undefined : await pulumi.whoAmI()) ?? (await logIn(guide, pulumi, flag));
  guide.found(`state in ${url}, as ${user}`);
  await settlePassphrase(guide, file, { inCloud: /^https?:/.test(url) });
}

async function logIn(guide: Guide, pulumi: Pulumi, flag: string | undefined): Promise<Backend> {
  const where = flag ?? (await chooseBackend(guide));
  const args = ['login', ...(where === CLOUD ? [] : [where])];
  const shown = await pulumi.show(args, guide);
  if (shown === 'stopped') throw stopped();
  const backend = shown === 'done' ? await pulumi.whoAmI() : undefined;
  if (!backend) throw refused(where);
  return backend;
}

const CLOUD = 'cloud';
const HOME = 'file://~';

async function chooseBackend(guide: Guide): Promise<string> {
  const chosen = await guide.choose(BACKEND, [
    { value: CLOUD, name: 'Pulumi Cloud: free for one person, keeps history, signs in by browser' },
    { value: 's3', name: 'An S3 bucket of yours: it has to be there, with versions, and private' },
    { value: HOME, name: 'A folder of this machine (~/.pulumi): to be backed up by you' },
  ]);
  return chosen === 's3' ? guide.text(BUCKET) : chosen;
}

const BACKEND = {
  what: 'Where the state is kept',
  instead:
    'Give --state s3://BUCKET (one that is there), --state file:///FOLDER, or set PULUMI_ACCESS_TOKEN for Pulumi Cloud.',
};
const BUCKET = {
  what: 'The bucket, such as s3://my-pulumi-state?region=eu-central-1',
  instead: BACKEND.instead,
};

function refused(where: string): BackupError {
  return new BackupError('auth', `Pulumi could not log in to ${where}.`, {
    cure: `Mend what it says above, or choose another place. ${BACKEND.instead}`,
  });
}
