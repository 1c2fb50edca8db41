import { parseSnapshotEvent } from '../../lambda/event';
import { readSettings } from '../../lambda/settings';
import { CANARY, declared, find, mockCloud, runProgram } from './graph';

const DUE = '2026-11-23T01:30:00Z';
const NEON = {
  'neon-backup:databaseUrl': undefined,
  'neon-backup:neonApiKey': `napi_${CANARY}`,
  'neon-backup:neonProjectId': 'calm-sea-12345678',
};
const GITHUB = {
  'neon-backup:githubToken': `ghp_${CANARY}`,
  'neon-backup:githubRepository': 'circuitiq/app',
  'neon-backup:githubWorkflows': 'commit',
};

const names = () => declared.map(({ name }) => name);
const OF_FUNCTION = [
  ...['snapshot', 'snapshot-log', 'snapshot-role', 'snapshot-policy', 'snapshot-function'],
  ...['snapshot-calls', 'snapshot-schedule', 'alarms-branches-near-limit'],
];
const OF_WORKFLOW = ['github-NEON_API_KEY', 'github-NEON_PROJECT_ID', 'github-backup.yml'];

/** What is declared for snapshots, as somebody has chosen. */
async function declare(more: Record<string, string | undefined>): Promise<string[]> {
  await mockCloud();
  await runProgram({ ...NEON, ...more });
  return names().filter((name) => [...OF_FUNCTION, ...OF_WORKFLOW].includes(name));
}

describe('snapshots of a project of Neon', () => {
  beforeAll(() => declare(GITHUB));

  it('are made by a function, and not by GitHub, which gets no key then', () => {
    expect(names()).toEqual(expect.arrayContaining(OF_FUNCTION));
    expect(names().filter((name) => OF_WORKFLOW.includes(name))).toEqual([]);
  });

  it('are made on a schedule of their own, which says what the function understands', () => {
    const { inputs } = find('aws:scheduler/schedule:Schedule', 'snapshot-schedule');
    const event = inputs.target.input.replace('<aws.scheduler.scheduled-time>', DUE);

    expect(inputs.scheduleExpression).toBe('cron(30 1 * * ? *)');
    expect(inputs.target.arn).toMatch(/snapshot$|snapshot-function$/);
    expect(parseSnapshotEvent(JSON.parse(event))).toEqual({ scheduledAt: DUE });
  });

  it('are made by a function that reads the key, and can do nothing else', () => {
    const { policy } = find('aws:iam/rolePolicy:RolePolicy', 'snapshot-policy').inputs;
    const statements: { Sid: string }[] = JSON.parse(policy).Statement;

    expect(statements.map(({ Sid }) => Sid)).toEqual([
      'WriteLog',
      ...['ReadNeonApiKey', 'DecryptNeonApiKey', 'SendDeadLetters', 'EncryptDeadLetters'],
    ]);
  });

  it('are counted against the branches of the plan, by what the function says', () => {
    expect(
      find('aws:cloudwatch/metricAlarm:MetricAlarm', 'alarms-branches-near-limit').inputs,
    ).toMatchObject({ metricName: 'FreeBranches', threshold: 2, treatMissingData: 'ignore' });
  });

  it('stay as the settings say', () => {
    const { environment } = find('aws:lambda/function:Function', 'snapshot-function').inputs;

    expect(readSettings(environment.variables).source).toMatchObject({
      snapshots: { as: 'branch', keep: 7, keepDays: 30 },
    });
  });
});

it("are Neon's own where that is wished, by the same function, and no branches are counted", async () => {
  const made = await declare({
    'neon-backup:snapshots': 'native',
    'neon-backup:snapshotKeep': '3',
  });
  const { environment } = find('aws:lambda/function:Function', 'snapshot-function').inputs;

  const counted = 'alarms-branches-near-limit';
  expect(made.sort()).toEqual(OF_FUNCTION.filter((name) => name !== counted).sort());
  expect(readSettings(environment.variables).source).toMatchObject({
    snapshots: { as: 'native', keep: 3, keepDays: 30 },
  });
});

it('are made by one of them, or by nobody', async () => {
  const workflow = { ...GITHUB, 'neon-backup:snapshots': 'workflow' };

  expect((await declare(workflow)).sort()).toEqual([...OF_WORKFLOW].sort());
  expect(await declare({ ...GITHUB, 'neon-backup:snapshots': 'none' })).toEqual([]);
});

it('are none of a database that is not at Neon', async () => {
  await mockCloud();
  await runProgram();

  expect(names().filter((name) => OF_FUNCTION.includes(name))).toEqual([]);
});
