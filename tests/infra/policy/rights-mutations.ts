import { add, all, allow, copy, depend, type Mutation, set, statement, trust } from './mutate';

const ISSUER = 'token.actions.githubusercontent.com';

const subject = (sub: string) =>
  trust('github-role', ({ Condition }) => {
    Condition.StringEquals[`${ISSUER}:sub`] = sub;
  });

/** Each of these alone would be the end of the vault's promises. */
const FATAL = [
  ...['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:DeleteObjectTagging', 's3:DeleteBucket'],
  ...['s3:PutLifecycleConfiguration', 's3:PutBucketPolicy', 's3:PutBucketVersioning'],
  ...['s3:PutObjectRetention', 's3:PutObjectLegalHold', 's3:BypassGovernanceRetention'],
  ...['s3:PutBucketObjectLockConfiguration', 's3:PutEncryptionConfiguration'],
  ...['s3:PutReplicationConfiguration', 's3:ReplicateDelete'],
];

const RIGHTS = [
  'iam:PassRole',
  'sts:AssumeRole',
  'lambda:UpdateFunctionCode',
  'sns:SetTopicAttributes',
];

const each = (actions: string[], policy: string, sid: string) =>
  Object.fromEntries(actions.map((action) => [action, allow(policy, sid, action)]));

/** How roles and those who take them on can be broken, by the rule that says so. */
export const RIGHTS_MUTATIONS: Record<string, Record<string, Mutation>> = {
  'CKV_AWS_62-role-wildcards': {
    'a group of actions': allow('backup-policy', 'ReadBackups', 's3:Get*'),
    'every resource': statement('backup-policy', 'ReadBackups', (it) => {
      it.Resource = '*';
    }),
    'every bucket': statement('backup-policy', 'ReadBackups', (it) => {
      it.Resource = 'arn:aws:s3:::*';
    }),
    'every secret': statement('backup-policy', 'ReadDatabaseUrl', (it) => {
      it.Resource = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:*';
    }),
    'all but some actions': statement('backup-policy', 'ReadBackups', (it) => {
      it.NotAction = it.Action;
      delete it.Action;
    }),
    'all but some resources': statement('backup-policy', 'ReadBackups', (it) => {
      it.NotResource = it.Resource;
      delete it.Resource;
    }),
  },
  'own-role-deletes-nothing': {
    ...each(FATAL, 'verify-policy', 'ReadBackups'),
    ...each(['kms:ScheduleKeyDeletion', 'kms:DisableKey'], 'watch-policy', 'ReadEncrypted'),
    ...each(['sqs:PurgeQueue', 'sqs:DeleteMessage'], 'status-policy', 'SendDeadLetters'),
    ...each(['logs:DeleteLogStream'], 'drill-policy', 'WriteLog'),
  },
  'CKV_AWS_286-role-escalation': {
    ...each(RIGHTS, 'backup-policy', 'SendNotices'),
    ...each(['kms:CreateGrant', 'kms:PutKeyPolicy'], 'backup-policy', 'ReadEncrypted'),
    ...each(['secretsmanager:PutSecretValue'], 'backup-policy', 'ReadDatabaseUrl'),
  },
  'own-role-key-by-service': {
    'by itself': statement('backup-policy', 'ReadEncrypted', (it) => {
      delete it.Condition;
    }),
  },
  'own-role-tags': {
    'a version': allow('verify-policy', 'ReadBackups', 's3:PutObjectVersionTagging'),
    'any tag': statement('verify-policy', 'RetireBackups', (it) => {
      delete it.Condition;
    }),
    'one more': statement('verify-policy', 'RetireBackups', ({ Condition }) =>
      Condition['ForAllValues:StringEquals']['s3:RequestObjectTagKeys'].push('keep'),
    ),
    'another value': statement('verify-policy', 'RetireBackups', ({ Condition }) => {
      Condition.StringEquals['s3:RequestObjectTag/superseded'] = 'false';
    }),
  },
  'CKV_AWS_274-role-inline': {
    'a managed policy': add('aws:iam/rolePolicyAttachment:RolePolicyAttachment', {
      policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    }),
    'one within the role': set('backup-role', 'managedPolicyArns', ['arn:aws:iam::aws:policy/X']),
    'a user': add('aws:iam/user:User', {}),
    'a key that never ends': add('aws:iam/accessKey:AccessKey', { user: 'ops' }),
  },
  'CKV_AWS_60-trust-specific': {
    anybody: trust('restore-role', (it) => {
      it.Principal = '*';
    }),
    'any account': trust('restore-role', (it) => {
      it.Principal = { AWS: '*' };
    }),
  },
  'iam_role_cross_service_confused_deputy_prevention-trust-confused-deputy': {
    'a machine of any account': trust('replica-role', (it) => {
      it.Principal = { Service: 'ec2.amazonaws.com' };
    }),
  },
  'own-trust-mfa': {
    'one factor': trust('restore-role', (it) => {
      delete it.Condition;
    }),
    'two factors, if any': trust('restore-role', (it) => {
      it.Condition = { BoolIfExists: it.Condition.Bool };
    }),
  },
  'own-trust-people-read': {
    writes: allow('restore-policy', 'ReadBackups', 's3:PutObject'),
    calls: allow('restore-policy', 'ReadBackups', 'lambda:InvokeFunction'),
  },
  'CKV_AWS_393-trust-github': {
    'every repository of the owner': subject('repo:circuitiq/*'),
    'every job': subject('repo:circuitiq/app:*'),
    'pull requests': subject('repo:circuitiq/app:pull_request'),
    'patterns allowed': trust('github-role', (it) => {
      it.Condition = { StringLike: it.Condition.StringEquals };
    }),
    'any audience': trust('github-role', ({ Condition }) => {
      delete Condition.StringEquals[`${ISSUER}:aud`];
    }),
  },
  'own-trust-github-calls': {
    reads: allow('github-policy', 'StartBackupAndReadVerdict', 's3:GetObject'),
    decrypts: statement('github-policy', 'StartBackupAndReadVerdict', ({ Action }) =>
      Action.push('s3:ListBucket'),
    ),
  },
  'own-trust-own-role': {
    'one for two': all(
      depend('verify-function', 'role', 'backup-role'),
      depend('verify-function', 'loggingConfig', 'backup-log'),
    ),
  },
  'CKV_AWS_149-secret-encryption': { "AWS's key": depend('webhook-url-secret', 'kmsKeyId') },
  'secretsmanager_not_publicly_accessible-secret-policy': {
    'a policy': add('aws:secretsmanager/secretPolicy:SecretPolicy', { policy: '{}' }),
    'one within': set('database-url-secret', 'policy', '{}'),
  },
  'SecretsManager.3-secret-used': { 'one more': copy('database-url-secret') },
  'own-github-audience': {
    'another audience': set('github-identities', 'clientIdLists', ['https://github.com/circuitiq']),
    'another issuer': set('github-identities', 'url', 'https://gitlab.com'),
  },
  'unredacted-secrets-github-variables': {
    'a URL with a password': set('github-NEON_BACKUP_STORE', 'value', 'postgres://a:b@c/d'),
    "Neon's key": set('github-NEON_BACKUP_STORE', 'value', 'napi_0123456789abcdef'),
  },
};
