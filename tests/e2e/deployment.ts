import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOutputs } from '../../cli/stack/outputs';
import type { StackOutputs } from '../../contract/outputs';
import { REGION } from '../support/aws-account';
import { type Checkout, cleanCheckout } from './checkout';
import { Stack } from './pulumi';

/** What nobody may find in clear, anywhere. */
export const CANARIES = {
  password: 'canary-41c7-password',
  passphrase: 'canary-88e0-passphrase',
  neonApiKey: 'napi_canary_0a5d_first_key',
  nextNeonApiKey: 'napi_canary_93f2_next_key',
};

export interface Deployment {
  readonly checkout: Checkout;
  readonly stack: Stack;
  readonly outputs: StackOutputs;
  /** The folder that Pulumi keeps its state in. */
  readonly state: string;
  /** A folder for what a test fetches. */
  readonly folder: string;
  remove(): void;
}

/** What only the owner knows, by the settings' names. */
export interface OwnSettings {
  readonly secrets: Readonly<Record<string, string>>;
  readonly plain?: Readonly<Record<string, string>>;
}

/**
 * Deploys the program from a clean checkout as the README says: production's own settings, and the few
 * values that only the owner knows.
 */
export async function deploy(own: OwnSettings): Promise<Deployment> {
  const checkout = await cleanCheckout();
  const [state, folder] = [temporary('state'), temporary('fetched')];
  const stack = new Stack(checkout.folder, { state, passphrase: CANARIES.passphrase });
  const remove = () => {
    checkout.remove();
    for (const made of [state, folder]) rmSync(made, { recursive: true });
  };
  try {
    await configure(stack, own);
    await stack.up();
    return { checkout, stack, outputs: await outputsOf(stack, folder), state, folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function configure(stack: Stack, { secrets, plain = {} }: OwnSettings) {
  await stack.run(['stack', 'init', 'prod']);
  await stack.set('aws:region', REGION);
  await stack.set('neon-backup:email', 'owner@example.com');
  for (const [name, value] of Object.entries(plain)) await stack.set(`neon-backup:${name}`, value);
  for (const [name, value] of Object.entries(secrets))
    await stack.setSecret(`neon-backup:${name}`, value);
}

function temporary(what: string): string {
  return mkdtempSync(join(tmpdir(), `neon-backup-${what}-`));
}

/** As the CLI reads them. */
async function outputsOf(stack: Stack, folder: string): Promise<StackOutputs> {
  const file = join(folder, 'outputs.json');
  writeFileSync(file, await stack.run(['stack', 'output', '--json']));
  return readOutputs(undefined, { environment: { NEON_BACKUP_OUTPUTS: file } });
}
