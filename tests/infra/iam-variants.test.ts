import { CANARY, mockCloud, runProgram } from './graph';
import { given, refused, unnoticedIn, wrongIn } from './iam/cases';
import { commandsOf, expectExactly } from './iam/exact';
import { needsOf, otherNeeds, runtimeNeeds } from './iam/needs';
import { arnOf, policyOf, roles, secrets, trustOf } from './iam/policies';
import * as on from './iam/requests';
import { administrator, type Request, role } from './iam/simulate';
import { everything } from './iam/world';

describe('a database of Neon', () => {
  const KEY = 'neon-api-key-secret';
  const needs = () => needsOf(KEY, KEY);
  const needed = (name: 'backup' | 'verify' | 'drill' | 'watch' | 'snapshot') => [
    ...Object.values(needs()[name].calls).flat(),
    ...runtimeNeeds(name),
  ];

  beforeAll(async () => {
    await mockCloud();
    await runProgram({
      'neon-backup:databaseUrl': undefined,
      'neon-backup:neonApiKey': `napi_${CANARY}`,
      'neon-backup:neonProjectId': 'calm-sea-12345678',
      'neon-backup:webhookUrl': `https://hooks.example.com/${CANARY}`,
    });
  });

  it('has a key that only what works with Neon may read', async () => {
    const cases = roles().flatMap((name) =>
      on.readSecret(KEY).map((request) => {
        const allowed = ['backup', 'verify', 'drill', 'watch', 'snapshot'].includes(name);
        return { what: name, caller: role(name), request, allowed };
      }),
    );

    expect(await wrongIn(cases)).toEqual([]);
  });

  it('has a function that makes snapshots, reads that key, and does nothing else', async () => {
    const { calls, unused } = needs().snapshot;

    expect(await commandsOf('snapshot')).toEqual([...Object.keys(calls), ...unused].sort());
    await expectExactly('snapshot', needed('snapshot'), everything());
  });

  it('is backed up by a function that has that key in the place of an address', () =>
    expectExactly('backup', needed('backup'), everything()));

  it.each(['verify', 'drill'] as const)(
    'is restored into by %s, which opens nothing else',
    (name) => expectExactly(name, needed(name), everything()),
  );

  it('is looked at by the watch, which has that key, and still none of the data', () =>
    expectExactly('watch', needed('watch'), everything()));

  it('has a scheduler that calls that function too', () =>
    expectExactly('schedules', otherNeeds().schedules, everything()));
});

describe('a database of Neon that drills restore into elsewhere, or nowhere', () => {
  const NEON = {
    'neon-backup:databaseUrl': undefined,
    'neon-backup:neonApiKey': `napi_${CANARY}`,
    'neon-backup:neonProjectId': 'calm-sea-12345678',
  };
  const SERVER = {
    'neon-backup:drillScratchUrl': `postgresql://drill:${CANARY}@scratch.example.com/postgres`,
  };

  it.each<[string, Record<string, string>, string[]]>([
    ['a server of their own', SERVER, ['drill-scratch-url-secret']],
    ['nothing', { 'neon-backup:neonDrill': 'false' }, []],
  ])('has functions that judge backups and open %s', async (_, more, opened) => {
    await mockCloud();
    await runProgram({ ...NEON, ...more });
    const cases = ['verify', 'drill'].flatMap((name) =>
      secrets().flatMap((secret) =>
        on.readSecret(secret).map((request) => {
          const allowed = opened.includes(secret);
          return { what: `${name} ${secret}`, caller: role(name), request, allowed };
        }),
      ),
    );

    expect(await wrongIn(cases)).toEqual([]);
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

  it('is filled by S3, and by nobody else', async () => {
    const ask = () => on.ask('sts:AssumeRole', arnOf('replica-role'), {});
    const cases = [
      given(s3, 'which says no account', ask()),
      refused({ principal: 'lambda.amazonaws.com' }, 'another service', ask()),
      refused(administrator(), 'a person', ask()),
    ];

    expect(await wrongIn(cases, { ofResource: trustOf('replica') })).toEqual([]);
    expect(await unnoticedIn(trustOf('replica'), 'ofResource', cases)).toEqual([]);
  });

  it('is read by people who restore, as the first one', async () => {
    const both = (requests: Request[]) => [...requests, ...requests.map(ofCopy)];

    await expectExactly('restore', both(otherNeeds().restore), both(everything()));
  });

  /** The same, asked of the copy where it is about the vault. */
  function ofCopy(request: Request): Request {
    const text = JSON.stringify(request)
      .replaceAll(arnOf('vault-bucket'), COPY)
      .replaceAll(arnOf('encryption-key'), arnOf('replica-encryption-key'))
      .replaceAll('s3.eu-central-1', `s3.${REGION}`);
    return JSON.parse(text);
  }
});
