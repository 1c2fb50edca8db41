import type { NeonSetting, SourceSetting } from '../../contract/settings';
import type { Source } from '../../core/take/job';
import { printedBy } from '../infra/emf';
import { allOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';

jest.mock('@aws-lambda-powertools/parameters/secrets', () => ({ getSecret: jest.fn() }));

const { getSecret } = jest.requireMock('@aws-lambda-powertools/parameters/secrets');

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x';
const POSTGRES = { kind: 'postgres', secret: SECRET } as const;

Object.assign(process.env, {
  AWS_REGION: 'eu-central-1',
  NEON_BACKUP_SETTINGS: JSON.stringify({
    deployment: 'neon-backup-test',
    store: 's3://vault',
    source: POSTGRES,
  }),
});

const neon = neonForTests();

let lines: string[];

beforeEach(() => {
  process.env.NEON_API_URL = neon().url;
  // Nothing to wait for: the functions wait for real.
  for (const action of ['create_branch', 'start_compute', 'suspend_compute', 'delete_timeline'])
    neon().project.plan(action, ['finished']);
  getSecret.mockReset().mockResolvedValue(neon().apiKey);
});

afterAll(() => {
  delete process.env.NEON_API_URL;
});

/** What the work gives, or what is thrown; and what was logged meanwhile. */
async function using(setting: SourceSetting, work: (source: Source) => unknown): Promise<unknown> {
  const { withSource } = require('../../lambda/source');
  let result: unknown;
  lines = await printedBy(async () => {
    result = await withSource(setting, new AbortController().signal, async (source: Source) =>
      work(source),
    ).catch((error: unknown) => error);
  });
  return result;
}

const setting = (more: Partial<NeonSetting> = {}): NeonSetting => ({
  kind: 'neon',
  secret: SECRET,
  project: neon().project.id,
  ...more,
});

const names = () => [...neon().project.places.values()].map(({ branch }) => branch.name);

it('gives the way to a server whose URL the secret holds', async () => {
  getSecret.mockResolvedValue('postgresql://app:canary@db.example.com/app');

  const source = await using(POSTGRES, (source) => source);

  expect(source).toMatchObject({ host: 'db.example.com', password: 'canary' });
  expect(source).not.toHaveProperty('neon');
  expect(neon().calls).toEqual([]);
});

it('gives the way to a branch that is there for this work alone, and no longer than a function lives', async () => {
  const seen = await using(setting(), (source) => {
    const place = [...neon().project.places.values()].at(-1);
    const lifeMs = Date.parse(place?.branch.expires_at ?? '') - neon().project.now();
    return { source, lifeMs, names: names() };
  });

  expect(seen).toMatchObject({
    source: {
      host: expect.stringMatching(/^ep-/),
      database: 'app',
      neon: { project: neon().project.id, read: 'branch' },
    },
    names: ['production', expect.stringMatching(/^neon-backup-frozen-\d{8}T\d{6}Z-[a-z0-9]{4}$/)],
  });
  expect((seen as { lifeMs: number }).lifeMs / 60_000).toBeGreaterThan(25);
  expect((seen as { lifeMs: number }).lifeMs / 60_000).toBeLessThanOrEqual(30);
  expect(names()).toEqual(['production']);
});

it('takes the branch, database, role and compute from the setting', async () => {
  const staging = neon().project.add({ name: 'staging' });
  neon().project.find(staging.id).roles = { reader: 'r' };
  const more = { branch: 'staging', database: 'app', role: 'reader', computeUnits: 0.5 };

  const seen = await using(setting(more), (source) => {
    const units = [...neon().project.places.values()].at(-1)?.endpoint?.autoscaling_limit_max_cu;
    return { source, units };
  });

  expect(seen).toMatchObject({
    source: { user: 'reader', neon: { branch: staging.id } },
    units: 0.5,
  });
});

it('fails with the work, and leaves no branch', async () => {
  const why = new Error('the work');

  await expect(
    using(setting(), () => {
      throw why;
    }),
  ).resolves.toBe(why);

  expect(names()).toEqual(['production']);
});

it('reads an API key anew that stopped working, and does the work once', async () => {
  getSecret.mockImplementation(async (_arn: string, { forceFetch }: { forceFetch: boolean }) =>
    forceFetch ? neon().apiKey : 'napi_canary_old',
  );
  const work = jest.fn();

  await using(setting(), work);

  expect(work).toHaveBeenCalledTimes(1);
  expect(neon().calls[0]?.status).toBe(401);
});

it('says that the API key stopped working, and never what it is', async () => {
  getSecret.mockResolvedValue('napi_canary_old');
  const work = jest.fn();

  const error = await using(setting(), work);

  expect(error).toMatchObject({ reason: 'auth', cure: expect.stringMatching(/API key/) });
  expect(allOf(error) + lines.join()).not.toMatch(/canary/);
  expect(work).not.toHaveBeenCalled();
});

it('logs that production itself was read, where the policy allows it', async () => {
  for (let at = 0; at < 9; at++) neon().project.add({ name: `feature-${at}` });

  const refused = await using(setting(), () => 'done');
  const done = await using(setting({ withoutBranch: 'direct' }), () => 'done');

  expect(refused).toMatchObject({ reason: 'refused' });
  expect(done).toBe('done');
  expect(lines.join()).toMatch(/"WARN".*Production itself is read/);
});

it('logs a branch that could not be deleted', async () => {
  neon().set({ method: 'DELETE', fault: { status: 422, body: { code: '', message: 'no' } } });

  await expect(using(setting(), () => 'done')).resolves.toBe('done');

  expect(lines.join()).toMatch(/"WARN".*could not be deleted/);
  expect(lines.join()).not.toMatch(/canary/);
});
