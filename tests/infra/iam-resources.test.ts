import { WATCH_KEY } from '../../contract/keys';
import { ACCOUNT, mockCloud, runProgram } from './graph';
import { type Case, given, refused, unnoticedIn, wrongIn } from './iam/cases';
import { arnOf, resourcePolicyOf } from './iam/policies';
import * as on from './iam/requests';
import { administrator, type Caller, type Request } from './iam/simulate';

const ANOTHER_ACCOUNT = '999988887777';
const OURS = { 'aws:SourceAccount': ACCOUNT };
const THEIRS = { 'aws:SourceAccount': ANOTHER_ACCOUNT };

beforeAll(async () => {
  await mockCloud();
  await runProgram();
});

const service = (principal: string): Caller => ({ principal });

/** A request, with more in its context. */
const but = (request: Request | undefined, context: Record<string, string> = {}): Request => ({
  ...(request as Request),
  context: { ...request?.context, ...context },
});

const [MFA, NO_MFA] = ['true', 'false'].map((value) => ({ 'aws:MultiFactorAuthPresent': value }));
const PLAIN_HTTP = { 'aws:SecureTransport': 'false' };
const WHOLE = { 's3:ObjectCreationOperation': 'true' };
const sse = (name: string, value: string) => ({
  [`s3:x-amz-server-side-encryption${name}`]: value,
});

