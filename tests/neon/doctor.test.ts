import type { Finding } from '../../core/doctor/finding';
import { buildCli, runCli } from '../support/faults/cli';
import { FOR_COPIES } from '../support/neon/cluster';
import { neonForTests } from '../support/neon/for-tests';
import { createDatabase, query, serverForTests } from '../support/servers';

const PASSWORD = 'canary-77dc-password';

const server = serverForTests(FOR_COPIES);
const neon = neonForTests(() => ({
  cluster: server(),
  roles: { owner: PASSWORD },
  databases: { app: 'owner' },
}));

beforeAll(async () => {
  buildCli();
  const url = await createDatabase(server(), 'app');
  await query(url, `CREATE ROLE owner LOGIN PASSWORD '${PASSWORD}'; CREATE TABLE users (id int)`);
  await query(url, 'ALTER TABLE users OWNER TO owner');
});

async function doctor(env: Record<string, string> = {}) {
  const args = ['doctor', '--from', `neon:${neon().project.id}`, '--json'];
  const given = { NEON_API_URL: neon().url, NEON_API_KEY: neon().apiKey, ...env };
  const { stdout, stderr } = await runCli(args, given);
  expect(stdout + stderr).not.toMatch(/canary/);
  const findings: Finding[] = JSON.parse(stdout);
  return findings;
}

const named = (findings: Finding[]) => findings.map(({ level, subject }) => `${level} ${subject}`);

it('looks at the project, and at the database in it, and changes nothing', async () => {
  const found = named(await doctor());

  expect(found).toEqual(
    expect.arrayContaining(['ok neon', 'ok history', 'ok branches', 'ok connection', 'ok tables']),
  );
  expect(neon().calls.filter(({ method }) => method !== 'GET')).toEqual([]);
});

it('warns of a history that is shorter than is wished for, with the command that mends it', async () => {
  const findings = await doctor({ NEON_BACKUP_HISTORY_WINDOW: '7d' });

  expect(findings.find(({ subject }) => subject === 'history')).toEqual({
    level: 'warn',
    subject: 'history',
    detail: 'Neon can go back 24 h, of 7 days that the plan allows: 7 days are wished for',
    cure: `Run \`npx neon-backup window set 7d --from neon:${neon().project.id}\`.`,
  });
});

it('says once that the key is a wrong one', async () => {
  const found = named(await doctor({ NEON_API_KEY: 'napi_canary_wrong' }));

  expect(found.filter((one) => one.startsWith('fail'))).toEqual(['fail neon']);
  expect(found).not.toContain('ok connection');
});
