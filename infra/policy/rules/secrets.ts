import { aws, hasOurKey, naming, ofType } from '../resources';
import { onEach, type Rule, together, unless } from '../rule';

const SECRET = aws('secretsmanager', 'Secret');

const ENCRYPTION = together(
  {
    name: 'secret-encryption',
    asks: 'Every secret is encrypted with a key of the stack.',
    ids: ['CKV_AWS_149', 'W77', 'AVD-AWS-0098'],
  },
  ofType(SECRET),
  (secret) => unless(hasOurKey(secret, 'kmsKeyId'), 'is not encrypted with a key of the stack.'),
);

const PRIVATE = onEach(
  {
    name: 'secret-policy',
    asks: 'No secret has a policy: who reads it stands in the roles.',
    ids: ['secretsmanager_not_publicly_accessible'],
  },
  [SECRET, aws('secretsmanager', 'SecretPolicy')],
  ({ policy }) => unless(!policy, 'lets others read a secret: take the policy away.'),
);

const USED = together(
  {
    name: 'secret-used',
    asks: 'Every secret is read by a role.',
    ids: ['SecretsManager.3'],
  },
  ofType(SECRET),
  (secret, all) => {
    const readers = naming(all, aws('iam', 'RolePolicy'), 'policy', secret);
    return unless(readers.length > 0, 'is read by nobody: take it away.');
  },
);

export const SECRET_RULES: Rule[] = [ENCRYPTION, PRIVATE, USED];
