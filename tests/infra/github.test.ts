import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { GitHub, type GitHubArgs } from '../../infra/github/github';
import { workflowFiles, writeWorkflows } from '../../infra/github/workflows';
import { declared, find, mockCloud, SECRET, settled } from './graph';

const ROLE = 'aws:iam/role:Role';
const VARIABLE = 'github:index/actionsVariable:ActionsVariable';
const ACTIONS_SECRET = 'github:index/actionsSecret:ActionsSecret';
const FILE = 'github:index/repositoryFile:RepositoryFile';

const ISSUER = 'token.actions.githubusercontent.com';
const PROVIDER = `arn:aws:iam::111122223333:oidc-provider/${ISSUER}`;
const BACKUP = 'arn:aws:lambda:eu-central-1:111122223333:function:backup';
const STATUS = 'arn:aws:lambda:eu-central-1:111122223333:function:status';

const ARGS: GitHubArgs = {
  repository: 'circuitiq/app',
  jobs: { environment: 'production' },
  token: 'canary-token',
  neon: { apiKey: pulumi.secret('canary-key'), projectId: 'calm-sea-12345678' },
  region: 'eu-central-1',
  store: 's3://vault',
  functions: { backup: { name: 'backup', arn: BACKUP }, status: { name: 'status', arn: STATUS } },
  workflows: 'folder',
  clone: 'https://example.com/neon-backup.git',
};

async function declare(more: Partial<GitHubArgs> = {}): Promise<void> {
  await mockCloud();
  new GitHub('github', { ...ARGS, ...more });
  await settled();
}

function namesOf(type: string): string[] {
  return declared.filter((one) => one.type === type).map(({ name }) => name);
}

it('consists of these alone', async () => {
  await declare();

  expect(declared.map(({ name }) => name).sort()).toEqual([
    'github',
    'github-NEON_API_KEY',
    'github-NEON_BACKUP_CLONE',
    'github-NEON_BACKUP_ENVIRONMENT',
    'github-NEON_BACKUP_FUNCTION',
    'github-NEON_BACKUP_REGION',
    'github-NEON_BACKUP_ROLE',
    'github-NEON_BACKUP_STATUS_FUNCTION',
    'github-NEON_BACKUP_STORE',
    'github-NEON_PROJECT_ID',
    'github-identities',
    'github-policy',
    'github-provider',
    'github-role',
  ]);
});

it('writes as the owner of the repository, with a token that is marked secret', async () => {
  await declare();

  const { inputs } = find('pulumi:providers:github', 'github-provider');
  expect(inputs).toMatchObject({ owner: 'circuitiq' });
  expect(inputs.token).toEqual({ ...SECRET, value: 'canary-token' });
});

describe('the variables', () => {
  it('name what the workflows read, and nothing secret', async () => {
    await declare();

    const all = declared.filter(({ type }) => type === VARIABLE).map(({ inputs }) => inputs);
    const values = Object.fromEntries(all.map((one) => [one.variableName, one.value]));
    expect(values).toEqual({
      NEON_BACKUP_ROLE: 'arn:aws:mock:eu-central-1:111122223333:github-role',
      NEON_BACKUP_REGION: 'eu-central-1',
      NEON_BACKUP_STORE: 's3://vault',
      NEON_BACKUP_FUNCTION: 'backup',
      NEON_BACKUP_STATUS_FUNCTION: 'status',
      NEON_BACKUP_ENVIRONMENT: 'production',
      NEON_BACKUP_CLONE: 'https://example.com/neon-backup.git',
    });
    for (const { repository } of all) expect(repository).toBe('app');
  });

  it('are all that the workflows ask for', async () => {
    await declare();

    const asked = Object.values(workflowFiles(ARGS)).flatMap(
      (text) => text.match(/(vars|secrets)\.\w+/g) ?? [],
    );
    const names = new Set(asked.map((one) => one.split('.')[1]));
    const there = [...namesOf(VARIABLE), ...namesOf(ACTIONS_SECRET)].map((name) =>
      name.slice('github-'.length),
    );
    expect([...names].sort()).toEqual(there.sort());
  });

  it('name no environment where a branch is trusted', async () => {
    await declare({ jobs: { branch: 'main' } });

    expect(namesOf(VARIABLE)).not.toContain('github-NEON_BACKUP_ENVIRONMENT');
  });
});

describe('the secrets', () => {
  it('are marked secret', async () => {
    await declare();

    const secrets = declared.filter(({ type }) => type === ACTIONS_SECRET);
    const values = secrets.map(({ inputs }) => [inputs.secretName, inputs.value]);
    expect(Object.fromEntries(values)).toEqual({
      NEON_API_KEY: { ...SECRET, value: 'canary-key' },
      NEON_PROJECT_ID: { ...SECRET, value: 'calm-sea-12345678' },
    });
  });

  it('are none where the source is no project of Neon', async () => {
    await declare({ neon: undefined });

    expect(namesOf(ACTIONS_SECRET)).toEqual([]);
  });
});

