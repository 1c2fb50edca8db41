import { z } from 'zod';
import { BackupError, messageOf } from '../../core/errors';

/** A repository on GitHub, as a token sees it. */
export interface Repository {
  /** As the tokens of its jobs write it: with ids, where GitHub puts them in. */
  readonly name: string;
  /** What the token may not do, and would have to; empty: nothing speaks against it. */
  readonly lacking: readonly string[];
}

/** What the stack is going to write there. */
export interface Need {
  /** Actions secrets, beside the variables. */
  readonly secrets: boolean;
  /** The workflows. */
  readonly commit: boolean;
}

const REPOSITORY = z.object({
  id: z.number(),
  name: z.string(),
  created_at: z.string(),
  owner: z.object({ login: z.string(), id: z.number() }),
  permissions: z.object({ push: z.boolean() }).optional(),
});
const SUBJECT = z.object({ use_immutable_subject: z.boolean().optional() });

/** Repositories that were made later have their ids in their jobs' tokens. */
const WITH_IDS_SINCE = Date.parse('2026-07-15T00:00:00Z');
const TIMEOUT_MS = 20_000;

/**
 * Looks at a repository with a token. Reading is tried, right by right; that GitHub lets the token write,
 * too, is known only when it is done.
 * @param repository `OWNER/NAME`
 * @throws BackupError `auth`, `not_found`, `store`
 */
export async function examineRepository(
  repository: string,
  token: string,
  need: Need,
): Promise<Repository> {
  const path = `/repos/${repository}`;
  const { status, body, scopes } = await ask(path, token);
  if (status === 401) throw new BackupError('auth', 'GitHub does not know the token.');
  if (status === 404)
    throw new BackupError(
      'not_found',
      `There is no repository ${repository}, or the token may not see it.`,
    );
  const { data } = REPOSITORY.safeParse(body);
  if (!data) throw new BackupError('store', `GitHub answered ${status} when asked for ${path}.`);
  const lacking = [
    ...(data.permissions?.push === false ? [`whose it is may not write to ${repository}`] : []),
    ...lackingScopes(scopes, need),
    ...(await lackingRight(`${path}/actions/variables`, token, 'Variables')),
    ...(need.secrets
      ? await lackingRight(`${path}/actions/secrets/public-key`, token, 'Secrets')
      : []),
  ];
  return { name: await nameInTokens(path, token, data), lacking };
}

/** A classic token says what it may do; a fine-grained one does not. */
function lackingScopes(scopes: string | null, { commit }: Need): string[] {
  if (!scopes) return [];
  const has = scopes.split(',').map((scope) => scope.trim());
  const needed = ['repo', ...(commit ? ['workflow'] : [])];
  return needed
    .filter((scope) => !has.includes(scope))
    .map((scope) => `it lacks the scope ${scope}`);
}

async function lackingRight(path: string, token: string, right: string): Promise<string[]> {
  const { status } = await ask(path, token);
  return status === 200 ? [] : [`it lacks the permission ${right} (GitHub answered ${status})`];
}

/** Not every token may ask how subjects are written; then the repository's age tells. */
async function nameInTokens(
  path: string,
  token: string,
  { id, name, owner, created_at }: z.output<typeof REPOSITORY>,
): Promise<string> {
  const { status, body } = await ask(`${path}/actions/oidc/customization/sub`, token);
  const told = status === 200 ? SUBJECT.parse(body).use_immutable_subject : undefined;
  const withIds = told ?? Date.parse(created_at) >= WITH_IDS_SINCE;
  return withIds ? `${owner.login}@${owner.id}/${name}@${id}` : `${owner.login}/${name}`;
}

async function ask(path: string, token: string) {
  const { GITHUB_API_URL, GITHUB_BASE_URL } = process.env;
  const base = GITHUB_API_URL || GITHUB_BASE_URL || 'https://api.github.com';
  const headers = { accept: 'application/vnd.github+json', authorization: `Bearer ${token}` };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(`${base.replace(/\/$/, '')}${path}`, { headers, signal });
    const body: unknown = await answer.json();
    return { status: answer.status, body, scopes: answer.headers.get('x-oauth-scopes') };
  } catch (cause) {
    throw new BackupError(
      'store',
      `GitHub did not answer when asked for ${path}: ${messageOf(cause)}.`,
      {
        cure: 'Check the network, and try again; --no-github leaves GitHub out.',
      },
    );
  }
}
