import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { REGION } from '../support/aws-account';
import { askDirectly } from './direct';
import { installedPulumi, Stack } from './pulumi';
import { describeVault } from './vault';
import type { World } from './world';

const PASSPHRASE = 'canary-2f0d-new-passphrase';
const KMS = { service: 'kms', target: 'TrentService' };

/** Pulumi's state is gone, and the vault is not: a new stack takes it over, by the blocks of docs/break-glass.md. */
export function adoption({ account, deployment, other }: World): void {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'neon-backup-adoption-'));
  });
  afterAll(() => rmSync(home, { recursive: true }));

  it('takes the vault and its key over, and changes nothing in them', async () => {
    const { checkout, outputs } = deployment();
    const bucket = outputs.store.replace('s3://', '');
    const before = await describeVault(account(), bucket);
    const { KeyId } = before.key as { KeyId: string };
    // A state that is lost deletes nothing; the chapter before has deleted this.
    const AliasName = 'alias/neon-backup-prod';
    await askDirectly(account(), KMS, 'CreateAlias', { AliasName, TargetKeyId: KeyId });

    const blocks = adoptionBlocks(join(checkout.folder, 'docs/break-glass.md'));
    const env = { ...reader(home), BUCKET: bucket, KEY: KeyId, AWS_REGION: REGION };
    for (const block of blocks)
      await execa('sh', ['-ec', block], {
        cwd: checkout.folder,
        env,
        input: other().url('postgres'),
      });
    const state = join(home, 'neon-backup-state');
    const stack = new Stack(checkout.folder, { state, passphrase: PASSPHRASE });
    const steps = await stack.up();

    const adopted = steps.filter(({ resource }) =>
      / (vault-bucket|vault-lock|encryption-key)$/.test(resource),
    );
    expect(adopted.filter(({ op }) => op !== 'update')).toEqual([]);
    expect(await describeVault(account(), bucket)).toEqual(before);
    const { store } = JSON.parse(await stack.run(['stack', 'output', '--json']));
    expect(store).toBe(outputs.store);
    await stack.run(['preview', '--expect-no-changes']);
  });
}

/** The three that make the stack, adopt the vault, and tell Pulumi of the bucket's name. */
function adoptionBlocks(page: string): string[] {
  const text = readFileSync(page, 'utf8');
  const blocks = [...text.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, block]) => block as string);
  const ours = blocks.filter((block) => /pulumi (login|import|stack import)/.test(block));
  expect(ours).toHaveLength(3);
  return ours;
}

/** Whoever follows the page, with the Pulumi that is installed here in the place of npm's. */
function reader(home: string): NodeJS.ProcessEnv {
  const bin = join(home, 'bin');
  mkdirSync(bin);
  const call = `#!/bin/sh\nshift\nexec "${installedPulumi()}" "$@" --non-interactive\n`;
  writeFileSync(join(bin, 'npx'), call, { mode: 0o755 });
  return {
    HOME: home,
    NODE_OPTIONS: '',
    PATH: [bin, process.env.PATH].join(delimiter),
    PULUMI_BACKEND_URL: `file://${join(home, 'neon-backup-state')}`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  };
}
