import { REPLACED_TAG, RETIRED_TAGS, TAG_VALUE } from '../../../contract/tags';
import { allowsOf, type Statement } from '../documents';
import { aws } from '../resources';
import { type About, onEach, type Rule, unless } from '../rule';

/** A rule on each statement that allows a role something. */
function onStatements(about: About, problems: (statement: Statement) => string[]): Rule {
  return onEach(about, [aws('iam', 'RolePolicy')], ({ policy }) =>
    allowsOf(policy).flatMap(problems),
  );
}

/** A rule on each action that a role is allowed. */
function onActions(about: About, wrong: RegExp, problem: string): Rule {
  return onStatements(about, ({ Action }) =>
    Action.filter((action) => wrong.test(action)).map((action) => `allows ${action}: ${problem}`),
  );
}

const WILDCARDS = onStatements(
  {
    name: 'role-wildcards',
    asks: 'No role may do whole groups of actions, or act on anything but named resources.',
    ids: [
      ...['CKV_AWS_62', 'CKV_AWS_63', 'CKV_AWS_355', 'CKV2_AWS_40', 'AVD-AWS-0057', 'AVD-AWS-0345'],
      ...['AwsSolutions-IAM5', 'F3', 'F4', 'W11', 'W12', 'IAM.1', 'IAM.21'],
      ...['CKV_AWS_287', 'CKV_AWS_288', 'CKV_AWS_290', 'KMS.1', 'KMS.2'],
      'iam_policy_no_full_access_to_kms',
    ],
  },
  ({ Action, Resource, allBut }) => [
    ...unless(!allBut, 'allows all but some actions: name those that are needed.'),
    ...Action.filter((one) => one.includes('*')).map((one) => `allows ${one}: name the actions.`),
    ...unless(Resource.length > 0, 'allows something on all but some resources: name them.'),
    ...Resource.filter(isAnything).map((one) => `allows something on ${one}: name the resources.`),
  ],
);

/** A type of resource, without the name of one. */
const UNNAMED = /^((function|key|layer|log-group|oidc-provider|policy|role|secret|user)[/:])?$/;

function isAnything(arn: string): boolean {
  const [fixed = '', ...rest] = arn.split('*');
  return rest.length > 0 && UNNAMED.test(fixed.split(':').slice(5).join(':'));
}

const DELETES_NOTHING = onActions(
  {
    name: 'role-deletes-nothing',
    asks: 'No role of the stack may delete or disable anything, shorten a lock, or change what guards the vault.',
  },
  /^(\w+:(Delete|Purge|Remove|Disable|Schedule|Cancel|Bypass|Untag)|s3:(ReplicateDelete|ObjectOwnerOverride|Put(?!Object$|Object(Version)?Tagging$)))/,
  'a stolen role could lose backups.',
);

const ESCALATION = onActions(
  {
    name: 'role-escalation',
    asks: 'No role of the stack may pass, take on or change a role, a function, a key or a policy.',
    ids: [
      ...['CKV_AWS_286', 'CKV_AWS_289', 'AVD-AWS-0342', 'F38', 'F39'],
      'iam_policy_allows_privilege_escalation',
    ],
  },
  /^(iam|sts|organizations|cloudformation):|^lambda:(?!InvokeFunction$)|^kms:(Create|Put|Enable|Update|Import|Revoke|Retire)|^(sns|sqs):(AddPermission|Set)|^secretsmanager:(?!GetSecretValue$)/,
  'it could get rights that it was not given.',
);

const KEY_BY_SERVICE = onStatements(
  {
    name: 'role-key-by-service',
    asks: 'A role uses a key through one named service alone, never itself.',
  },
  ({ Action, Condition }) =>
    unless(
      !Action.some((action) => action.startsWith('kms:')) ||
        Boolean(Condition.StringEquals?.['kms:ViaService']),
      'may use a key by itself: add kms:ViaService.',
    ),
);

const TAGS = onStatements(
  {
    name: 'role-tags',
    asks: 'A role that tags may set one known tag alone: whoever can tag can delete slowly.',
  },
  ({ Action, Condition }) =>
    unless(
      !Action.some((action) => /Put\w*Tagging$/.test(action)) || setsOneTag(Condition),
      'may set any tag: name the one in s3:RequestObjectTagKeys.',
    ),
);

function setsOneTag(condition: Statement['Condition']): boolean {
  const keys = [condition['ForAllValues:StringEquals']?.['s3:RequestObjectTagKeys']].flat();
  return [...RETIRED_TAGS, REPLACED_TAG].some(
    (tag) =>
      keys.length === 1 &&
      keys[0] === tag &&
      condition.StringEquals?.[`s3:RequestObjectTag/${tag}`] === TAG_VALUE,
  );
}

const INLINE = onEach(
  {
    name: 'role-inline',
    asks: 'What a role may do stands in its own policy: no managed policies, no users, no access keys.',
    ids: ['CKV_AWS_274', 'CKV_AWS_275', 'AwsSolutions-IAM4', 'W43', 'W44'],
  },
  [],
  ({ managedPolicyArns, inlinePolicies }, { type }) =>
    unless(
      !ELSEWHERE.includes(type) &&
        !(type === aws('iam', 'Role') && (managedPolicyArns ?? inlinePolicies)),
      'gives rights that no rule looks at: give the role a RolePolicy.',
    ),
);

const ELSEWHERE = [
  ...['Policy', 'PolicyAttachment', 'RolePolicyAttachment', 'RolePolicyAttachmentsExclusive'],
  ...['User', 'UserPolicy', 'UserPolicyAttachment', 'AccessKey', 'Group', 'GroupPolicy'],
].map((name) => aws('iam', name));

export const ROLE_RULES = [
  ...[WILDCARDS, DELETES_NOTHING, ESCALATION, KEY_BY_SERVICE, TAGS, INLINE],
];
