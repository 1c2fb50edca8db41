import { randomBytes } from 'node:crypto';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { type Emulator, startEmulator } from './emulator';

export const REGION = 'eu-central-1';
/** Until `enforce` the emulator asks nobody who they are. */
const ANYBODY: Credentials = { accessKeyId: 'ANYBODY', secretAccessKey: 'unasked' };
const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' };

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string;
  /** The emulator reads none: see `emulator.py`. */
  readonly Condition?: object;
}

/** An emulated AWS account. Whoever is not named below is its owner, who may do everything. */
export class Account {
  readonly endpoint: string;
  readonly owner: Credentials;

  constructor(endpoint: string, owner: Credentials) {
    this.endpoint = endpoint;
    this.owner = owner;
  }

  /** What any client of the SDK takes to reach it. */
  config(credentials = this.owner) {
    return { endpoint: this.endpoint, region: REGION, credentials };
  }

  s3(credentials = this.owner): S3Client {
    return new S3Client({ ...this.config(credentials), forcePathStyle: true });
  }

  /** Makes the AWS settings of this process lead here, as code under test finds them by itself. */
  signIn({ accessKeyId, secretAccessKey } = this.owner): void {
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });
  }

  /** A user who may do exactly what the statements say. */
  async makeUser(Statement: readonly Statement[]): Promise<Credentials> {
    const iam = new IAMClient(this.config());
    const UserName = unique('user');
    await iam.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId, SecretAccessKey } = given(AccessKey);
    return { accessKeyId: given(AccessKeyId), secretAccessKey: given(SecretAccessKey) };
  }

  /** From here on everybody may do what their statements say, and nothing else. */
  async enforce(): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream' };
    const request = { method: 'POST', headers, body: '0' };
    const answer = await fetch(`${this.endpoint}/moto-api/reset-auth`, request);
    if (!answer.ok) throw new Error(`The emulator enforces no policies: ${answer.status}.`);
  }
}

async function openAccount({ endpoint }: Emulator): Promise<Account> {
  return new Account(endpoint, await new Account(endpoint, ANYBODY).makeUser([EVERYTHING]));
}

/**
 * An account for all the tests of the file or `describe` that calls this, with its owner signed in.
 * Each test makes a vault of its own there.
 */
export function accountForTests(): () => Account {
  let emulator: Emulator | undefined;
  let account: Account | undefined;
  beforeAll(async () => {
    emulator = await startEmulator();
    account = await openAccount(emulator);
    account.signIn();
  });
  afterAll(() => emulator?.stop());
  return () => {
    if (!account) throw new Error('The account is opened by beforeAll, and there only.');
    return account;
  };
}

/** A name that nothing else has. */
export function unique(what: string): string {
  return `${what}-${randomBytes(4).toString('hex')}`;
}

/** What the SDK's types leave open, and AWS always answers. */
export function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The emulator answered without what was asked for.');
  return value;
}
