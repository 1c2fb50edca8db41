import type { PolicyResource } from '@pulumi/policy';
import { allowsPattern, confusable, denies, isPublic, locksOut, PLAIN_HTTP } from '../documents';
import { aws, naming, ofType } from '../resources';
import { type About, onEach, type Props, type Rule, together, unless } from '../rule';

const BUCKET = aws('s3', 'Bucket');

/** What is declared about a bucket, by the name of its type. */
type Part = (name: string) => Props | undefined;

/** A rule on every bucket, the log's own too. */
function onBuckets(about: About, problems: (part: Part, bucket: PolicyResource) => string[]): Rule {
  return together(about, ofType(BUCKET), (bucket, all) => problems(partsOf(bucket, all), bucket));
}

export function partsOf(bucket: PolicyResource, all: PolicyResource[]): Part {
  return (name) => naming(all, aws('s3', name), 'bucket', bucket)[0]?.props;
}

const FLAGS = ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'];

const PUBLIC_ACCESS = onBuckets(
  {
    name: 'bucket-public-access',
    asks: 'Every bucket blocks public access in all four ways.',
    ids: [
      ...['CKV_AWS_53', 'CKV_AWS_54', 'CKV_AWS_55', 'CKV_AWS_56', 'CKV2_AWS_6'],
      ...['AVD-AWS-0086', 'AVD-AWS-0087', 'AVD-AWS-0091', 'AVD-AWS-0093', 'AVD-AWS-0094'],
      ...['AwsSolutions-S2', 'S3.1', 'S3.8', 's3_bucket_level_public_access_block'],
    ],
  },
  (part) => {
    const block = part('BucketPublicAccessBlock');
    const open = FLAGS.filter((flag) => block?.[flag] !== true);
    return unless(open.length === 0, `is not private: set ${open.join(', ')} to true.`);
  },
);

const ACCESS_LISTS = onBuckets(
  {
    name: 'bucket-access-lists',
    asks: 'No bucket has access lists: policies alone decide.',
    ids: [
      ...['CKV_AWS_20', 'CKV_AWS_57', 'AVD-AWS-0092', 'W31', 'F14'],
      ...['S3.2', 'S3.3', 'S3.12', 's3_bucket_acl_prohibited'],
    ],
  },
  (part, { props }) => {
    const off = part('BucketOwnershipControls')?.rule?.objectOwnership === 'BucketOwnerEnforced';
    const problem = 'has access lists: set its ownership to BucketOwnerEnforced, and no ACL.';
    return unless(off && !props.acl && !part('BucketAcl'), problem);
  },
);

const TLS = onBuckets(
  {
    name: 'bucket-tls',
    asks: 'Every bucket denies requests without TLS.',
    ids: ['AwsSolutions-S10', 'S3.5', 's3_bucket_secure_transport_policy'],
  },
  (part, { props }) => {
    const policy = part('BucketPolicy')?.policy;
    const both = [props.arn, `${props.arn}/*`];
    const denied = both.every((on) =>
      denies(policy, { action: 's3:*', on, condition: PLAIN_HTTP }),
    );
    return unless(
      denied,
      'can be reached without TLS: deny s3:* where aws:SecureTransport is false.',
    );
  },
);

const POLICY = onBuckets(
  {
    name: 'bucket-policy',
    asks: 'No bucket policy lets anybody in, allows whole services, serves other accounts, or locks its own out.',
    ids: [
      ...[
        'CKV_AWS_70',
        'F15',
        'F16',
        'F9',
        'W20',
        'S3.6',
        'CKV_AWS_93',
        's3_bucket_cross_account_access',
      ],
    ],
  },
  (part) => {
    const policy = part('BucketPolicy')?.policy;
    return [
      ...unless(!isPublic(policy), 'lets anybody in: name the principal.'),
      ...unless(!locksOut(policy), 'denies without a condition: nobody could mend it.'),
      ...unless(!allowsPattern(policy), 'allows a whole service: name the actions.'),
      ...unless(
        confusable(policy).length === 0,
        'lets a service in for any account: add aws:SourceAccount.',
      ),
    ];
  },
);

const LIFECYCLE = onBuckets(
  {
    name: 'bucket-lifecycle',
    asks: 'Every bucket has a lifecycle.',
    ids: ['CKV2_AWS_61', 'S3.10', 'S3.13'],
  },
  (part) => unless(Boolean(part('BucketLifecycleConfiguration')), 'has no lifecycle.'),
);

const UPLOADS = onEach(
  {
    name: 'bucket-uploads',
    asks: 'Every lifecycle ends incomplete uploads within a week.',
    ids: ['CKV_AWS_300'],
  },
  [aws('s3', 'BucketLifecycleConfiguration')],
  ({ rules }) => {
    const ends = (rules as Props[]).some(
      ({ status, filter, abortIncompleteMultipartUpload: abort }) =>
        status === 'Enabled' && !filter?.prefix && !filter?.tag && abort?.daysAfterInitiation <= 7,
    );
    return unless(ends, 'keeps incomplete uploads: add a rule that ends them.');
  },
);

export const BUCKET_RULES = [PUBLIC_ACCESS, ACCESS_LISTS, TLS, POLICY, LIFECYCLE, UPLOADS];
