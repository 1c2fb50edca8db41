import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { accountForTests, unique } from '../support/aws-account';
import { makeSecret, makeTopic, makeVault } from '../support/aws-resources';

const account = accountForTests();

it('hands out what was published on a topic, once and in order', async () => {
  const topic = await makeTopic(account());
  const sns = new SNSClient(account().config());
  for (const Subject of ['first', 'second'])
    await sns.send(
      new PublishCommand({ TopicArn: topic.arn, Subject, Message: `${Subject} text` }),
    );

  expect(await topic.published()).toEqual([
    { subject: 'first', message: 'first text' },
    { subject: 'second', message: 'second text' },
  ]);
  expect(await topic.published()).toEqual([]);
});

it('gives a lifecycle back as it was put', async () => {
  const Bucket = await makeVault(account());
  const all = { ID: 'all', Status: 'Enabled' as const, Filter: {}, Expiration: { Days: 1 } };
  const large = { ...all, ID: 'large', Filter: { ObjectSizeGreaterThan: 1024 } };
  const LifecycleConfiguration = { Rules: [all, large] };
  const s3 = account().s3();

  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));

  const given = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  expect(given.Rules).toEqual(LifecycleConfiguration.Rules);
});

it('takes a statement with a condition for met where it allows, for none where it denies', async () => {
  const SecretId = await makeSecret(account(), 'text');
  const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'backups' } };
  const Action = 'secretsmanager:GetSecretValue';
  const user = await account().makeUser([
    { Effect: 'Allow', Action, Resource: SecretId, Condition },
    { Effect: 'Deny', Action: '*', Resource: '*', Condition },
  ]);
  await account().enforce();

  const client = new SecretsManagerClient(account().config(user));

  expect(await client.send(new GetSecretValueCommand({ SecretId }))).toMatchObject({
    SecretString: 'text',
  });
});

it('lets the role of a service be taken on by whoever may do so', async () => {
  const Statement = {
    ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
    Principal: { Service: 'lambda.amazonaws.com' },
  };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  const made = { RoleName: unique('role'), AssumeRolePolicyDocument };
  const { Role } = await new IAMClient(account().config()).send(new CreateRoleCommand(made));
  const take = new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'test' });
  await account().enforce();

  const { Credentials } = await new STSClient(account().config()).send(take);
  expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
  const other = await account().makeUser([
    { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: 'arn:aws:iam::*:role/other' },
  ]);
  const denied = new STSClient(account().config(other)).send(take);
  await expect(denied).rejects.toMatchObject({ name: 'AccessDenied' });
});
