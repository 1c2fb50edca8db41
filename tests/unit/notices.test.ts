import { slotKey } from '../../contract/keys';
import { BackupError } from '../../core/errors';
import { findBackup } from '../../core/find';
import { toJson } from '../../core/json';
import {
  backupFailed,
  badVerdict,
  neverRestored,
  nextWillFail,
  recovered,
} from '../../core/notices/events';
import type { Place } from '../../core/notices/notice';
import { readSituation } from '../../core/notices/situation';
import type { SlotRecord } from '../../core/slot/record';
import type { Store } from '../../core/stores/store';
import { folderStoreForTests } from '../support/folder-store';
import { putStored } from '../support/stored';

const store = folderStoreForTests();
const NOW = new Date('2026-11-24T02:05:00Z');
const PLACE: Place = {
  store: 's3://vault/here',
  database: 'app',
  region: 'eu-central-1',
  repository: 'https://example.com/neon-backup.git',
};
const GOOD = '20261121T020000Z-good';

async function failSlot(
  startedAt: string,
  why = 'The server refused the password.',
): Promise<void> {
  const slot = startedAt.replace(/[-:]|\.\d+/g, '');
  const record: SlotRecord = {
    format: 1,
    kind: 'daily',
    slot,
    state: 'failed',
    holder: 'x',
    startedAt,
    until: startedAt,
    failures: [{ at: startedAt, why }],
  };
  await store().put(slotKey({ database: 'app', kind: 'daily', slot }), toJson(record));
}

function situation(before = NOW) {
  return readSituation(store(), { database: 'app', kind: 'daily' }, before);
}

it('says what failed, since when, what is safe, what to do, and how to restore', async () => {
  await putStored(store(), { id: GOOD, state: 'VERIFIED', proof: 'restored' });
  for (const day of ['22', '23', '24']) await failSlot(`2026-11-${day}T02:00:00.000Z`);
  const error = new BackupError('auth', 'The server refused the password.', {
    cure: 'Check it.',
    output: 'FATAL: no',
  });

  const { subject, text } = backupFailed('daily', error, await situation(), PLACE);

  expect(subject).toBe('neon-backup: the daily backup of app failed');
  expect(text).toBe(`the daily backup of app failed

What:        The server refused the password.
             FATAL: no
Since:       2026-11-22 02:00 UTC, 3 times by now
Still safe:  ${GOOD} (daily), data of 2026-11-21 02:00 UTC, VERIFIED (restored)
What to do:  Check it.

To restore what is safe, into an empty database, on any machine with Node and npm:
  git clone https://example.com/neon-backup.git neon-backup && cd neon-backup && npm ci
  export AWS_REGION=eu-central-1    # and credentials that may read the vault
  npx neon-backup restore ${GOOD} --in s3://vault/here --into postgres://USER:PASSWORD@HOST/EMPTY_DATABASE
`);
});

it('says before it is due what will make a backup fail, each with its cure, and what is safe', async () => {
  await putStored(store(), { id: GOOD, state: 'VERIFIED' });
  const problems = [
    { detail: 'The key is no longer good.', cure: 'Make a new one.' },
    { detail: 'No branch is left.', cure: 'Delete some.' },
  ];
  const safe = await findBackup(store(), GOOD);

  const { subject, text } = nextWillFail(
    problems,
    { safe, troubles: [] },
    { ...PLACE, deployment: 'neon-backup-prod' },
  );

  expect(subject).toBe('neon-backup: the next backup of app will fail');
  expect(text).toContain(`the next backup of app will fail

What:        The key is no longer good.
             No branch is left.
Still safe:  ${GOOD} (daily)`);
  expect(text).toContain(`What to do:  Make a new one.
             Delete some.
             Then let it be looked at again:
             aws lambda invoke --region eu-central-1 --function-name neon-backup-prod-watch `);
});

it('hides nothing where nothing is safe', async () => {
  const { text } = backupFailed('daily', new Error('boom'), await situation(), PLACE);

  expect(text).toContain('Still safe:  NOTHING: no backup of this database is VERIFIED');
  expect(text).not.toContain('restore');
});

