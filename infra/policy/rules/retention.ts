import { KINDS } from '../../../contract/keys';
import { SETTINGS_VARIABLE } from '../../../contract/settings';
import { REPLACED_TAG, RETIRED_TAGS, TAG_VALUE } from '../../../contract/tags';
import { aws, naming } from '../resources';
import { onEach, type Props, type Rule, together, unless } from '../rule';
import { vaultsOf } from './vault';

const LIFECYCLE = aws('s3', 'BucketLifecycleConfiguration');

/** A week to see that something is wrong. */
const LEAST_DAYS = 7;

const TAGGED_ALONE = together(
  {
    name: 'retention-tagged-alone',
    asks: 'In a vault only what is tagged as given up ever expires, and former versions of what is replaced.',
  },
  vaultsOf,
  (vault, all) =>
    naming(all, LIFECYCLE, 'bucket', vault)
      .flatMap(({ props }) => props.rules as Props[])
      .filter(expiresMore)
      .map(
        ({ id }) =>
          `loses what nobody has given up, by its lifecycle rule ${id}: filter it by tag.`,
      ),
);

/** What comes out of a provider may hold an empty setting where none went in. */
function expiresMore({ filter, expiration, noncurrentVersionExpiration: former }: Props): boolean {
  const current = expiration?.days > 0 || Boolean(expiration?.date);
  if (!current && !(former?.noncurrentDays > 0)) return false;
  const { key, value } = filter?.tag ?? {};
  const tags: readonly string[] = current ? RETIRED_TAGS : [...RETIRED_TAGS, REPLACED_TAG];
  return !tags.includes(key) || value !== TAG_VALUE;
}

const UNDO = together(
  {
    name: 'retention-undo',
    asks: `What expired in a vault can be brought back for ${LEAST_DAYS} days at least.`,
  },
  vaultsOf,
  (vault, all) =>
    naming(all, LIFECYCLE, 'bucket', vault)
      .flatMap(({ props }) => props.rules as Props[])
      .filter(
        ({ noncurrentVersionExpiration: gone }) =>
          gone?.noncurrentDays > 0 && gone.noncurrentDays < LEAST_DAYS,
      )
      .map(
        ({ id }) =>
          `loses former versions too early, by its rule ${id}: raise undoDays to ${LEAST_DAYS}.`,
      ),
);

const MINIMUM = onEach(
  {
    name: 'retention-minimum',
    asks: `The functions keep every kind of backup for ${LEAST_DAYS} days at least, and never let the last VERIFIED one go.`,
  },
  [aws('lambda', 'Function')],
  ({ environment }) => {
    const text = environment?.variables?.[SETTINGS_VARIABLE];
    const kept = text && JSON.parse(text).retention;
    const few = KINDS.filter(
      (kind) => !(kept?.[kind]?.keepDays >= LEAST_DAYS && kept[kind].keepMin >= 1),
    );
    return unless(!text || few.length === 0, `keeps too few backups of ${few.join(', ')}.`);
  },
);

const REPLICA = onEach(
  {
    name: 'retention-replica',
    asks: 'A second vault gets every object, and loses none when the first does.',
  },
  [aws('s3', 'BucketReplicationConfig')],
  ({ rules }) => {
    const keeps = (rules as Props[]).every(
      ({ status, filter, deleteMarkerReplication }) =>
        status === 'Enabled' &&
        !filter?.prefix &&
        !filter?.tag?.key &&
        deleteMarkerReplication?.status === 'Disabled',
    );
    return unless(keeps, 'copies deletions, or not everything.');
  },
);

/** What makes a deletion go further than it looks, whatever the resource. */
const NO_WAY_BACK: Props = {
  forceDestroy: true,
  forceDelete: true,
  recoveryWindowInDays: 0,
  bypassPolicyLockoutSafetyCheck: true,
};

const FORCE = onEach(
  {
    name: 'retention-no-force',
    asks: 'Nothing is deleted with what is in it, without a time to think, or past a safety check.',
  },
  [],
  (props) =>
    Object.entries(NO_WAY_BACK)
      .filter(([name, value]) => props[name] === value)
      .map(([name, value]) => `has ${name} set to ${value}: take it away.`),
);

const PROTECTED = onEach(
  {
    name: 'retention-protected',
    asks: 'What holds data, and the keys to it, is protected from being deleted by Pulumi.',
  },
  [aws('s3', 'Bucket'), aws('kms', 'Key')],
  (_, { opts }) => unless(opts.protect, 'is not protected: set protect.'),
);

export const RETENTION_RULES: Rule[] = [
  ...[TAGGED_ALONE, UNDO, MINIMUM, REPLICA, FORCE, PROTECTED],
];
