import { CANARY, mockCloud, runProgram } from './graph';
import { commandsOf, expectExactly } from './iam/exact';
import { needsOf, otherNeeds, runtimeNeeds } from './iam/needs';
import { roles } from './iam/policies';
import type { Request } from './iam/simulate';
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

const needs = () => needsOf('database-url-secret', 'drill-scratch-url-secret');

function needed(name: (typeof FUNCTIONS)[number] | (typeof OTHERS)[number]): Request[] {
  if (name === 'restore' || name === 'schedules' || name === 'github') return otherNeeds()[name];
  return [...Object.values(needs()[name].calls).flat(), ...runtimeNeeds(name)];
}

it('is about every role', () => {
  expect(roles()).toEqual([...FUNCTIONS, ...OTHERS].sort());
});

it.each(FUNCTIONS)(
  'the code of %s holds the commands that its needs are known of',
  async (name) => {
    const { calls, unused } = needs()[name];

    expect(await commandsOf(name)).toEqual([...Object.keys(calls), ...unused].sort());
  },
);

it.each([...FUNCTIONS, ...OTHERS])('the role of %s may do exactly what is needed', (name) =>
  expectExactly(name, needed(name), everything()),
);