it("says so where the store can't be read, and is sent all the same", async () => {
  const broken = new Proxy(store(), {
    get: (target, name: keyof Store) => {
      if (name !== 'list') return (target[name] as (...args: unknown[]) => unknown).bind(target);
      return () => {
        throw new BackupError('store', 'The key is disabled.');
      };
    },
  }) as Store;

  const found = await readSituation(broken, { database: 'app', kind: 'daily' }, NOW);
  const { text } = backupFailed('daily', new Error('boom'), found, PLACE);

  expect(text).toContain('Still safe:  it could not be looked up: The key is disabled.');
});

it('counts as trouble what came after the newest good backup, and not what it has made good', async () => {
  await failSlot('2026-11-20T02:00:00.000Z');
  await putStored(store(), { id: GOOD, state: 'VERIFIED' });
  await putStored(store(), { id: '20261122T020000Z-badx', state: 'UNVERIFIABLE' });
  await failSlot('2026-11-23T02:00:00.000Z');
  await putStored(store(), { id: '20261123T030000Z-week', kind: 'weekly', state: 'FAILED' });

  expect((await situation()).troubles.map(({ what }) => what)).toEqual([
    '20261122T020000Z-badx is UNVERIFIABLE',
    'no backup was made: The server refused the password.',
  ]);
});

it('is at ease once a newer backup is VERIFIED', async () => {
  await putStored(store(), { id: GOOD, state: 'VERIFIED' });
  await failSlot('2026-11-22T02:00:00.000Z');
  await putStored(store(), { id: '20261123T020000Z-next', state: 'VERIFIED' });

  expect((await situation()).troubles).toEqual([]);
  expect((await situation(new Date('2026-11-23T02:00:00Z'))).troubles).toHaveLength(1);
});

it('says of a shrunk backup how to accept it, and what the checks found', async () => {
  const address = await putStored(store(), { id: GOOD, state: 'UNVERIFIABLE' });
  const { verification } = await findBackup(store(), GOOD);
  if (!verification) throw new Error('it has no verdict');
  const checks = [
    { name: 'files', ok: true, detail: 'fine' },
    { name: 'shrunk', ok: null, detail: 'public.User went from 900 rows to 3' },
  ];

  const { subject, text } = badVerdict(
    address,
    { ...verification, checks },
    await situation(),
    PLACE,
  );

  expect(subject).toBe(`neon-backup: the daily backup ${GOOD} of app is UNVERIFIABLE`);
  expect(text).toContain('What:        shrunk: public.User went from 900 rows to 3\n');
  expect(text).toContain(`--payload '{"id":"${GOOD}","acceptShrink":true}'`);
});

it('says when all is well again', async () => {
  const address = await putStored(store(), { id: GOOD, state: 'VERIFIED' });
  const { verification } = await findBackup(store(), GOOD);
  if (!verification) throw new Error('it has no verdict');

  const { subject } = recovered(address, verification, await situation(), PLACE);

  expect(subject).toBe('neon-backup: the daily backups of app are good again');
});

it('keeps a subject to what an e-mail may have', async () => {
  const database = `größer ${'x'.repeat(200)}`;

  const { subject } = neverRestored(await situation(), { ...PLACE, database });

  expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
});

it('says how to take on the role that may restore, before the command that needs it', async () => {
  await putStored(store(), { id: GOOD, state: 'VERIFIED' });
  const assume = 'aws sts assume-role --role-arn ROLE';

  const { text } = neverRestored(await situation(), { ...PLACE, assume });

  expect(text).toContain(`
  export AWS_REGION=eu-central-1
  ${assume}
  npx neon-backup restore ${GOOD} `);
});

it('says where to start without a repository', async () => {
  await putStored(store(), { id: GOOD, state: 'VERIFIED' });

  const { text } = neverRestored(await situation(), { store: PLACE.store, database: 'app' });

  expect(text).toContain('  cd neon-backup && npm ci');
  expect(text).not.toMatch(/undefined|AWS_REGION/);
});
