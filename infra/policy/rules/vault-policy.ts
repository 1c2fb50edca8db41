import { REPLACEABLE_KEYS } from '../../../contract/keys';
import { denies, statementsOf } from '../documents';
import { unless } from '../rule';
import { onVaults } from './vault';

const SSE = 's3:x-amz-server-side-encryption';

const CALLERS_KEYS = onVaults(
  {
    name: 'vault-callers-keys',
    asks: 'Every vault denies objects that are encrypted with a key of the caller (SSE-C).',
  },
  (part, { props }) =>
    unless(
      denies(part('BucketPolicy')?.policy, {
        action: 's3:PutObject',
        on: `${props.arn}/*`,
        condition: { Null: { [`${SSE}-customer-algorithm`]: 'false' } },
      }),
      'takes objects that only the caller can decrypt: deny SSE-C.',
    ),
);

const OTHER_KEYS = onVaults(
  {
    name: 'vault-other-keys',
    asks: 'Every vault denies objects that are encrypted otherwise than with its own key.',
  },
  (part, { props }) => {
    const policy = part('BucketPolicy')?.policy;
    const key = part('BucketServerSideEncryptionConfiguration')?.rules?.[0]
      ?.applyServerSideEncryptionByDefault?.kmsMasterKeyId;
    const is = { '': 'aws:kms', '-aws-kms-key-id': key };
    const denied = Object.entries(is).every(([header, value]) =>
      denies(policy, {
        action: 's3:PutObject',
        on: `${props.arn}/*`,
        condition: {
          Null: { [`${SSE}${header}`]: 'false' },
          StringNotEquals: { [`${SSE}${header}`]: value },
        },
      }),
    );
    return unless(
      denied,
      'takes objects that are encrypted with another key, or with none of ours.',
    );
  },
);

const ONCE = {
  Null: { 's3:if-none-match': 'true' },
  Bool: { 's3:ObjectCreationOperation': 'true' },
};

const WRITE_ONCE = onVaults(
  {
    name: 'vault-write-once',
    asks: 'Every vault denies a write that could replace data: only verdicts, slots, pointers and the record of the watch may be written again.',
  },
  (part, { props }) => {
    const policy = part('BucketPolicy')?.policy;
    const excepted = statementsOf(policy).flatMap(({ NotResource }) => NotResource);
    const allowed = REPLACEABLE_KEYS.map((key) => `${props.arn}/${key}`);
    const more = excepted.filter((one) => !allowed.includes(one));
    return [
      ...unless(
        denies(policy, { action: 's3:PutObject', condition: ONCE }),
        'lets data be replaced: deny s3:PutObject without If-None-Match.',
      ),
      ...unless(more.length === 0, `lets ${more.join(', ')} be replaced.`),
    ];
  },
);

export const VAULT_POLICY_RULES = [CALLERS_KEYS, OTHER_KEYS, WRITE_ONCE];
