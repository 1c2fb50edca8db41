import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CAN_SANDBOX } from '../support/sandbox/image';
import { describeVault } from './vault';
import type { World } from './world';

/** The stack is destroyed, and its vault is not. */
export function destruction({ account, deployment }: World): void {
  it('is refused as long as the vault is protected', async () => {
    const attempt = deployment().stack.run(['destroy', '--skip-preview']);

    await expect(attempt).rejects.toThrow(/vault-bucket.*protect/s);
  });

  it('leaves the vault, its key and every version as they were, by the docs’ commands', async () => {
    const { stack, outputs, checkout } = deployment();
    const bucket = outputs.store.replace('s3://', '');
    const before = await describeVault(account(), bucket);

    const commands = commandsIn(join(checkout.folder, 'docs/deploy.md'));
    expect(commands).toHaveLength(3);
    for (const command of commands) await stack.run(command);

    expect(await describeVault(account(), bucket)).toEqual(before);
    expect(before).toMatchObject({ key: { KeyState: 'Enabled' }, versioning: 'Enabled' });
    expect(before.holds.versions.length > 0).toBe(CAN_SANDBOX);
    const lambda = new LambdaClient(account().config());
    expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  });
}

/** Of the page's chapter about this: what comes after `npx pulumi`. */
function commandsIn(page: string): string[][] {
  const [, chapter = ''] = readFileSync(page, 'utf8').split('## Destroying it');
  const lines = chapter.matchAll(/^npx pulumi ([^>\n]+?)(?: > \S+)?$/gm);
  return [...lines].map(([, args = '']) => args.split(' '));
}
