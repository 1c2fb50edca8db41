import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FunctionConfiguration,
  GetFunctionCommand,
  GetLayerVersionCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type Emitted, emittedIn } from '../infra/emf';
import { type Account, given, REGION } from '../support/aws-account';
import {
  type Invocation,
  type SandboxedFunction,
  startFunction,
} from '../support/sandbox/function';

/** What one call came to. */
export interface Run extends Invocation {
  readonly metrics: readonly Emitted[];
}

/** A function as the account has it, in a sandbox. */
export interface DeployedFunction {
  readonly configuration: FunctionConfiguration;
  /** The zip of its code. */
  readonly zip: string;
  invoke(event: unknown): Promise<Run>;
  stop(): Promise<void>;
}

/** Credentials of a role, for as long as a test runs. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface Surroundings {
  /** The folder of the unpacked layer, for the functions that have one. */
  readonly layer: string;
  /** Where its zip is put. */
  readonly folder: string;
  /** What it is told beside what was deployed. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Fetches a function from the account and makes its sandbox: its code, its variables, its memory and its
 * time limit, and the rights of its role.
 */
export async function fetchFunction(
  account: Account,
  name: string,
  { layer, folder, variables }: Surroundings,
): Promise<DeployedFunction> {
  const lambda = new LambdaClient(account.config());
  const found = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
  const [configuration, location] = [given(found.Configuration), given(found.Code?.Location)];
  const zip = join(folder, `${name}.zip`);
  writeFileSync(zip, Buffer.from(await (await fetch(location)).arrayBuffer()));
  const sandbox = await startFunction({
    entry: zip,
    memoryMb: given(configuration.MemorySize),
    tmpMb: given(configuration.EphemeralStorage?.Size),
    timeoutSeconds: given(configuration.Timeout),
    environment: { ...(await environmentOf(account, configuration)), ...variables },
    ...(configuration.Layers?.length ? { layer } : {}),
  });
  return { configuration, zip, invoke: (event) => run(sandbox, event), stop: sandbox.stop };
}

async function environmentOf(
  account: Account,
  { Environment, FunctionName, Role }: FunctionConfiguration,
): Promise<Record<string, string>> {
  const role = await assume(account, given(Role));
  return {
    ...given(Environment?.Variables),
    AWS_LAMBDA_FUNCTION_NAME: given(FunctionName),
    ...variablesOf(account, role),
  };
}

/** What a program needs to act as a role in the account. */
export function variablesOf(account: Account, role: RoleCredentials): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: account.endpoint,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: role.accessKeyId,
    AWS_SECRET_ACCESS_KEY: role.secretAccessKey,
    AWS_SESSION_TOKEN: role.sessionToken,
  };
}

/** Takes a role on. The emulator looks at no trust: that is simulated elsewhere. */
export async function assume(account: Account, RoleArn: string): Promise<RoleCredentials> {
  const request = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'e2e' });
  const { Credentials } = await new STSClient(account.config()).send(request);
  return {
    accessKeyId: given(Credentials?.AccessKeyId),
    secretAccessKey: given(Credentials?.SecretAccessKey),
    sessionToken: given(Credentials?.SessionToken),
  };
}

async function run(sandbox: SandboxedFunction, event: unknown): Promise<Run> {
  const outcome = await sandbox.invoke(event);
  const lines = outcome.log.split('\n').filter((line) => line.startsWith('{'));
  return { ...outcome, metrics: emittedIn(lines) };
}

/**
 * The hash that the account has of a layer's zip.
 * @param arn of one of its versions
 */
export async function hashOfLayer(account: Account, arn: string): Promise<string> {
  const [LayerName, version] = arn.split(':').slice(-2);
  const request = new GetLayerVersionCommand({ LayerName, VersionNumber: Number(version) });
  const { Content } = await new LambdaClient(account.config()).send(request);
  return given(Content?.CodeSha256);
}

/** A hash as Lambda writes it. */
export function codeSha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64');
}
