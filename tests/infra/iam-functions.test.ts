import { readFileSync } from 'node:fs';
import { bundleFunction } from '../../infra/build';
import { CANARY, mockCloud, runProgram } from './graph';
import { type Case, unnoticedIn, wrongIn } from './iam/cases';
import { needsOf, otherNeeds, runtimeNeeds } from './iam/needs';
import { policyOf, roles } from './iam/policies';
import { type Request, role } from './iam/simulate';
import { everything } from './iam/world';

const FUNCTIONS = ['backup', 'verify', 'drill', 'watch', 'status', 'forward'] as const;
const OTHERS = ['restore', 'schedules', 'github'] as const;

beforeAll(async () => {
  await mockCloud();
  await runProgram({
    'neon-backup:webhookUrl': `https://hooks.example.com/${CANARY}`,
    'neon-backup:drillScratchUrl': `postgresql://drill:${CANARY}@scratch.example.com/postgres`,
    'neon-backup:githubToken': `ghp_${CANARY}`,
    'neon-backup:githubRepository': 'circuitiq/app',
  });
});

function needed(name: (typeof FUNCTIONS)[number] | (typeof OTHERS)[number]): Request[] {
  if (name === 'restore' || name === 'schedules' || name === 'github') return otherNeeds()[name];
  return [...Object.values(needsOf()[name].calls).flat(), ...runtimeNeeds(name)];
}

/** The commands of the SDK that a bundle holds: their classes keep their names. */
function commandsIn(entry: string): string[] {
  const code = readFileSync(bundleFunction(entry), 'utf8');
  const classes = code.matchAll(/\bclass (\w+Command)\b|\b(\w+Command)=class\b/g);
  return [...new Set([...classes].map(([, named, assigned]) => named ?? assigned ?? ''))].sort();
}

it('is about every role', () => {
  expect(roles()).toEqual([...FUNCTIONS, ...OTHERS].sort());
});

describe.each(FUNCTIONS)('the code of %s', (name) => {
  it('holds the commands that its needs are known of, and no others', () => {
    const { calls, unused } = needsOf()[name];

    expect(commandsIn(`lambda/${name}.ts`)).toEqual([...Object.keys(calls), ...unused].sort());
  });
});

describe.each([...FUNCTIONS, ...OTHERS])('the role of %s', (name) => {
  /** Everything that anybody might ask for, each once. */
  const cases = (): Case[] => {
    const may = new Set(needed(name).map(inWords));
    const all = new Map([...everything(), ...needed(name)].map((one) => [inWords(one), one]));
    const caller = role(name);
    return [...all].map(([what, request]) => ({ what, caller, request, allowed: may.has(what) }));
  };

  it('may do all that is needed, and of all else nothing', async () => {
    expect(await wrongIn(cases())).toEqual([]);
  });

  it('has no statement, action, resource or condition too many', async () => {
    expect(await unnoticedIn(policyOf(name), 'own', cases())).toEqual([]);
  });
});

function inWords({ action, resource, context }: Request): string {
  return `${action} on ${resource} with ${JSON.stringify(context)}`;
}
