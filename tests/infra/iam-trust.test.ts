import { ACCOUNT, CANARY, mockCloud, runProgram } from './graph';
import { type Case, unnoticedIn, wrongIn } from './iam/cases';
import { arnOf, regional, trustOf } from './iam/policies';
import { administrator, type Caller } from './iam/simulate';

const ANOTHER_ACCOUNT = '999988887777';
const ISSUER = 'token.actions.githubusercontent.com';

const GITHUB = {
  'neon-backup:githubToken': `ghp_${CANARY}`,
  'neon-backup:githubRepository': 'circuitiq/app',
  'neon-backup:githubEnvironment': 'production',
};

async function declare(more: Record<string, string> = {}): Promise<void> {
  await mockCloud();
  await runProgram({ ...GITHUB, ...more });
}

/** Takes a role on, by its trust alone or by the caller's policy too. */
const takes = (
  role: string,
  allowed: boolean,
  what: string,
  caller: Caller,
  context: Record<string, string> = {},
  action = 'sts:AssumeRole',
): Case => ({
  what,
  caller,
  allowed,
  request: { action, resource: arnOf(`${role}-role`), context },
});

/** Each role's trust decides as the cases say, and has no part that none of them needs. */
async function expectTrust(role: string, cases: readonly Case[]): Promise<void> {
  const trust = trustOf(role);
  expect(await wrongIn(cases, { ofResource: trust })).toEqual([]);
  expect(await unnoticedIn(trust, 'ofResource', cases)).toEqual([]);
}

const REPOSITORY = 'repo:circuitiq/app';
const job = (allowed: boolean, sub: string, more: Record<string, string> = {}): Case =>
  takes(
    ...(['github', allowed, sub, { principal: arnOf('github-identities') }] as const),
    { [`${ISSUER}:sub`]: sub, [`${ISSUER}:aud`]: 'sts.amazonaws.com', ...more },
    'sts:AssumeRoleWithWebIdentity',
  );

const lambda = { principal: 'lambda.amazonaws.com' };
const nobody = { principal: `arn:aws:iam::${ACCOUNT}:user/somebody` };
const [MFA, NO_MFA] = ['true', 'false'].map((value) => ({ 'aws:MultiFactorAuthPresent': value }));

beforeAll(() => declare());

it.each(['backup', 'verify', 'drill', 'watch', 'status'])(
  'the role of %s is for Lambda alone',
  async (name) => {
    await expectTrust(name, [
      takes(name, true, 'Lambda', lambda),
      takes(name, false, 'another service', { principal: 'ec2.amazonaws.com' }),
      takes(name, false, 'an administrator', administrator(), MFA),
    ]);
  },
);

it('the role of people who restore is for whom IAM allows it in this account, with MFA alone', async () => {
  await expectTrust('restore', [
    takes('restore', true, 'with MFA', administrator(), MFA),
    takes('restore', false, 'without MFA', administrator(), NO_MFA),
    takes('restore', false, 'by a key that knows no MFA', administrator()),
    takes('restore', false, 'whom IAM gives nothing', nobody, MFA),
    takes('restore', false, 'another account', administrator(ANOTHER_ACCOUNT), MFA),
    takes('restore', false, 'a function', lambda, MFA),
  ]);
});

it("the scheduler's role is for schedules of this group alone", async () => {
  const scheduler = { principal: 'scheduler.amazonaws.com' };
  const from = (account: string, group: string) => ({
    ...{ 'aws:SourceAccount': account, 'aws:SourceArn': group },
  });
  const ours = arnOf('schedules-group');
  const theirs = regional('scheduler', 'schedule-group/default');
  await expectTrust('schedules', [
    takes('schedules', true, 'our group', scheduler, from(ACCOUNT, ours)),
    takes('schedules', false, 'another group', scheduler, from(ACCOUNT, theirs)),
    takes('schedules', false, 'another account', scheduler, from(ANOTHER_ACCOUNT, ours)),
    takes('schedules', false, 'nobody', scheduler),
    takes('schedules', false, 'another service', lambda, from(ACCOUNT, ours)),
  ]);
});

it('the role of jobs in GitHub is for those of the environment', async () => {
  await expectTrust('github', [
    job(true, `${REPOSITORY}:environment:production`),
    job(false, `${REPOSITORY}:environment:production`, {
      [`${ISSUER}:aud`]: 'https://github.com/circuitiq',
    }),
    job(false, `${REPOSITORY}:environment:preview`),
    job(false, `${REPOSITORY}:environment:production-2`),
    job(false, `${REPOSITORY}:ref:refs/heads/main`),
    job(false, `${REPOSITORY}:pull_request`),
    job(false, 'repo:circuitiq/another:environment:production'),
    job(false, 'repo:fork/app:environment:production'),
    job(false, 'repo:circuitiq/app-2:environment:production'),
  ]);
});

describe('settings that name principals and a branch', () => {
  const ops = { principal: `arn:aws:iam::${ACCOUNT}:user/ops` };

  beforeAll(() =>
    declare({
      'neon-backup:restorePrincipals': JSON.stringify([ops.principal]),
      'neon-backup:githubEnvironment': '',
      'neon-backup:githubBranch': 'main',
    }),
  );

  it('let those principals alone restore', async () => {
    await expectTrust('restore', [
      takes('restore', true, 'with MFA', ops, MFA),
      takes('restore', false, 'without MFA', ops, NO_MFA),
      takes('restore', false, 'an administrator', administrator(), MFA),
    ]);
  });

  it('let jobs of this branch alone start backups', async () => {
    await expectTrust('github', [
      job(true, `${REPOSITORY}:ref:refs/heads/main`),
      job(false, `${REPOSITORY}:ref:refs/heads/main`, {
        [`${ISSUER}:aud`]: 'https://github.com/circuitiq',
      }),
      job(false, `${REPOSITORY}:ref:refs/heads/main-2`),
      job(false, `${REPOSITORY}:ref:refs/tags/main`),
      job(false, `${REPOSITORY}:environment:production`),
      job(false, `${REPOSITORY}:pull_request`),
      job(false, 'repo:fork/app:ref:refs/heads/main'),
    ]);
  });
});
