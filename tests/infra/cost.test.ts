import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS_VARIABLE } from '../../contract/settings';
import { planOf } from '../../core/neon/plan';
import { type Bill, billOf, NEON, SECONDS_PER_GB, type Stack, totalOf } from './cost-model';
import {
  DRILL_SECONDS,
  drillCost,
  largestDrillGb,
  NEON_SCALE,
  type NeonUse,
  neonUse,
} from './cost-neon';
import { CANARY, declared, find, mockCloud, ROOT, runProgram } from './graph';

const SIZES = [1, 10, 100];
let stack: Stack;

/** A project of Neon's, and nothing that can be done without: the page has what each of the rest costs. */
const PLAIN_NEON = {
  'neon-backup:databaseUrl': undefined,
  'neon-backup:neonApiKey': `napi_${CANARY}`,
  'neon-backup:neonProjectId': 'calm-sea-12345678',
  'neon-backup:snapshots': 'none',
  'neon-backup:neonDrill': 'false',
  'neon-backup:plainSql': 'false',
};

beforeAll(async () => {
  await mockCloud();
  await runProgram(PLAIN_NEON);
  stack = stackOf();
});

const count = (type: RegExp) => declared.filter((one) => type.test(one.type)).length;

/** What is declared with the defaults of Pulumi.yaml but for those. */
function stackOf(): Stack {
  const inputs = find('aws:lambda/function:Function', 'backup-function').inputs;
  const settings = JSON.parse(inputs.environment.variables[SETTINGS_VARIABLE]);
  const { rules } = find(
    'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
    'vault-lifecycle',
  ).inputs;
  const rule = (id: string) => rules.find((one: { id: string }) => one.id === id);
  const { daily, weekly } = settings.retention;
  expect(settings.schedules).toMatchObject({
    daily: { expression: 'cron(0 2 * * ? *)' },
    weekly: { expression: 'cron(0 3 ? * SUN *)' },
  });
  return {
    keys: count(/kms\/key:/),
    secrets: count(/secretsmanager\/secret:/),
    alarms: count(/metricAlarm:/),
    dashboards: count(/dashboard:Dashboard/),
    kinds: [
      { perMonth: 30, keepDays: daily.keepDays },
      { perMonth: 30 / 7, keepDays: weekly.keepDays },
    ],
    undoDays: rule('expire-superseded').noncurrentVersionExpiration.noncurrentDays,
    coldAfterDays: rule('cool-large-files').transitions[0].days,
    logDays: find('aws:cloudwatch/logGroup:LogGroup', 'watch-log').inputs.retentionInDays,
  };
}

const page = () => readFileSync(join(ROOT, 'docs/cost.md'), 'utf8');

it('is what docs/cost.md says', () => {
  const doc = page();

  expect(doc).toContain(tableOf(SIZES.map((size) => billOf(stack, size))));
});

it('is from what docs/performance.md has measured', () => {
  const doc = readFileSync(join(ROOT, 'docs/performance.md'), 'utf8');
  const atOneGb = doc.slice(doc.indexOf('<!-- 1000 MB -->'));
  const of = (name: string) => Number(atOneGb.match(`\n\\| ${name} \\| ([\\d.]+) `)?.[1]);
  const [, gbSeconds] = atOneGb.match(/upload: GB-seconds [^|]*\| ([\d.]+)/) ?? [];

  expect(Number(gbSeconds) / 1.769 / SECONDS_PER_GB).toBeCloseTo(1, 0);
  expect(DRILL_SECONDS.verify / of('verify')).toBeCloseTo(1, 0);
  expect(DRILL_SECONDS.restore / of('restore -j1')).toBeCloseTo(1, 0);
  expect(DRILL_SECONDS.dump / of('bare')).toBeCloseTo(1, 0);
});

describe('what docs/cost.md says of Neon', () => {
  const cells = ({ egressGb, computeHours }: NeonUse) => [
    `${egressGb.toFixed(1)} GB`,
    computeHours.toFixed(4),
    ...[NEON, NEON_SCALE].map(({ compute }) => `$${(computeHours * compute).toFixed(4)}`),
  ];

  it.each([
    ['a backup', 'backup'],
    ['a drill', 'drill'],
    ['a month: a backup each day and each week, a drill each week', 'month'],
  ] as const)('is what %s takes', (what, of) => {
    expect(page()).toContain(`\n| ${what} | ${cells(neonUse(stack)[of]).join(' | ')} |\n`);
  });

  it('is what the plans include, and what fits into it', () => {
    const included = ['free_v3', 'launch_v3', 'scale_v3'].map((plan) => {
      const { egressBytes = 0 } = planOf({ plan }) ?? {};
      return egressBytes / 1e9;
    });
    const fits = included.map((gb) => gb / neonUse(stack).month.egressGb);
    const row = (values: readonly number[], digits: number) =>
      values.map((gb) => `${gb.toFixed(digits)} GB`).join(' | ');

    expect(page()).toContain(`\n| egress included, a month | ${row(included, 0)} |\n`);
    expect(page()).toContain(`lasts for | ${row(fits, 2)} |\n`);
  });

  it('is what a drill each week costs, and how far it goes', () => {
    const cost = drillCost(10);
    const words = `${money(cost.function)} for the function and ${money(cost.compute)} for the branch's compute at 10 GB`;

    expect(page().replaceAll('\n  ', ' ')).toContain(words);
    expect(page()).toContain(`${Math.floor(largestDrillGb(900))} GB of database`);
  });
});

it('10 GB nightly stays under $4 a month, with Neon counted', () => {
  expect(totalOf(billOf(stack, 10))).toBeLessThan(4);
});

function tableOf(bills: readonly Bill[]): string {
  const items = Object.keys(bills[0] as Bill);
  const rows = items.map((item) => [item, ...bills.map((bill) => money(bill[item] as number))]);
  const totals = ['**a month**', ...bills.map((bill) => `**${money(totalOf(bill))}**`)];
  const head = ['', ...SIZES.map((size) => `${size} GB`)];
  const lines = [head, head.map(() => '---'), ...rows, totals];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function money(dollars: number): string {
  return `$${dollars.toFixed(2)}`;
}
