import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../infra/policy/rules';
import { mockCloud, ROOT, runProgram } from './graph';
import { DATA_MUTATIONS } from './policy/data-mutations';
import { brokenRules, keepRegistered, type Registered, violations } from './policy/engine';
import { all, clone, gone, set } from './policy/mutate';
import { RIGHTS_MUTATIONS } from './policy/rights-mutations';
import { RUNNING_MUTATIONS } from './policy/running-mutations';
import { WORKFLOW_MUTATIONS } from './policy/workflow-mutations';

const MUTATIONS = {
  ...{ ...DATA_MUTATIONS, ...RIGHTS_MUTATIONS },
  ...{ ...RUNNING_MUTATIONS, ...WORKFLOW_MUTATIONS },
};

const GITHUB = {
  'neon-backup:githubRepository': 'circuitiq/app',
  'neon-backup:githubToken': 'ghp_0123456789abcdefghij',
  'neon-backup:githubWorkflows': 'commit',
};
const NEON = {
  'neon-backup:databaseUrl': undefined,
  'neon-backup:neonApiKey': 'napi_0123456789abcdefghij',
  'neon-backup:neonProjectId': 'calm-sea-12345678',
};
const EVERYTHING = {
  ...GITHUB,
  'neon-backup:replicaRegion': 'eu-west-1',
  'neon-backup:webhookUrl': 'https://hooks.example.com/x',
  'neon-backup:drillScratchUrl': 'postgresql://drill:x@scratch.example.com/postgres',
  'neon-backup:reservedConcurrency': '2',
  'neon-backup:restorePrincipals': '["arn:aws:iam::111122223333:user/ops"]',
  'neon-backup:lockMode': 'compliance',
};

let everything: Registered[];
/** Of every stack that was asked for. */
const registered: Registered[] = [];
let unchanged: Set<string>;

beforeAll(async () => {
  everything = await stackWith(EVERYTHING);
  unchanged = new Set(everything.map((one) => JSON.stringify(one)));
});

async function stackWith(more: Record<string, string | undefined>): Promise<Registered[]> {
  await mockCloud();
  const stack = keepRegistered();
  await runProgram(more);
  registered.push(...stack);
  return stack;
}

/** The rules that a changed stack breaks. */
async function brokenBy(mutation: (stack: Registered[]) => void): Promise<string[]> {
  const stack = clone(everything);
  mutation(stack);
  const changed = stack.filter((one) => !unchanged.has(JSON.stringify(one)));
  return brokenRules(RULES, stack, changed);
}

describe('no rule is broken', () => {
  it('with all that can be asked for', async () => {
    expect(everything.length).toBeGreaterThan(150);
    expect(await violations(RULES, everything)).toEqual([]);
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['by production as it is configured', {}],
    ['where Neon is the source', { ...NEON, ...GITHUB }],
    [
      'where a branch starts backups, and snapshots of Neon',
      {
        ...NEON,
        ...GITHUB,
        'neon-backup:githubBranch': 'main',
        'neon-backup:snapshots': 'workflow',
      },
    ],
  ])('%s', async (_, more) => {
    const stack = await stackWith(more);

    expect(stack.length).toBeGreaterThan(80);
    expect(await violations(RULES, stack)).toEqual([]);
  });
});

describe('each rule is broken, and it alone, by', () => {
  const cases = Object.entries(MUTATIONS).flatMap(([rule, ways]) =>
    Object.entries(ways).map(([way, mutation]) => ({ rule, way, mutation })),
  );

  it.each(cases)('$rule: $way', async ({ rule, mutation }) => {
    expect(await brokenBy(mutation)).toEqual([rule]);
  });

  it('one mutation at least', () => {
    expect(Object.keys(MUTATIONS).sort()).toEqual(RULES.map(({ name }) => name).sort());
  });
});

describe('what is not there at all', () => {
  it('is as bad as what is there and wrong', async () => {
    const policies = all(gone('vault-policy'), gone('notices-policy'), gone('dead-letters-policy'));

    expect(await brokenBy(policies)).toEqual([
      'AwsSolutions-S10-bucket-tls',
      'AwsSolutions-SNS3-topic-tls',
      'AwsSolutions-SQS4-queue-tls',
      'own-vault-callers-keys',
      'own-vault-other-keys',
      'own-vault-write-once',
    ]);
  });

  it('but not known yet, in a preview, is not judged', async () => {
    const stack = clone(everything);
    set('vault-policy', 'policy', '04da6b54-80e4-46f7-96ec-b56ff0331ba9')(stack);

    const found = await violations(RULES, stack);

    expect(new Set(found.map(({ level }) => level))).toEqual(new Set([ADVISORY]));
    expect(found[0]?.message).toContain("can't be known during preview");
  });
});

/** As the engine counts levels. */
const ADVISORY = 0;

describe('docs/security.md', () => {
  const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  const [, exceptions = ''] = page.split('## Controls that are left out');
  const namesOf = (type: string, suffix: string) =>
    registered.filter((one) => one.type === type).map(({ name }) => name.replace(suffix, ''));

  it('has a line for every role', () => {
    for (const role of namesOf('aws:iam/role:Role', '-role'))
      expect(page).toContain(`\n| \`${role}\` |`);
  });

  it('says where every secret is', () => {
    for (const secret of namesOf('aws:secretsmanager/secret:Secret', ''))
      expect(page).toContain(`\`${secret}\``);
  });

  it.each(['vault-policy', 'vault-access-log-policy', 'encryption-key', 'dead-letters-policy'])(
    'names every statement of %s',
    (name) => {
      const { policy } = everything.find((one) => one.name === name)?.inputs ?? {};
      const ids = JSON.parse(policy).Statement.map(({ Sid }: { Sid: string }) => Sid);

      for (const id of ids) expect(page).toContain(`\`${id}\``);
    },
  );

  it('leaves out no control that a rule asks for', () => {
    const rows = exceptions
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2);
    const left = rows.flatMap((row) => row.split('|')[2]?.match(/[^`\s]+(?=`)/g) ?? []);
    const asked = new Set(RULES.flatMap(({ tags }) => tags ?? []));

    expect(left.length).toBeGreaterThanOrEqual(rows.length);
    expect(left.filter((id) => asked.has(id))).toEqual([]);
  });
});
