import { allowsOf, confusable, denies, isPublic } from '../documents';
import { aws, named, ofType } from '../resources';
import { onEach, type Rule, together, unless } from '../rule';

const KEY = [aws('kms', 'Key')];

const ROTATION = onEach(
  {
    name: 'key-rotation',
    asks: 'Every key is turned over each year.',
    ids: [
      'CKV_AWS_7',
      'AVD-AWS-0065',
      'AwsSolutions-KMS5',
      'F19',
      'KMS.4',
      'cmk-backing-key-rotation-enabled',
    ],
  },
  KEY,
  ({ enableKeyRotation }) => unless(enableKeyRotation === true, 'is never turned over.'),
);

const PRINCIPALS = onEach(
  {
    name: 'key-principals',
    asks: 'No key is for anybody.',
    ids: ['CKV_AWS_33', 'F76', 'KMS.5', 'kms_key_not_publicly_accessible'],
  },
  KEY,
  ({ policy }) => unless(!policy || !isPublic(policy), 'is for anybody: name the principals.'),
);

const WAY_IN = onEach(
  {
    name: 'key-way-in',
    asks: "Every key is enabled, and has a policy that leaves the account's own IAM the way in.",
    ids: ['CKV2_AWS_64', 'CKV_AWS_227'],
  },
  KEY,
  ({ policy, isEnabled }) => {
    const root = /^arn:[^:]+:iam::\d{12}:root$/;
    const open =
      policy &&
      allowsOf(policy).some(
        ({ Action, Principal, Condition }) =>
          Action.includes('kms:*') &&
          Object.keys(Condition).length === 0 &&
          (Principal.AWS ?? []).some((one) => root.test(one)),
      );
    return unless(
      isEnabled !== false && Boolean(open),
      "locks its account out: allow the account's root kms:*.",
    );
  },
);

const DELETION = onEach(
  {
    name: 'key-deletion',
    asks: 'Every key leaves 30 days to think before it is deleted.',
    ids: ['KMS.3', 'kms_cmk_not_deleted_unintentionally'],
  },
  KEY,
  ({ deletionWindowInDays }) =>
    unless(
      deletionWindowInDays === 30,
      'can be gone in less than 30 days: set deletionWindowInDays.',
    ),
);

const TAKEN_AWAY = ['kms:DisableKey', 'kms:ScheduleKeyDeletion'];
const NO_MFA = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };

const WITH_MFA = onEach(
  {
    name: 'key-mfa',
    asks: 'No key is disabled, or marked to be deleted, without a second factor: who takes it away silences the alarms too.',
  },
  KEY,
  ({ policy }) =>
    unless(
      // That there is none at all is told by `key-way-in`.
      !policy ||
        TAKEN_AWAY.every((action) => denies(policy, { action, on: '*', condition: NO_MFA })),
      `can be taken away by a stolen key: deny ${TAKEN_AWAY.join(' and ')} without MFA.`,
    ),
);

/** For the key of a queue that it sends to, AWS documents no condition: it says neither for whom nor for what. */
const SAYS_NOT_FOR_WHOM = 'events.amazonaws.com';

const SERVICES = onEach(
  {
    name: 'key-services',
    asks: 'AWS services use a key for this account alone, where they say for whom.',
  },
  KEY,
  ({ policy }) =>
    confusable(policy)
      .filter((service) => service !== SAYS_NOT_FOR_WHOM)
      .map((service) => `lets ${service} in for any account: add aws:SourceAccount.`),
);

/** What a service does with the key to send through a topic. */
const SENDING = ['kms:Decrypt', 'kms:GenerateDataKey*'];

const ALARMS = together(
  {
    name: 'key-alarms',
    asks: 'CloudWatch may use the key of the topic that alarms go to: it would be silent otherwise.',
  },
  ofType(aws('sns', 'Topic')),
  (topic) =>
    named(topic, 'kmsMasterKeyId', aws('kms', 'Key'))
      .filter(({ props }) => !letsAlarmsIn(props.policy))
      .map(({ name }) => `can't be reached by alarms: let cloudwatch.amazonaws.com use ${name}.`),
);

function letsAlarmsIn(policy: string): boolean {
  return allowsOf(policy).some(
    ({ Principal, Action }) =>
      Principal.Service?.includes('cloudwatch.amazonaws.com') &&
      SENDING.every((action) => Action.includes(action)),
  );
}

export const KEY_RULES: Rule[] = [
  ...[ROTATION, PRINCIPALS, WAY_IN, DELETION, WITH_MFA, SERVICES, ALARMS],
];
