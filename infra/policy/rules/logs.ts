import { aws, hasOurKey, ofType } from '../resources';
import { onEach, type Rule, together, unless } from '../rule';

const LOG = aws('cloudwatch', 'LogGroup');

const ENCRYPTION = together(
  {
    name: 'log-encryption',
    asks: 'Every log is encrypted with a key of the stack.',
    ids: ['CKV_AWS_158', 'AVD-AWS-0017', 'W84', 'CT.CLOUDWATCH.PR.3'],
  },
  ofType(LOG),
  (log) => unless(hasOurKey(log, 'kmsKeyId'), 'is not encrypted with a key of the stack.'),
);

const RETENTION = onEach(
  {
    name: 'log-retention',
    asks: 'Every log is kept for a year at least.',
    ids: ['CKV_AWS_66', 'CKV_AWS_338', 'W86', 'CT.CLOUDWATCH.PR.2'],
  },
  [LOG],
  ({ retentionInDays }) =>
    unless(
      retentionInDays >= 365,
      'is kept for less than a year, or for ever: set logDays to 365.',
    ),
);

export const LOG_RULES: Rule[] = [ENCRYPTION, RETENTION];
