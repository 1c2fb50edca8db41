import type { Project } from '@neondatabase/api-client';
import type { Finding } from '../../core/doctor/finding';
import { examineProject, type NeonQuestion } from '../../core/doctor/neon';
import { apiOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';

const GB = 1e9;
const neon = neonForTests();

/** What is found of a project that Neon describes so, as `level subject`. */
async function found(
  change: (project: Project) => void = () => undefined,
  question: NeonQuestion = {},
): Promise<Record<string, Finding>> {
  neon().set({
    path: /^$/,
    count: 9,
    fault: {
      rewrite: (body) => {
        change(body.project);
        return body;
      },
    },
  });
  const findings = await examineProject(apiOf(neon()).api, question);
  return Object.fromEntries(findings.map((one) => [`${one.level} ${one.subject}`, one]));
}

const owner = (project: Project) => project.owner as NonNullable<Project['owner']>;

it('says what the project is, and that it is well', async () => {
  const all = await found((project) => {
    project.history_retention_seconds = 7 * 86_400;
  });

  expect(all['ok neon']?.detail).toMatch(
    /simulated .*PostgreSQL 18, aws-eu-central-1, plan Launch/,
  );
  expect(all['ok history']?.detail).toBe('Neon can go back 7 days');
  expect(all['ok branches']?.detail).toBe('1 of the 10 branches that the plan includes');
  expect(all['ok egress']?.detail).toMatch(/of the 500.0 GB/);
  expect(Object.keys(all)).toContain('warn branch');
});

it.each<[string, string, RegExp, (project: Project) => void]>([
  ['a window below the plan’s', 'ok history', /24 h, of 7 days that/, () => undefined],
  [
    'a window of hours',
    'warn history',
    /6 h: what was lost/,
    (project) => {
      project.history_retention_seconds = 21_600;
      owner(project).subscription_type = 'free_v3' as never;
    },
  ],
  [
    'no window',
    'warn history',
    /0 h, of 7 days/,
    (project) => {
      project.history_retention_seconds = 0;
    },
  ],
  [
    'a plan that is not told',
    'ok neon',
    /not told/,
    (project) => {
      delete project.owner;
    },
  ],
  [
    'no branch left',
    'fail branches',
    /none is left/,
    (project) => {
      owner(project).branches_limit = 1;
    },
  ],
  [
    'addresses that may connect',
    'warn access',
    /only 1 addresses/,
    (project) => {
      project.settings = { allowed_ips: { ips: ['192.0.2.1'], protected_branches_only: false } };
    },
  ],
  [
    'no way from the internet',
    'warn access',
    /no connection from the internet/,
    (project) => {
      project.settings = { block_public_connections: true };
    },
  ],
  [
    'passwords that are not stored',
    'warn access',
    /does not store/,
    (project) => {
      project.store_passwords = false;
    },
  ],
  [
    'egress near its end',
    'warn egress',
    /450.0 GB of the 500.0 GB/,
    (project) => {
      project.data_transfer_bytes = 450 * GB;
    },
  ],
])('tells of %s', async (_, key, words, change) => {
  expect((await found(change))[key]?.detail).toMatch(words);
});

describe('the history that is wished for', () => {
  const DAY = 86_400;

  /** @param plan undefined where Neon does not tell */
  const looked = async (seconds: number, plan: string | undefined, wish?: number) => {
    const all = await found(
      (project) => {
        project.history_retention_seconds = seconds;
        owner(project).subscription_type = plan as never;
        if (plan === undefined) delete project.owner;
      },
      { historyWindow: wish },
    );
    return all['ok history'] ?? all['warn history'];
  };

  it.each([
    ['as long as it is', DAY, 'launch_v3', DAY],
    ['shorter than it is, and than a day', 7_200, 'launch_v3', 3_600],
    ['a day, where nothing is said', DAY, 'launch_v3', undefined],
  ])('is content with %s', async (_, seconds, plan, wish) => {
    expect(await looked(seconds, plan, wish)).toMatchObject({ level: 'ok' });
  });

  it.each([
    [
      'longer than it is',
      DAY,
      'launch_v3',
      7 * DAY,
      /^Run `.* window set 7d --from neon:[^ ]*`\.$/,
    ],
    ['nothing, and it is less than a day', 0, 'launch_v3', undefined, /^Run `.* set 1d .*`\.$/],
    [
      'more than the plan allows',
      DAY,
      'launch_v3',
      14 * DAY,
      /^Run `.* set 7d .*`\. More than 7 days take/,
    ],
    [
      'more than the plan allows, of which all is there',
      7 * DAY,
      'launch_v3',
      14 * DAY,
      /^More than 7 days take a larger plan; or wish for 7d\.$/,
    ],
    [
      'nothing, on the Free plan',
      21_600,
      'free_v3',
      undefined,
      /^More than 6 h take a larger plan/,
    ],
    ['longer, on a plan that is not told', DAY, undefined, 14 * DAY, /^Run `.* set 14d .*`\.$/],
  ])('is warned of where it is %s', async (_, seconds, plan, wish, cure) => {
    expect(await looked(seconds, plan, wish)).toMatchObject({
      level: 'warn',
      cure: expect.stringMatching(cure),
    });
  });
});

describe('a personal key', () => {
  const personal = neonForTests(() => ({ keyKind: 'api_key_user' }));

  it('is warned of, with the narrower kind', async () => {
    const findings = await examineProject(apiOf(personal()).api, {});

    expect(findings).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        subject: 'key',
        detail: expect.stringMatching(/personal/),
      }),
    );
  });
});

it('is content where a key may not ask whose it is', async () => {
  neon().set({ path: /auth/, fault: { status: 403, body: { code: '', message: 'forbidden' } } });

  expect(Object.keys(await found()).filter((key) => /fail|key/.test(key))).toEqual([]);
});

it('holds the snapshots that are asked for against the room that there is', async () => {
  neon().project.add({ name: 'dev' });

  expect((await found(undefined, { snapshots: 7 }))['warn branches']?.detail).toMatch(
    /room for 6 snapshots, and 7/,
  );
});

it('says that a branch costs more where all that are included are there', async () => {
  for (let i = 0; i < 9; i++) neon().project.add({ name: `dev-${i}` });

  const all = await found((project) => {
    owner(project).branches_limit = 5_000;
  });

  expect(all['warn branches']?.detail).toMatch(/costs more/);
});

it('says nothing of the branch where it is protected', async () => {
  neon().project.default.branch.protected = true;

  expect(await found()).toHaveProperty(['ok branch']);
});

it('fails where there is no such branch', async () => {
  expect((await found(undefined, { branch: 'prod' }))['fail neon']?.detail).toMatch(
    /no branch prod/,
  );
});
