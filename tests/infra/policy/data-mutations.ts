import {
  addStatement,
  change,
  depend,
  gone,
  type Mutation,
  set,
  settings,
  statement,
  unprotect,
} from './mutate';

const OBJECTS = 'arn:aws:mock:eu-central-1:111122223333:vault-bucket/*';
const ANYBODY = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: OBJECTS };
const USER = { AWS: 'arn:aws:iam::111122223333:user/ops' };
const isEncrypted = 's3:x-amz-server-side-encryption';

/** A lifecycle rule of the vault, by its place. */
const lifecycle = (index: number, mutate: (rule: Record<string, unknown>) => void) =>
  change('vault-lifecycle', ({ rules }) => mutate(rules[index]));

const retention = (mutate: (kept: Record<string, unknown>) => void) =>
  settings('verify-function', (it) => mutate(it.retention));

/** How the vault, its retention and its key can be broken, by the rule that says so. */
export const DATA_MUTATIONS: Record<string, Record<string, Mutation>> = {
  'CKV_AWS_53-bucket-public-access': {
    'public access lists': set('vault-privacy', 'blockPublicAcls', false),
    'public policies': set('vault-privacy', 'blockPublicPolicy', false),
    'public access lists that count': set('vault-privacy', 'ignorePublicAcls', false),
    'a public log': set('vault-access-log-privacy', 'restrictPublicBuckets', false),
    'no block at all': gone('vault-privacy'),
  },
  'CKV_AWS_20-bucket-access-lists': {
    'the owner of objects': set('vault-ownership', 'rule', { objectOwnership: 'ObjectWriter' }),
    'an access list': set('vault-bucket', 'acl', 'private'),
  },
  'AwsSolutions-S10-bucket-tls': {
    'no denial': statement('vault-policy', 'PlainHttp'),
    'of objects alone': statement('vault-policy', 'PlainHttp', (it) => {
      it.Resource = OBJECTS;
    }),
    'for some alone': statement('vault-policy', 'PlainHttp', ({ Condition }) => {
      Condition.StringLike = { 'aws:PrincipalArn': '*/guest' };
    }),
  },
  'CKV_AWS_70-bucket-policy': {
    anybody: addStatement('vault-policy', ANYBODY),
    'anybody, as an account': addStatement('vault-policy', { ...ANYBODY, Principal: { AWS: '*' } }),
    'all but somebody': addStatement('vault-policy', {
      ...{ Effect: 'Allow', NotPrincipal: USER, Action: 's3:GetObject', Resource: OBJECTS },
    }),
    'a lockout': addStatement('vault-policy', {
      ...{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: OBJECTS },
    }),
    'a whole service': addStatement('vault-policy', {
      ...ANYBODY,
      Principal: USER,
      Action: 's3:*',
    }),
    'logs of any account': statement('vault-access-log-policy', 'S3WritesIt', (it) => {
      delete it.Condition;
    }),
  },
  'CKV2_AWS_61-bucket-lifecycle': { none: gone('vault-access-log-lifecycle') },
  'CKV_AWS_300-bucket-uploads': {
    'unfinished uploads that stay': change('vault-lifecycle', (props) => {
      props.rules = props.rules.filter((rule: { id: string }) => !rule.id.startsWith('abort'));
    }),
  },
  'CKV_AWS_145-vault-encryption': {
    'a key of S3': change('vault-encryption', ({ rules }) => {
      rules[0].applyServerSideEncryptionByDefault.sseAlgorithm = 'AES256';
    }),
    "somebody else's key": depend('vault-encryption', 'rules'),
    'no bucket key': change('vault-encryption', ({ rules }) => {
      rules[0].bucketKeyEnabled = false;
    }),
  },
  'CKV_AWS_21-vault-versions': {
    suspended: set('vault-versioning', 'versioningConfiguration', { status: 'Suspended' }),
    'none in the copy': gone('replica-vault-versioning'),
  },
  'CKV_AWS_143-vault-lock': {
    'a day': change('vault-lock', ({ rule }) => {
      rule.defaultRetention.days = 1;
    }),
    'no default': gone('vault-lock'),
    'no lock': set('vault-bucket', 'objectLockEnabled', false),
  },
  'CKV_AWS_18-vault-access-log': { 'no log': depend('vault-logging', 'bucket') },
  'CKV2_AWS_62-vault-events': { silent: set('vault-events', 'eventbridge', false) },
  'own-vault-callers-keys': {
    'no denial': statement('vault-policy', 'KeysOfTheCaller'),
    'another condition': statement('vault-policy', 'KeysOfTheCaller', (it) => {
      it.Condition.Null = { [`${isEncrypted}-customer-algorithm`]: 'true' };
    }),
    'not in the copy': statement('replica-vault-policy', 'KeysOfTheCaller'),
  },
  'own-vault-other-keys': {
    'another key': statement('vault-policy', 'OtherKeys'),
    'no encryption': statement('vault-policy', 'NoEncryption'),
    'the key of another': statement('vault-policy', 'OtherKeys', ({ Condition }) => {
      Condition.StringNotEquals[`${isEncrypted}-aws-kms-key-id`] = 'arn:aws:kms:::key/other';
    }),
  },
  'own-vault-write-once': {
    'no denial': statement('vault-policy', 'WriteOnce'),
    'an exception for data': statement('vault-policy', 'WriteOnce', ({ NotResource }) =>
      NotResource.push(OBJECTS),
    ),
    'a condition that is never met': statement('vault-policy', 'WriteOnce', ({ Condition }) => {
      Condition.Bool['aws:SecureTransport'] = 'false';
    }),
  },
  'own-retention-tagged-alone': {
    'everything expires': lifecycle(0, (rule) => {
      rule.filter = {};
    }),
    'a folder expires': lifecycle(0, (rule) => {
      rule.filter = { prefix: 'app/daily/' };
    }),
    'what is replaced expires': lifecycle(2, (rule) => {
      rule.expiration = { days: 1 };
    }),
    'former versions of everything': lifecycle(3, (rule) => {
      rule.noncurrentVersionExpiration = { noncurrentDays: 30 };
    }),
  },
  'own-retention-undo': {
    'a day to bring it back': lifecycle(1, (rule) => {
      rule.noncurrentVersionExpiration = { noncurrentDays: 1 };
    }),
  },
  'own-retention-minimum': {
    'none has to be VERIFIED': retention((kept) => {
      kept.daily = { keepDays: 30, keepMin: 0 };
    }),
    'a day': retention((kept) => {
      kept.weekly = { keepDays: 1, keepMin: 3 };
    }),
    'nothing said': retention((kept) => {
      delete kept.manual;
    }),
  },
  'own-retention-replica': {
    'deletions are copied': change('replica-replication', ({ rules }) => {
      rules[0].deleteMarkerReplication.status = 'Enabled';
    }),
    'only a folder': change('replica-replication', ({ rules }) => {
      rules[0].filter = { prefix: 'app/' };
    }),
  },
  'own-retention-no-force': {
    'a bucket with what is in it': set('vault-bucket', 'forceDestroy', true),
    'a secret at once': set('database-url-secret', 'recoveryWindowInDays', 0),
    'a key that locks out': set('encryption-key', 'bypassPolicyLockoutSafetyCheck', true),
  },
  'own-retention-protected': {
    'the vault': unprotect('vault-bucket'),
    'the log': unprotect('vault-access-log'),
    'the key': unprotect('encryption-key'),
  },
  'CKV_AWS_7-key-rotation': { never: set('encryption-key', 'enableKeyRotation', false) },
  'CKV_AWS_33-key-principals': {
    anybody: addStatement('encryption-key', { ...ANYBODY, Action: 'kms:Decrypt', Resource: '*' }),
  },
  'CKV2_AWS_64-key-way-in': {
    'a lockout': statement('encryption-key', 'Account'),
    'a condition': statement('encryption-key', 'Account', (it) => {
      it.Condition = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
    }),
    disabled: set('encryption-key', 'isEnabled', false),
    'no policy of its own': set('replica-encryption-key', 'policy', undefined),
  },
  'KMS.3-key-deletion': { 'a week': set('encryption-key', 'deletionWindowInDays', 7) },
  'own-key-mfa': {
    'no denial': statement('encryption-key', 'TakenAwayWithMfaAlone'),
    'of deletion alone': statement('encryption-key', 'TakenAwayWithMfaAlone', (it) => {
      it.Action = 'kms:ScheduleKeyDeletion';
    }),
    'of sessions that know of MFA': statement('encryption-key', 'TakenAwayWithMfaAlone', (it) => {
      it.Condition = { Bool: it.Condition.BoolIfExists };
    }),
    'not of the copy': statement('replica-encryption-key', 'TakenAwayWithMfaAlone'),
  },
  'own-key-services': {
    'alarms of any account': statement('encryption-key', 'Alarms', (it) => {
      delete it.Condition;
    }),
    'alarms of any account, in other words': statement('encryption-key', 'Alarms', (it) => {
      it.Condition = { StringLike: { 'aws:SourceAccount': '*' } };
    }),
    'alarms of other accounts': statement('encryption-key', 'Alarms', (it) => {
      it.Condition = { StringNotEquals: it.Condition.StringEquals };
    }),
    'another service that does not say for whom': statement('encryption-key', 'Events', (it) => {
      it.Principal.Service = ['events.amazonaws.com', 'sns.amazonaws.com'];
    }),
    'logs of any account': statement('encryption-key', 'Logs', (it) => {
      delete it.Condition;
    }),
  },
  'own-key-alarms': {
    'no alarms': statement('encryption-key', 'Alarms'),
    'half of it': statement('encryption-key', 'Alarms', (it) => {
      it.Action = 'kms:Decrypt';
    }),
  },
};
