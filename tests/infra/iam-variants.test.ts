import { CANARY, mockCloud, runProgram } from './graph';
import { given, refused, unnoticedIn, wrongIn } from './iam/cases';
import { arnOf, policyOf, roles, trustOf } from './iam/policies';
import * as on from './iam/requests';
import { administrator, role } from './iam/simulate';

describe('a database of Neon', () => {
  beforeAll(async () => {
    await mockCloud();
    await runProgram({
      'neon-backup:databaseUrl': undefined,
      'neon-backup:neonApiKey': `napi_${CANARY}`,
      'neon-backup:neonProjectId': 'calm-sea-12345678',
    });
  });

  it('has a key that only the backup function may read', async () => {
    const wrong: string[] = [];
    for (const name of roles())
      for (const request of on.readSecret('neon-api-key-secret')) {
        const allowed = name === 'backup';
        wrong.push(...(await wrongIn([{ what: name, caller: role(name), request, allowed }])));
      }
    expect(wrong).toEqual([]);
  });
});

describe('a second vault', () => {
  const REGION = 'eu-west-1';
  const COPY = 'arn:aws:s3:::replica-vault-bucket';
  const s3 = { principal: 's3.amazonaws.com' };

  beforeAll(async () => {
    await mockCloud();
    await runProgram({ 'neon-backup:replicaRegion': REGION });
  });

  it('is filled by S3, with a role that can do nothing else', async () => {
    const caller = role('replica');
    const [vault, key, copied] = ['vault-bucket', 'encryption-key', 'replica-encryption-key'].map(
      arnOf,
    );
    const reading = { 'aws:s3:arn': vault as string };
    const writing = { 'aws:s3:arn': COPY };
    const versions = [
      ...['GetObjectVersionForReplication', 'GetObjectVersionAcl', 'GetObjectVersionTagging'],
      ...['GetObjectRetention', 'GetObjectLegalHold'],
    ];
    const cases = [
      ...['GetReplicationConfiguration', 'ListBucket'].map((action) =>
        given(caller, action, on.ask(`s3:${action}`, vault as string)),
      ),
      ...on.KEYS.flatMap((file) => [
        ...versions.map((action) => given(caller, action, on.ask(`s3:${action}`, on.object(file)))),
        ...['ReplicateObject', 'ReplicateTags'].flatMap((action) => [
          given(caller, action, on.ask(`s3:${action}`, `${COPY}/${file}`)),
          refused(
            caller,
            `${action} into the vault itself`,
            on.ask(`s3:${action}`, on.object(file)),
          ),
        ]),
        ...['ReplicateDelete', 'DeleteObjectVersion', 'PutObject', 'GetObject'].map((action) =>
          refused(caller, action, on.ask(`s3:${action}`, `${COPY}/${file}`)),
        ),
      ]),
      given(caller, 'reading with the key', on.useKey('kms:Decrypt', 's3', reading)),
      refused(caller, 'the same for another service', on.useKey('kms:Decrypt', 'ec2', reading)),
      refused(caller, 'the copy with the key', on.useKey('kms:Decrypt', 's3', writing, copied)),
      ...['kms:Encrypt', 'kms:GenerateDataKey'].flatMap((action) => [
        given(caller, action, on.useKey(action, 's3', writing, copied, REGION)),
        refused(caller, `${action} elsewhere`, on.useKey(action, 's3', writing, copied)),
        refused(caller, `${action} with the first key`, on.useKey(action, 's3', reading, key)),
      ]),
    ];

    expect(await wrongIn(cases)).toEqual([]);
    expect(await unnoticedIn(policyOf('replica'), 'own', cases)).toEqual([]);
  });

  it('is filled by S3 on behalf of this account alone', async () => {
    const ask = (account?: string) =>
      on.ask(
        'sts:AssumeRole',
        arnOf('replica-role'),
        account ? { 'aws:SourceAccount': account } : {},
      );
    const cases = [
      given(s3, 'for this account', ask('111122223333')),
      refused(s3, 'for another account', ask('999988887777')),
      refused(s3, 'for nobody', ask()),
      refused({ principal: 'lambda.amazonaws.com' }, 'another service', ask('111122223333')),
      refused(administrator(), 'a person', ask('111122223333')),
    ];

    expect(await wrongIn(cases, { ofResource: trustOf('replica') })).toEqual([]);
    expect(await unnoticedIn(trustOf('replica'), 'ofResource', cases)).toEqual([]);
  });
});
