import type * as pulumi from '@pulumi/pulumi';
import type { Trust } from '../role';
import type { GitHubJobs } from './github';

const ISSUER = 'token.actions.githubusercontent.com';

/**
 * The trust of one repository's jobs, by the whole subject of their tokens: nothing in it is a pattern.
 * @param provider the ARN of GitHub's OIDC provider in this account
 * @param repository as the subjects of its tokens write it
 */
export function trustOf(
  provider: pulumi.Input<string>,
  repository: string,
  jobs: GitHubJobs,
): Trust {
  const subject = { [`${ISSUER}:sub`]: `repo:${repository}:${contextOf(jobs)}` };
  const audience = { [`${ISSUER}:aud`]: 'sts.amazonaws.com' };
  return {
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { ...audience, ...subject } },
  };
}

/** The branch is left out by GitHub where the job has an environment, and a colon in its name is encoded. */
function contextOf(jobs: GitHubJobs): string {
  if ('branch' in jobs) return `ref:refs/heads/${jobs.branch}`;
  return `environment:${jobs.environment.replaceAll(':', '%3A')}`;
}
