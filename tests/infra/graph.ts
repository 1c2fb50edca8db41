import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import type { MockCallArgs, MockResourceArgs } from '@pulumi/pulumi/runtime';
import { parse } from 'yaml';

export const ROOT = join(__dirname, '../..');
export const ACCOUNT = '111122223333';
export const CANARY = 'canary-7f31-password';
export const DATABASE_URL = `postgresql://app:${CANARY}@db.example.com/app`;

/** How Pulumi's wire format marks a secret. */
export const SECRET = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270' };

/** What only the owner of a deployment knows. */
const OWN: Record<string, string> = {
  'aws:region': 'eu-central-1',
  'neon-backup:email': 'ops@example.com',
  'neon-backup:databaseUrl': DATABASE_URL,
};
export const SECRETS = [
  'databaseUrl',
  'neonApiKey',
  'githubToken',
  'webhookUrl',
  'drillScratchUrl',
].map((name) => `neon-backup:${name}`);

export interface Declared {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the inputs of any resource
  readonly inputs: any;
}

/** Every resource that was declared since the last `mockCloud`. */
export const declared: Declared[] = [];

export async function mockCloud(): Promise<void> {
  declared.length = 0;
  await pulumi.runtime.setMocks({ newResource, call }, 'neon-backup', 'prod');
}

/** The settings that Pulumi would hand to the program: `Pulumi.yaml`'s defaults, the stack's file, and more. */
export function configure(more: Record<string, string | undefined> = {}, secrets = SECRETS): void {
  const project = parse(readFileSync(join(ROOT, 'Pulumi.yaml'), 'utf8'));
  const stack = parse(readFileSync(join(ROOT, 'Pulumi.prod.yaml'), 'utf8'));
  const defaults = Object.entries<{ default?: unknown }>(project.config);
  const all: Record<string, unknown> = {
    ...Object.fromEntries(defaults.map(([key, value]) => [key, value.default])),
    ...stack.config,
    ...OWN,
    ...more,
  };
  const set = Object.entries(all).filter(([, value]) => value !== undefined);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(set.map(([key, value]) => [key, asText(value)])),
    secrets,
  );
}

/** Pulumi hands over everything as text, and lists as JSON. */
function asText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * Runs the program, with a zip that stands for the layer, and gives its outputs. It looks at no source and
 * at no account.
 * @param more settings beyond those of production
 * @param root the folder of the program, which bundles its functions then. @default this one: nobody reads
 *   their files, and none are made
 */
export async function runProgram(
  more: Record<string, string | undefined> = {},
  secrets = SECRETS,
  root?: string,
): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'stack-'));
  const layerZip = join(folder, 'layer.zip');
  writeFileSync(layerZip, '');
  const own = { 'neon-backup:layerZip': layerZip, 'neon-backup:preflight': 'false' };
  configure({ ...own, ...more }, secrets);
  if (!root) jest.doMock('../../infra/build', () => ({ bundleFunction: bundled }));
  // It declares when it is called, not when it is loaded: which takes seconds, and is done once.
  const program: () => Promise<Record<string, unknown>> = require(join(root ?? ROOT, 'index'));
  const outputs = await withShortStacks(async () => {
    const given = await program();
    await settled();
    return given;
  });
  rmSync(folder, { recursive: true });
  return outputs;
}

/** Pulumi notes a stack for each promise, and jest makes them of 100 lines and looks each up in a source map. */
async function withShortStacks<T>(work: () => Promise<T>): Promise<T> {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = 5;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = usual;
  }
}

/** Where a function's bundle would be. */
function bundled(entry: string): string {
  return join(ROOT, 'dist/lambda', basename(entry, '.ts'), 'index.js');
}

/** Registration is asynchronous: nothing is declared, nor absent, before this. */
export async function settled(): Promise<void> {
  // The SDK has this, and leaves it out of its types.
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
}

export function find(type: string, name: string): Declared {
  const found = declared.filter((one) => one.type === type && one.name === name);
  if (found.length !== 1 || !found[0])
    throw new Error(`${found.length} resources are ${type} ${name}`);
  return found[0];
}

export function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** What AWS would know of a resource once it is there. */
function newResource({ type, name, inputs }: MockResourceArgs) {
  declared.push({ type, name, inputs });
  const arn = `arn:aws:mock:eu-central-1:${ACCOUNT}:${name}`;
  const url = `https://sqs.eu-central-1.amazonaws.com/${ACCOUNT}/${name}`;
  const state = {
    arn,
    name,
    bucket: name,
    keyId: name,
    url,
    pendingConfirmation: true,
    versionId: `${name}-version`,
    ...inputs,
  };
  return { id: `${name}-id`, state };
}

function call({ token }: MockCallArgs) {
  if (token === 'aws:index/getCallerIdentity:getCallerIdentity') return { accountId: ACCOUNT };
  throw new Error(`The program asks the cloud for ${token} while it runs.`);
}
