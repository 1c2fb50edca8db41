import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Each has a name of Pulumi's making, which begins with its own. */
it.each([
  ['schedules-group-', /scheduleGroup:/],
  ['notices-topic-', /sns\/topic:/],
  ['verification-rule-', /eventRule:/],
  ['alarms-', /metricAlarm:/],
  ['database-url-secret-', /secretsmanager\/secret:/],
  ['vault-access-log-', /s3\/bucket:/],
])('names %s as the program does', (prefix, type) => {
  expect(PAGE).toContain(prefix);
  const found = declared.filter((one) => type.test(one.type) && `${one.name}-`.startsWith(prefix));
  expect(found).not.toEqual([]);
});
