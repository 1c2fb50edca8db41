import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type * as Build from '../../../infra/build';
import { find } from '../graph';
import { type Case, unnoticedIn, wrongIn } from './cases';
import { policyOf } from './policies';
import { type Request, role } from './simulate';

/**
 * Expects that a role may do all that is needed, and nothing else of all that anybody might ask for; and that
 * its policy has no part that makes no difference.
 */
export async function expectExactly(
  name: string,
  needed: readonly Request[],
  everything: readonly Request[],
): Promise<void> {
  const cases = casesOf(name, needed, everything);
  expect(await wrongIn(cases)).toEqual([]);
  expect(await unnoticedIn(policyOf(name), 'own', cases)).toEqual([]);
}

/** Everything that anybody might ask for, each once. */
function casesOf(name: string, needed: readonly Request[], everything: readonly Request[]): Case[] {
  const may = new Set(needed.map(inWords));
  const all = new Map([...everything, ...needed].map((one) => [inWords(one), one]));
  const caller = role(name);
  return [...all].map(([what, request]) => ({ what, caller, request, allowed: may.has(what) }));
}

const { bundleFunction } = jest.requireActual<typeof Build>('../../../infra/build');

/** The commands of the SDK that a function's bundle holds, as it is uploaded: their classes keep their names. */
export async function commandsOf(name: string): Promise<string[]> {
  const { code } = find('aws:lambda/function:Function', `${name}-function`).inputs;
  const path: string = await (await code.assets)['index.js'].path;
  const bundle = readFileSync(bundleFunction(`lambda/${basename(dirname(path))}.ts`), 'utf8');
  const classes = bundle.matchAll(/\bclass (\w+Command)\b|\b(\w+Command)=class\b/g);
  return [...new Set([...classes].map(([, named, assigned]) => named ?? assigned ?? ''))].sort();
}

function inWords({ action, resource, context }: Request): string {
  return `${action} on ${resource} with ${JSON.stringify(context)}`;
}
