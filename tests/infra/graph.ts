import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import type { MockResourceArgs } from '@pulumi/pulumi/runtime';
import { parse } from 'yaml';

export const ROOT = join(__dirname, '../..');
export const CANARY = 'canary-7f31-password';
export const DATABASE_URL = `postgresql://app:${CANARY}@db.example.com/app`;

/** What only the owner of a deployment knows. */
const OWN: Record<string, string> = {
  'aws:region': 'eu-central-1',
  'neon-backup:email': 'ops@example.com',
  'neon-backup:databaseUrl': DATABASE_URL,
};
const SECRETS = ['neon-backup:databaseUrl'];

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
  await pulumi.runtime.setMocks({ newResource, call: refuse }, 'neon-backup', 'prod');
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
    Object.fromEntries(set.map(([key, value]) => [key, String(value)])),
    secrets,
  );
}

/** Runs the program, with a zip that stands for the layer, and gives its outputs. */
export async function runProgram(): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'stack-'));
  const layerZip = join(folder, 'layer.zip');
  writeFileSync(layerZip, '');
  configure({ 'neon-backup:layerZip': layerZip });
  let outputs: Record<string, unknown> = {};
  jest.isolateModules(() => {
    outputs = require('../../index');
  });
  await settled();
  rmSync(folder, { recursive: true });
  return outputs;
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

function newResource({ type, name, inputs }: MockResourceArgs) {
  declared.push({ type, name, inputs });
  const arn = `arn:aws:mock:eu-central-1:111122223333:${name}`;
  const state = { arn, name, bucket: name, ...inputs };
  return { id: `${name}-id`, state };
}

function refuse(): never {
  throw new Error('The program asks the cloud for nothing while it runs.');
}