const POLICIES: Record<string, () => Case[]> = {
  'vault-bucket': () => {
    const all = administrator();
    const [[read], [list]] = [on.read(on.ARCHIVE), on.list()];
    const [[create], [swap]] = [on.create(on.ARCHIVE), on.create(on.SLOT)];
    const put = (key: string, context = {}) => on.ask('s3:PutObject', on.object(key), context);
    const vault = (action: string) => on.ask(action, arnOf('vault-bucket'));
    return [
      given(all, 'reading', but(read)),
      refused(all, 'reading over plain HTTP', but(read, PLAIN_HTTP)),
      refused(all, 'listing over plain HTTP', but(list, PLAIN_HTTP)),
      refused(administrator(ANOTHER_ACCOUNT), 'reading from another account', but(read)),

      given(all, "writing with the bucket's own encryption", but(create)),
      given(
        all,
        'writing with our key',
        but(create, { ...sse('', 'aws:kms'), ...sse('-aws-kms-key-id', arnOf('encryption-key')) }),
      ),
      refused(
        all,
        'writing with a key of the caller',
        but(create, sse('-customer-algorithm', 'AES256')),
      ),
      refused(
        all,
        'the same to what may be replaced',
        but(swap, sse('-customer-algorithm', 'AES256')),
      ),
      refused(all, 'writing with a key of S3', but(create, sse('', 'AES256'))),
      refused(
        all,
        'writing with another key',
        but(create, { ...sse('', 'aws:kms'), ...sse('-aws-kms-key-id', on.ANOTHER_KEY) }),
      ),

      ...on.DATA.map((key) => refused(all, `writing over ${key}`, put(key, WHOLE))),
      ...[on.SLOT, on.POINTER, on.VERDICT, WATCH_KEY].map((key) =>
        given(all, `writing over ${key}`, put(key, { ...WHOLE, 's3:if-match': 'etag' })),
      ),
      given(
        all,
        'sending a part of an upload',
        put(on.ARCHIVE, { 's3:ObjectCreationOperation': 'false' }),
      ),

      given(all, 'an administrator changing the policy', vault('s3:PutBucketPolicy')),
      given(all, 'an administrator removing the policy', vault('s3:DeleteBucketPolicy')),
    ];
  },

  'vault-access-log': () => {
    const line = on.ask('s3:PutObject', `${arnOf('vault-access-log')}/access/line`);
    const list = on.ask('s3:ListBucket', arnOf('vault-access-log'));
    const s3 = service('logging.s3.amazonaws.com');
    const vault = { 'aws:SourceArn': arnOf('vault-bucket') };
    return [
      given(s3, 'S3 logging of the vault', but(line, { ...OURS, ...vault })),
      refused(
        s3,
        'S3 logging of another bucket',
        but(line, { ...OURS, 'aws:SourceArn': 'arn:aws:s3:::another-bucket' }),
      ),
      refused(s3, 'S3 logging for another account', but(line, { ...THEIRS, ...vault })),
      refused(service('s3.amazonaws.com'), 'another service', but(line, { ...OURS, ...vault })),
      given(administrator(), 'reading', list),
      refused(administrator(), 'writing over plain HTTP', but(line, PLAIN_HTTP)),
      refused(administrator(), 'listing over plain HTTP', but(list, PLAIN_HTTP)),
    ];
  },

  'encryption-key': () => {
    const key = arnOf('encryption-key');
    const use = (action: string, context = {}) => on.ask(`kms:${action}`, key, context);
    const [alarms, events] = [service('cloudwatch.amazonaws.com'), service('events.amazonaws.com')];
    const logs = service('logs.eu-central-1.amazonaws.com');
    const log = (account: string) => ({
      'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:eu-central-1:${account}:log-group:backup-log`,
    });
    return [
      ...['Decrypt', 'GenerateDataKey'].flatMap((action) => [
        given(alarms, `alarms: ${action}`, use(action, OURS)),
        refused(alarms, `alarms of another account: ${action}`, use(action, THEIRS)),
        refused(alarms, `alarms of nobody: ${action}`, use(action)),
        // It says neither for whom nor for what.
        given(events, `events: ${action}`, use(action)),
        refused(service('ec2.amazonaws.com'), `another service: ${action}`, use(action, OURS)),
      ]),
      ...['Decrypt', 'GenerateDataKey', 'Encrypt', 'ReEncryptFrom', 'DescribeKey'].flatMap(
        (action) => [
          given(logs, `logs: ${action}`, use(action, log(ACCOUNT))),
          refused(logs, `logs of another account: ${action}`, use(action, log(ANOTHER_ACCOUNT))),
          refused(logs, `logs of nobody: ${action}`, use(action)),
        ],
      ),
      ...['DisableKey', 'ScheduleKeyDeletion'].flatMap((action) => [
        given(administrator(), `an administrator with MFA: ${action}`, use(action, MFA)),
        refused(administrator(), `an administrator without MFA: ${action}`, use(action, NO_MFA)),
        refused(administrator(), `a key that knows no MFA: ${action}`, use(action)),
        refused(logs, `logs: ${action}`, use(action, MFA)),
      ]),
      given(administrator(), 'an administrator changing the policy', use('PutKeyPolicy')),
      refused(administrator(ANOTHER_ACCOUNT), 'another account decrypting', use('Decrypt')),
      refused({ principal: administrator().principal }, 'whom IAM gives nothing', use('Decrypt')),
    ];
  },

  'notices-topic': () => {
    const send = on.ask('sns:Publish', arnOf('notices-topic'));
    return toldBy(service('cloudwatch.amazonaws.com'), send, OURS, THEIRS);
  },

  'dead-letters-queue': () => {
    const send = on.ask('sqs:SendMessage', arnOf('dead-letters-queue'));
    const rule = arnOf('verification-rule');
    const by = (source: string) => ({ 'aws:SourceArn': source });
    const theirs = by(rule.replace(ACCOUNT, ANOTHER_ACCOUNT));
    const events = service('events.amazonaws.com');
    return [
      ...toldBy(events, send, by(rule), theirs),
      refused(events, 'for what is no rule', but(send, by(rule.replace('rule/', 'archive/')))),
      refused(events, 'for a rule elsewhere', but(send, by(rule.replace('central', 'west')))),
    ];
  },
};

type Context = Record<string, string>;

/** A service of AWS may send, for this account and over TLS. */
function toldBy(sender: Caller, send: Request, ours: Context, theirs: Context): Case[] {
  return [
    given(sender, 'for this account', but(send, ours)),
    refused(sender, 'for another account', but(send, theirs)),
    refused(sender, 'for nobody', send),
    refused(service('ec2.amazonaws.com'), 'another service', but(send, ours)),
    given(administrator(), 'somebody of this account', send),
    refused(administrator(), 'over plain HTTP', but(send, PLAIN_HTTP)),
    refused(administrator(ANOTHER_ACCOUNT), 'somebody of another account', send),
  ];
}

describe.each(Object.entries(POLICIES))('the policy of %s', (name, cases) => {
  it('gives what it should, and nothing else', async () => {
    expect(await wrongIn(cases())).toEqual([]);
  });

  it('has no statement, action, resource, principal or condition too many', async () => {
    const policy = resourcePolicyOf(arnOf(name));

    expect(policy && (await unnoticedIn(policy, 'ofResource', cases()))).toEqual([]);
  });
});