describe('the role', () => {
  it('may call the two functions, and nothing else', async () => {
    await declare();

    const { inputs } = find('aws:iam/rolePolicy:RolePolicy', 'github-policy');
    expect(JSON.parse(inputs.policy).Statement).toEqual([
      {
        Sid: 'StartBackupAndReadVerdict',
        Effect: 'Allow',
        Action: ['lambda:InvokeFunction'],
        Resource: [BACKUP, STATUS],
      },
    ]);
    expect(declared.filter(({ type }) => /polic/i.test(type))).toHaveLength(1);
  });

  it("is one for an existing provider's tokens, and makes no second provider", async () => {
    await declare({ oidcProviderArn: PROVIDER });

    expect(namesOf('aws:iam/openIdConnectProvider:OpenIdConnectProvider')).toEqual([]);
    expect(trust().Principal).toEqual({ Federated: PROVIDER });
  });

  it("is otherwise one for a provider of GitHub's own", async () => {
    await declare();

    const { inputs } = find(
      'aws:iam/openIdConnectProvider:OpenIdConnectProvider',
      'github-identities',
    );
    expect(inputs).toEqual({ url: `https://${ISSUER}`, clientIdLists: ['sts.amazonaws.com'] });
    expect(trust().Principal).toEqual({ Federated: expect.stringContaining('github-identities') });
  });
});

describe('the trust', () => {
  const IDS = 'circuitiq@1234/app@5678';
  const CASES: [string, Partial<GitHubArgs>, string][] = [
    ['an environment', {}, 'repo:circuitiq/app:environment:production'],
    ['a branch', { jobs: { branch: 'main' } }, 'repo:circuitiq/app:ref:refs/heads/main'],
    ['an environment, by ids', { repository: IDS }, `repo:${IDS}:environment:production`],
    [
      'a branch, by ids',
      { repository: IDS, jobs: { branch: 'main' } },
      `repo:${IDS}:ref:refs/heads/main`,
    ],
  ];
  const SUBJECTS = [
    ...CASES.map(([, , subject]) => subject),
    'repo:circuitiq/app:environment:staging',
    'repo:circuitiq/app:environment:Production',
    'repo:circuitiq/app:environment:production2',
    'repo:circuitiq/app:environment:*',
    'repo:circuitiq/app:ref:refs/heads/main2',
    'repo:circuitiq/app:ref:refs/heads/feature/main',
    'repo:circuitiq/app:ref:refs/tags/main',
    'repo:circuitiq/app:pull_request',
    'repo:circuitiq/app2:environment:production',
    'repo:circuitiq/other:ref:refs/heads/main',
    'repo:evil/app:environment:production',
    'repo:evil/app:ref:refs/heads/main',
    'repo:evil/app:pull_request',
    'repo:evil/x:environment:repo%3Acircuitiq/app%3Aenvironment%3Aproduction',
    'repo:circuitiq@1234/app@9999:environment:production',
    'repo:circuitiq@6666/app@5678:environment:production',
    '',
  ];

  it.each(CASES)('of %s is of it alone', async (_, more, subject) => {
    await declare(more);

    const accepted = SUBJECTS.filter((sub) => mayAssume({ sub, aud: 'sts.amazonaws.com' }));
    expect(accepted).toEqual([subject]);
  });

  it.each(['https://github.com/circuitiq', 'sts.amazonaws.com.evil.example', undefined])(
    'takes no token that is meant for %s',
    async (aud) => {
      await declare();

      expect(mayAssume({ sub: 'repo:circuitiq/app:environment:production', aud })).toBe(false);
    },
  );

  it('encodes a colon as GitHub does', async () => {
    await declare({ jobs: { environment: 'live:eu' } });

    expect(
      mayAssume({ sub: 'repo:circuitiq/app:environment:live%3Aeu', aud: 'sts.amazonaws.com' }),
    ).toBe(true);
  });
});

describe('the workflows', () => {
  it('are committed when that is asked for', async () => {
    await declare({ workflows: 'commit' });

    const files = declared.filter(({ type }) => type === FILE).map(({ inputs }) => inputs);
    expect(Object.fromEntries(files.map(({ file, content }) => [file, content]))).toEqual(
      Object.fromEntries(
        Object.entries(workflowFiles(ARGS)).map(([name, text]) => [
          `.github/workflows/${name}`,
          text,
        ]),
      ),
    );
    // A file of the owner's with the same name is no error to be overcome.
    for (const file of files) expect(file).not.toHaveProperty('overwriteOnCreate');
  });

  it("leave Neon's out where the source is no project of Neon", () => {
    expect(Object.keys(workflowFiles({}))).toEqual([
      'pre-deploy.yml',
      'freshness.yml',
      'weekly-notice.yml',
    ]);
    expect(Object.keys(workflowFiles(ARGS))).toContain('backup.yml');
  });

  it('are written to a folder otherwise', () => {
    const folder = mkdtempSync(join(tmpdir(), 'workflows-'));
    writeWorkflows(join(folder, 'github'), ARGS);

    const names = readdirSync(join(folder, 'github'));
    const found = names.map((name) => [name, readFileSync(join(folder, 'github', name), 'utf8')]);
    expect(Object.fromEntries(found)).toEqual(workflowFiles(ARGS));
    rmSync(folder, { recursive: true });
  });
});

interface TrustStatement {
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Action: string;
  readonly Condition: Record<string, Record<string, string>>;
}

function trust(): TrustStatement {
  const { Statement } = JSON.parse(find(ROLE, 'github-role').inputs.assumeRolePolicy);
  expect(Statement).toHaveLength(1);
  return Statement[0];
}

/** What AWS decides of a token that is GitHub's own. */
function mayAssume(claims: Record<string, string | undefined>): boolean {
  const { Effect, Action, Condition } = trust();
  expect([Effect, Action, Object.keys(Condition)]).toEqual([
    'Allow',
    'sts:AssumeRoleWithWebIdentity',
    ['StringEquals'],
  ]);
  const terms = Object.entries(Condition.StringEquals ?? {});
  expect(terms.map(([key]) => key)).toEqual([`${ISSUER}:aud`, `${ISSUER}:sub`]);
  return terms.every(([key, value]) => claims[key.slice(`${ISSUER}:`.length)] === value);
}
