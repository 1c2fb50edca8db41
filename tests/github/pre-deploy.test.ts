import type { BackupStatus } from '../../core/watch/status';
import { parseBackupEvent } from '../../lambda/event';
import { type Deployment, SECRETS, startDeployment } from './deployment';

const ID = '20261123T020000Z-k3f9';
const MADE = { says: { id: ID } };

let deployment: Deployment;

beforeAll(async () => {
  deployment = await startDeployment();
});

afterEach(() => {
  deployment.tokenStatus = 200;
});

afterAll(() => deployment.close());

function verdict(state: BackupStatus['state'] | string) {
  const proof = state === 'VERIFIED' ? 'content' : null;
  const says = {
    id: ID,
    kind: 'pre-deploy',
    state,
    proof,
    bytes: 4096,
    dataTime: '2026-11-23T02:00:01Z',
  };
  return { says };
}

it('takes a backup, and waits until it is VERIFIED', async () => {
  deployment.answer({
    backup: [MADE],
    status: [verdict(null), verdict(null), verdict('VERIFIED')],
  });

  const run = await deployment.run('pre-deploy.yml');

  expect(run.exitCode).toBe(0);
  expect(run.summary).toBe(
    `Backup ${ID} is VERIFIED (content): data of 2026-11-23T02:00:01Z, 4096 bytes.\n`,
  );
  const [backup, ...status] = deployment.calls;
  expect(parseBackupEvent(backup?.event)).toMatchObject({ kind: 'pre-deploy' });
  expect(status.map(({ event }) => event)).toEqual([{ id: ID }, { id: ID }, { id: ID }]);
});

it('takes the role of its variables on, with a token of its own', async () => {
  deployment.answer({ backup: [MADE], status: [verdict('VERIFIED')] });

  await deployment.run('pre-deploy.yml');

  for (const call of deployment.calls)
    expect(call).toMatchObject({
      region: 'eu-central-1',
      role: 'arn:aws:iam::111122223333:role/github',
      token: SECRETS[1],
    });
});

it('names the run by its time, and asks again before a silent connection is cut', async () => {
  deployment.answer({ backup: [MADE], status: [verdict('VERIFIED')] });

  await deployment.run('pre-deploy.yml');

  const [backup] = deployment.calls;
  expect(Math.abs(Date.parse(backup?.event.scheduledAt ?? '') - Date.now())).toBeLessThan(60_000);
  expect(backup?.readTimeout).toBeLessThan(240);
});

it.each(['FAILED', 'UNVERIFIABLE'])(
  'fails the deployment when the verdict is %s',
  async (state) => {
    deployment.answer({ backup: [MADE], status: [verdict(null), verdict(state)] });

    const run = await deployment.run('pre-deploy.yml');

    expect(run.exitCode).toBe(1);
    expect(run.log).toContain(`::error::Backup ${ID} is ${state}: nothing is deployed`);
  },
);

it('fails the deployment when there is no verdict in time', async () => {
  deployment.answer({ backup: [MADE], status: [verdict(null)] });

  const run = await deployment.run('pre-deploy.yml', { inputs: { 'max-minutes': 0 } });

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain(
    `::error::Backup ${ID} has no verdict after 0 minutes: nothing is deployed.`,
  );
});

it('takes no other word for a verdict', async () => {
  deployment.answer({ backup: [MADE], status: [verdict('verified, I think')] });

  const run = await deployment.run('pre-deploy.yml');

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain('which is no verdict');
});

it('says why no backup was made', async () => {
  deployment.answer({ backup: [{ error: 'The source was not reached:\n::warning::no route.' }] });

  const run = await deployment.run('pre-deploy.yml');

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain(
    '::error::The function backup failed: The source was not reached: ::warning::no route.',
  );
});

it('fails when the function does not say which backup it made', async () => {
  deployment.answer({ backup: [{ says: {} }] });

  const run = await deployment.run('pre-deploy.yml');

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain('::error::The backup function did not say which backup it made.');
});

it.each([
  ['backup', { backup: [{ refusal: 'AccessDenied' }] }],
  ['status', { backup: [MADE], status: [{ refusal: 'TooManyRequestsException' }] }],
])('fails when AWS does not let it call %s', async (name, answers) => {
  deployment.answer(answers);

  const run = await deployment.run('pre-deploy.yml');

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain(`::error::The function ${name} could not be asked.`);
});

it.each(['121', '1e3', '-1', '', '007'])(
  'refuses to wait %s minutes, before a backup is made',
  async (minutes) => {
    deployment.answer({});

    const run = await deployment.run('pre-deploy.yml', { inputs: { 'max-minutes': minutes } });

    expect(run.exitCode).toBe(1);
    expect(run.log).toContain('::error::max-minutes must be a whole number, at most 120.');
    expect(deployment.calls).toEqual([]);
  },
);

it('says that the stack is missing', async () => {
  const run = await deployment.run('pre-deploy.yml', { vars: { NEON_BACKUP_ROLE: '' } });

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain('::error::The variable NEON_BACKUP_ROLE is missing');
});

it('says which permission its caller has left out', async () => {
  const run = await deployment.run('pre-deploy.yml', { identities: {} });

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain('its caller needs the permission "id-token: write"');
});

it('fails when GitHub gives no token', async () => {
  deployment.tokenStatus = 403;

  const run = await deployment.run('pre-deploy.yml');

  expect(run.exitCode).toBe(1);
  expect(run.log).toContain('::error::GitHub gave this job no token.');
  expect(deployment.calls).toEqual([]);
});
