import type { PolicyResource } from '@pulumi/policy';
import { allowsOf, confusable, isPublic, type Statement } from '../documents';
import { aws, named, naming, ofType } from '../resources';
import { type About, onEach, type Rule, together, unless } from '../rule';

const ROLE = aws('iam', 'Role');

/** A rule on each statement of who may take on a role. */
function onTrust(about: About, problems: (statement: Statement) => string[]): Rule {
  return onEach(about, [ROLE], ({ assumeRolePolicy }) =>
    allowsOf(assumeRolePolicy).flatMap(problems),
  );
}

const SPECIFIC = onEach(
  {
    name: 'trust-specific',
    asks: 'Every role says who may take it on.',
    ids: ['CKV_AWS_60', 'CKV_AWS_61', 'F2', 'F6', 'W14'],
  },
  [ROLE],
  ({ assumeRolePolicy }) => unless(!isPublic(assumeRolePolicy), 'may be taken on by anybody.'),
);

/** They take on roles of a function's or a bucket's own account only, and send no key of conditions. */
const OF_ONE_ACCOUNT = ['lambda.amazonaws.com', 's3.amazonaws.com'];

const CONFUSED_DEPUTY = onEach(
  {
    name: 'trust-confused-deputy',
    asks: 'A service takes on a role for this account alone.',
    ids: ['iam_role_cross_service_confused_deputy_prevention'],
  },
  [ROLE],
  ({ assumeRolePolicy }) =>
    confusable(assumeRolePolicy)
      .filter((service) => !OF_ONE_ACCOUNT.includes(service))
      .map((service) => `may be taken on by ${service} for any account: add aws:SourceAccount.`),
);

const MFA = onTrust(
  { name: 'trust-mfa', asks: 'People take on a role with a second factor alone.' },
  ({ Principal, Condition }) =>
    unless(
      !Principal.AWS || Condition.Bool?.['aws:MultiFactorAuthPresent'] === 'true',
      'may be taken on without MFA: ask for aws:MultiFactorAuthPresent.',
    ),
);

const READ = /^(s3:(Get|List)\w+|kms:Decrypt)$/;

const PEOPLE_READ = onPolicies(
  { name: 'trust-people-read', asks: 'A role of people may list, read and decrypt, nothing else.' },
  'AWS',
  READ,
);

const GITHUB_SUBJECT = onTrust(
  {
    name: 'trust-github',
    asks: "GitHub's role is for one audience and one whole subject: a repository with its environment or branch.",
    ids: ['CKV_AWS_393', 'iam_no_custom_policy_permissive_role_assumption'],
  },
  ({ Principal, Condition }) =>
    unless(
      !Principal.Federated || isOneSubject(Condition),
      'may be taken on by other jobs: name aud and sub by StringEquals, without *.',
    ),
);

const ISSUER = 'token.actions.githubusercontent.com';
const SUBJECT = /^repo:[\w.@-]+\/[\w.@-]+:(environment:[^*?:]+|ref:refs\/heads\/[^*?:]+)$/;

function isOneSubject({
  StringEquals: { [`${ISSUER}:aud`]: aud, [`${ISSUER}:sub`]: sub } = {},
}: Statement['Condition']) {
  return aud === 'sts.amazonaws.com' && typeof sub === 'string' && SUBJECT.test(sub);
}

const GITHUB_CALLS = onPolicies(
  {
    name: 'trust-github-calls',
    asks: "GitHub's role may call functions, and read or decrypt nothing.",
  },
  'Federated',
  /^lambda:InvokeFunction$/,
);

/** A rule on what those roles may do that a kind of principal takes on. */
function onPolicies(about: About, principal: string, allowed: RegExp): Rule {
  return together(about, ofType(ROLE), (role, all) => {
    const trusts = allowsOf(role.props.assumeRolePolicy);
    if (!trusts.some(({ Principal }) => Principal[principal])) return [];
    return actionsOf(role, all)
      .filter((action) => !allowed.test(action))
      .map((action) => `allows ${action}, which those who take it on do not need.`);
  });
}

function actionsOf(role: PolicyResource, all: PolicyResource[]): string[] {
  return naming(all, aws('iam', 'RolePolicy'), 'role', role).flatMap(({ props }) =>
    allowsOf(props.policy).flatMap(({ Action }) => Action),
  );
}

const OWN_ROLE = together(
  {
    name: 'trust-own-role',
    asks: 'Every function has a role of its own, that nothing else takes on.',
  },
  ofType(aws('lambda', 'Function')),
  (fn, all) => {
    const [role] = named(fn, 'role', ROLE);
    const sharing = role ? naming(all, fn.type, 'role', role) : [];
    return unless(sharing.length === 1, 'shares its role: give it one of its own.');
  },
);

export const TRUST_RULES = [
  ...[SPECIFIC, CONFUSED_DEPUTY, MFA, PEOPLE_READ, GITHUB_SUBJECT, GITHUB_CALLS, OWN_ROLE],
];
