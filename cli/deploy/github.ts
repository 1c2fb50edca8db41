import { BackupError, isBackupError } from '../../core/errors';
import type { Place } from './account';
import type { DeployFlags } from './flags';
import type { Guide } from './guide';
import { gitHubProvider } from './identities';
import { examineRepository, type Need, type Repository } from './repository';
import { schemaProblem, type Way } from './settings';
import { findToken } from './token';
import type { Values } from './values';

/**
 * Step 5: the application's repository, or none.
 * @throws BackupError `usage`, `auth`, `refused`
 */
export async function settleGitHub(
  guide: Guide,
  values: Values,
  place: Place,
  { way, github }: { way: Way } & Pick<DeployFlags, 'github'>,
): Promise<void> {
  guide.begin(
    'GitHub',
    "The application's repository can start a backup before it deploys, and look after the schedule from\noutside AWS. It can read no backup. Everything else works without it.",
  );
  const stored = values.stored('githubRepository');
  const repository = await chooseRepository(guide, stored, github);
  if (!repository) return guide.found('left out; --github OWNER/NAME connects it later');
  const need = { secrets: way === 'neon', commit: values.stored('githubWorkflows') === 'commit' };
  guide.note(rightsFor(need));
  const accept = (token: string) => examine(repository, token, need);
  const { text, name, isStored } = await findToken(guide, values, accept);
  guide.found(`${name}: the token reads what it has to; whether it may write shows when it does`);
  // Before the repository is stored: later, the provider may be the stack's own.
  if (!stored) await settleProvider(guide, values, place);
  if (!isStored) await values.store('githubToken', text, { isSecret: true });
  // One that is stored may have ids which this token can't see.
  if (!stored || withoutIds(stored) !== repository) await values.store('githubRepository', name);
}

function rightsFor({ secrets, commit }: Need): string {
  const written = ['Variables', ...(secrets ? ['Secrets'] : []), ...(commit ? COMMITTING : [])];
  return `The token needs, for this repository alone: Metadata (read), ${written.join(', ')} (read and write).`;
}

const COMMITTING = ['Contents', 'Workflows'];

async function chooseRepository(
  guide: Guide,
  stored: string | undefined,
  flag: string | false | undefined,
): Promise<string> {
  if (flag === false) {
    if (stored) throw connected(stored);
    return '';
  }
  const given = flag || stored || process.env.NEON_BACKUP_GITHUB_REPOSITORY || undefined;
  for (;;) {
    const chosen = given ?? (await guide.option(QUESTION));
    const problem = schemaProblem('githubRepository', chosen);
    if (!problem) return withoutIds(chosen);
    if (given) throw new BackupError('usage', problem, { cure: QUESTION.instead });
    guide.warn(problem);
  }
}

function withoutIds(repository: string): string {
  return repository.replace(/@\d+/g, '');
}

const QUESTION = {
  what: 'Repository of the application, OWNER/NAME (empty leaves GitHub out)',
  instead:
    'Give --github OWNER/NAME or set NEON_BACKUP_GITHUB_REPOSITORY; --no-github leaves it out.',
};

function connected(stored: string): BackupError {
  return new BackupError(
    'refused',
    `The stack is connected with ${stored}; --no-github says it is not.`,
    {
      cure: 'Leave the flag out; or take GitHub away: npx pulumi config rm neon-backup:githubRepository',
    },
  );
}

/** A token that is of use, or why it is not. */
async function examine(
  repository: string,
  token: string,
  need: Need,
): Promise<Repository | string> {
  try {
    const found = await examineRepository(repository, token, need);
    return found.lacking.length > 0
      ? `The token is of no use: ${found.lacking.join('; ')}.`
      : found;
  } catch (error) {
    if (isBackupError(error, 'auth', 'not_found')) return error.message;
    throw error;
  }
}

/** An account can have only one provider for GitHub. */
async function settleProvider(guide: Guide, values: Values, place: Place): Promise<void> {
  if (values.stored('githubOidcProviderArn')) return;
  const arn = await guide.during('looking for an OIDC provider', () => gitHubProvider(place));
  if (arn) await values.store('githubOidcProviderArn', arn);
}
