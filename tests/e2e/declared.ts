import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { type Account, given } from '../support/aws-account';
import { unzip } from '../support/sandbox/unzip';
import { CANARIES, type Deployment } from './deployment';
import { codeSha256, type DeployedFunction, hashOfLayer } from './functions';
import type { World } from './world';

/** What is there when the program has run. */
export function declared({ deployment, account }: Pick<World, 'deployment' | 'account'>): void {
  it('has the outputs of the contract, and the functions that they name', async () => {
    const { outputs } = deployment();

    const { Functions = [] } = await new LambdaClient(account().config()).send(
      new ListFunctionsCommand({}),
    );

    const names = Functions.map(({ FunctionName }) => FunctionName).sort();
    expect(names).toEqual(Object.values(outputs.functions).sort());
    expect(outputs.commands.backUpNow).toContain(outputs.functions.backup);
  });

  it('changes nothing when it runs again', async () => {
    await deployment().stack.run(['preview', '--expect-no-changes']);
  });

  it('keeps no secret in clear', async () => {
    const { stack, state, checkout } = deployment();
    const kept = [...filesIn(state), join(checkout.folder, 'Pulumi.prod.yaml')];

    const all = kept.map((file) => readFileSync(file, 'utf8')).join('\n');

    const canaries = Object.values(CANARIES);
    expect(canaries.filter((canary) => all.includes(canary))).toEqual([]);
    const opened = await stack.run(['stack', 'export', '--show-secrets']);
    expect(canaries.some((canary) => opened.includes(canary))).toBe(true);
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Expects a function and its layer to be, to the byte, what the checkout has. */
export async function expectAsBuilt(
  account: Account,
  name: string,
  { configuration, zip }: DeployedFunction,
  { checkout, folder }: Deployment,
): Promise<void> {
  const unpacked = join(folder, `${name}-code`);
  await unzip(zip, unpacked);
  const built = readFileSync(join(checkout.folder, 'dist/lambda', name, 'index.js'));
  expect(readFileSync(join(unpacked, 'index.js')).equals(built)).toBe(true);
  expect(readdirSync(unpacked)).toEqual(['index.js']);
  expect(codeSha256(readFileSync(zip))).toBe(configuration.CodeSha256);
  for (const { Arn } of configuration.Layers ?? [])
    expect(await hashOfLayer(account, given(Arn))).toBe(codeSha256(readFileSync(checkout.layer)));
}
