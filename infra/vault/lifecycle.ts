import type * as aws from '@pulumi/aws';
import { REPLACED_TAG, RETIRED_TAGS, TAG_VALUE } from '../../contract/tags';

type Rule = aws.types.input.s3.BucketLifecycleConfigurationRule;

export interface LifecycleArgs {
  /** Days that a retired object can still be brought back after it expired. */
  readonly undoDays: number;
  /** Days until large files go to Glacier Instant Retrieval; 0: never. */
  readonly coldAfterDays: number;
}

/** Below this, the cold class costs more than it saves: it counts each object as 128 KiB. */
const WORTH_COOLING = 1024 * 1024;

/** What S3 deletes by itself: what is tagged as given up, and nothing else. */
export function lifecycleRules({ undoDays, coldAfterDays }: LifecycleArgs): Rule[] {
  return [
    ...RETIRED_TAGS.map((tag) => expiry(tag, undoDays)),
    formerVersions(undoDays),
    UNFINISHED,
    ...(coldAfterDays > 0 ? [cooling(coldAfterDays)] : []),
  ];
}

function expiry(tag: string, undoDays: number): Rule {
  return {
    id: `expire-${tag}`,
    status: 'Enabled',
    filter: { tag: { key: tag, value: TAG_VALUE } },
    expiration: { days: 1 },
    noncurrentVersionExpiration: { noncurrentDays: undoDays },
  };
}

/** Verdicts, pointers and slots are replaced all the time; data never is. */
function formerVersions(undoDays: number): Rule {
  return {
    id: 'expire-former-versions',
    status: 'Enabled',
    filter: { tag: { key: REPLACED_TAG, value: TAG_VALUE } },
    noncurrentVersionExpiration: { noncurrentDays: undoDays },
  };
}

const UNFINISHED: Rule = {
  id: 'abort-unfinished-uploads',
  status: 'Enabled',
  filter: {},
  abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
};

function cooling(days: number): Rule {
  return {
    id: 'cool-large-files',
    status: 'Enabled',
    filter: { objectSizeGreaterThan: WORTH_COOLING },
    transitions: [{ days, storageClass: 'GLACIER_IR' }],
  };
}
