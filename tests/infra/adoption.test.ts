import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { declared, find, mockCloud, ROOT, runProgram } from './graph';

const PAGE = readFileSync(join(ROOT, 'docs/break-glass.md'), 'utf8');
const [ADOPTED = ''] = PAGE.match(/\{\n {2}"resources"[\s\S]*?\n\}\n/) ?? [];

beforeAll(async () => {
  await mockCloud();
  await runProgram();
});

/** What the page hands to `pulumi import`. The engine itself takes it in tests/e2e. */
it.each<{ type: string; name: string; parent?: string }>(JSON.parse(ADOPTED).resources)(
  'adopts $type as the $name that the program declares',
  ({ type, name, parent }) => {
    expect(find(type, name)).toBeDefined();
    if (parent) expect(declared.map((one) => one.name)).toContain(parent);
  },
);

const { pattern } = parse(readFileSync(join(ROOT, 'Pulumi.yaml'), 'utf8')).config[
  'pulumi:autonaming'
].value;

/** What the name of a resource begins with that has one of Pulumi's making. */
function namedByPulumi(name: string): string {
  const known: Record<string, string> = { project: 'neon-backup', stack: 'prod', name };
  return pattern.replace(/\$\{(.*?)\}/g, (_: string, part: string) => known[part] ?? '');
}

it.each([
  ['neon-backup-prod-', /scheduleGroup:/],
  ['neon-backup-prod-notices-topic-', /sns\/topic:/],
  ['neon-backup-prod-', /eventRule:/],
  ['neon-backup-prod-alarms-', /metricAlarm:/],
  ['neon-backup-prod-database-url-secret-', /secretsmanager\/secret:/],
  ['neon-backup-prod-vault-access-log-', /s3\/bucket:/],
])('names %s as the program does', (prefix, type) => {
  expect(PAGE).toContain(prefix);
  const found = declared.filter(
    (one) => type.test(one.type) && namedByPulumi(one.name).startsWith(prefix),
  );
  expect(found).not.toEqual([]);
});

it('knows what the functions are called', () => {
  const functions = declared.filter(({ type }) => /lambda\/function:/.test(type));

  expect(functions.length).toBeGreaterThan(0);
  for (const { inputs } of functions) expect(inputs.name).toMatch(/^neon-backup-prod-[a-z]+$/);
  expect(PAGE).toContain('`neon-backup-prod-backup`');
  expect(PAGE).toContain("starts_with(FunctionName, 'neon-backup-prod-')");
});
