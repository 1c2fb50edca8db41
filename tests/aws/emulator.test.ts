import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { accountForTests } from '../support/aws-account';
import { makeSecret, makeTopic } from '../support/aws-resources';

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
