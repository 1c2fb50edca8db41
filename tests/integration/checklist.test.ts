import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from '../../cli/checklist/answers';
import { stampOf } from '../../contract/keys';
import { FolderStore } from '../../core/stores/folder';
import { buildCli, startCliInShell } from '../support/faults/cli';
import { neonForTests } from '../support/neon/for-tests';
import { putStored } from '../support/stored';

const CANARY = 'canary-77ad-secret';
const neon = neonForTests();
let home: string;

beforeAll(() => buildCli());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'neon-backup-checklist-'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** In a folder and a home of its own. */
async function checklist(args: string[], env: Record<string, string> = {}) {
  const started = startCliInShell('cd "$HOME" && exec "$@"', ['checklist', ...args], {
    ...{ HOME: home, XDG_CONFIG_HOME: join(home, '.config'), PATH: `${home}:${process.env.PATH}` },
    ...env,
  });
  return started.ended;
}

it('answers for a folder and a crontab, also as text, and asks Neon', async () => {
  const url = `postgres://app:${CANARY}@localhost/app`;
  writeFileSync(join(home, '.env'), `DATABASE_URL=${url}\n`, { mode: 0o600 });
  const script = '#!/bin/sh\necho "0 2 * * * npx neon-backup run --to ./backups"\n';
  writeFileSync(join(home, 'crontab'), script, { mode: 0o755 });
  const id = `${stampOf(new Date())}-good`;
  const drilledAt = new Date().toISOString();
  const good = { id, kind: 'manual', state: 'VERIFIED', proof: 'restored', drilledAt } as const;
  await putStored(new FolderStore(join(home, 'backups')), good);
  neon().project.add({ name: 'backup-20261124' });
  const asked = {
    ...{ NEON_API_KEY: neon().apiKey, NEON_PROJECT_ID: neon().project.id },
    NEON_API_URL: neon().url,
  };

  const { status, stdout, stderr } = await checklist(['--json'], asked);
  const text = await checklist([], asked);

  expect([status, stderr]).toEqual([0, '']);
  const answers: Answer[] = JSON.parse(stdout);
  const open = answers.filter(({ state }) => state !== 'done').map(({ box }) => box);
  expect(open).toEqual([
    ...(answers.find(({ box }) => /neonctl/.test(box))?.state === 'not'
      ? ['Install `neonctl` CLI tool']
      : []),
    'Set calendar reminder to test quarterly',
    'Monitor backup storage usage',
    'Review backup retention policy',
    'Update disaster recovery docs',
  ]);
  expect(text.stdout).toMatch(/^Week 1: Setup Basic Backups\n {2}done +Verify Neon plan .*\n/);
  expect(text.stdout).toMatch(
    /\n {2}by hand +Monitor .*\n {11}npx neon-backup doctor --in \.\/backups\n/,
  );
  for (const secret of [CANARY, neon().apiKey]) expect(stdout + text.stdout).not.toContain(secret);
});

it('answers where there is nothing at all, with commands for the store that is named', async () => {
  const { status, stdout } = await checklist(['--in', './my backups', '--json']);
  expect(status).toBe(0);
  const mends = (JSON.parse(stdout) as Answer[]).map(({ mend }) => mend);
  expect(mends).toContain("npx neon-backup run --to './my backups'");
});

it('says of a URL that others may read what to do', async () => {
  writeFileSync(join(home, '.env'), 'DATABASE_URL=postgres://localhost/app\n', { mode: 0o644 });
  const { stdout } = await checklist(['--json']);
  const [answer] = (JSON.parse(stdout) as Answer[]).filter(({ box }) => /^Document c/.test(box));
  expect(answer).toMatchObject({ state: 'not', mend: 'chmod 600 .env' });
});

it('says in one sentence what Neon refuses, without the key', async () => {
  const { status, stderr } = await checklist([], {
    ...{ NEON_API_KEY: CANARY, NEON_PROJECT_ID: neon().project.id, NEON_API_URL: neon().url },
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: Neon's API: GET .*401.*\nCheck the API key/);
  expect(stderr).not.toContain(CANARY);
});
