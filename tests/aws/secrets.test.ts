import { getSecret } from '@aws-lambda-powertools/parameters/secrets';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { accountForTests, unique } from '../support/aws-account';
import { makeSecret } from '../support/aws-resources';

const account = accountForTests();
const TEXT = 'postgresql://app:päss%2Fword@db.example.com/app';

it('reads the text of a secret by its ARN, to the last character', async () => {
  const arn = await makeSecret(account(), TEXT);

  expect(await getSecret(arn)).toBe(TEXT);
});

it('keeps what it read, until it is asked to look again', async () => {
  const arn = await makeSecret(account(), 'old');
  const asked = { maxAge: 86_400 };
  await getSecret(arn, asked);
  const client = new SecretsManagerClient(account().config());
  await client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'new' }));

  expect(await getSecret(arn, asked)).toBe('old');
  expect(await getSecret(arn, { ...asked, forceFetch: true })).toBe('new');
  expect(await getSecret(arn, asked)).toBe('new');
});

it('gives bytes, not text, for a secret that holds bytes', async () => {
  const client = new SecretsManagerClient(account().config());
  const input = { Name: unique('secret'), SecretBinary: Buffer.from(TEXT) };
  const { ARN = '' } = await client.send(new CreateSecretCommand(input));

  expect(await getSecret(ARN)).toBeInstanceOf(Uint8Array);
});

it('fails, with the name of the reason, for a secret that is not there', async () => {
  const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:none-AbCdEf';

  await expect(getSecret(arn)).rejects.toThrow(/can't find the specified secret/);
});
