import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backup } from '../../core/catalog';
import { drill } from '../../core/drill/drill';
import { embeddedScratch, type Scratch, type ScratchOptions } from '../../core/drill/scratch';
import { BackupError } from '../../core/errors';
import { findBackup } from '../../core/find';
import type { Verification } from '../../core/manifest';
import { type NeonScratchOptions, neonScratch } from '../../core/neon/scratch';
import { parseAddress } from '../../core/postgres/address';
import { FolderStore } from '../../core/stores/folder';
import { takeBackup } from '../../core/take/take';
import { verifyBackup } from '../../core/verify/verify';
import { apiOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';
import { LIKE_NEON, makeLikeNeon } from '../support/neon/like-neon';
import { createShop } from '../support/neon/tenant';
import { query, serverForTests } from '../support/servers';

const OWNER = { role: 'owner', password: 'canary-3e90-password' };
const RUN = '20261123T050000Z-dr1l';

const server = serverForTests(LIKE_NEON);
const neon = neonForTests(() => ({
  cluster: server(),
  roles: { owner: OWNER.password },
  databases: { app: 'owner' },
}));

const folder = mkdtempSync(join(tmpdir(), 'neon-backup-scratch-'));
const store = new FolderStore(folder);
let backup: Backup;

beforeAll(async () => {
  await makeLikeNeon(server().url(), OWNER);
  const source = parseAddress(await createShop(server().url(), 'app', OWNER));
  const { id } = await takeBackup({ source, store, kind: 'manual' });
  backup = await findBackup(store, id);
});

afterAll(() => rmSync(folder, { recursive: true }));

const names = () => [...neon().project.places.values()].map(({ branch }) => branch.name);

/** Verifies with a drill. @param onScratch called when there is one */
function verifyIn(
  open: (options: ScratchOptions) => Promise<Scratch>,
  {
    onScratch = async () => undefined,
    signal,
  }: {
    onScratch?: (scratch: Scratch) => Promise<unknown>;
    signal?: AbortSignal;
  } = {},
): Promise<Verification> {
  const openScratch = async () => {
    const scratch = await open({ manifest: backup.manifest, trustSource: false, signal });
    await onScratch(scratch);
    return scratch;
  };
  return verifyBackup({
    store,
    backup,
    expect: { criticalTables: [], mayBeEmpty: [], shrinkLimit: 0.5 },
    drill: (of, content) => drill({ store, backup: of, content, openScratch, signal }),
  });
}

const onNeon =
  (options: Partial<NeonScratchOptions> = {}, signal?: AbortSignal) =>
  (scratch: ScratchOptions) =>
    neonScratch(apiOf(neon(), { signal }).api, { run: RUN, ...options }, scratch);

it('restores into a branch of the project, finds everything equal, and leaves no branch', async () => {
  let seen: string[] = [];
  const onScratch = async ({ restorer }: Scratch) => {
    seen = names();
    expect(restorer.port).not.toBe(server().port);
  };

  const verification = await verifyIn(onNeon(), { onScratch });

  expect(verification).toMatchObject({ state: 'VERIFIED', proof: 'restored' });
  expect(verification.drill?.scratch).toBe(`a branch of the Neon project ${neon().project.id}`);
  expect(seen).toEqual(['production', `neon-backup-scratch-${RUN}`]);
  expect(names()).toEqual(['production']);
});

it('makes the roles there that the backup needs and the project no longer has', async () => {
  const url = server().url('app');
  await query(url, 'DROP OWNED BY authenticated CASCADE; DROP ROLE authenticated');

  const verification = await verifyIn(onNeon());

  expect(verification).toMatchObject({ state: 'VERIFIED', proof: 'restored' });
  expect(await query(url, `SELECT FROM pg_roles WHERE rolname = 'authenticated'`)).toEqual([]);
});

it('restores with owners and grants into a server of our own, which has nothing of Neon', async () => {
  const verification = await verifyIn(embeddedScratch);

  expect(verification).toMatchObject({ state: 'VERIFIED', proof: 'restored' });
  expect(verification.drill?.limits).toEqual([]);
}, 60_000);

it('finds a difference, and deletes the branch all the same', async () => {
  const harm = (scratch: Scratch) => {
    const { user, password, host, port, database } = scratch.restorer;
    const url = `postgres://${user}:${password}@${host}:${port}/${database}`;
    return query(url, 'CREATE TABLE more (id integer)');
  };

  const verification = await verifyIn(onNeon(), { onScratch: harm });

  expect(verification.state).toBe('FAILED');
  expect(names()).toEqual(['production']);
});

it.each([
  ['does not start', () => neon().project.plan('start_compute', ['running', 'cancelled'])],
  [
    'gives no way in',
    () => neon().set({ path: /connection_uri/, fault: { status: 404, body: '' } }),
  ],
])('decides nothing where the branch %s, and leaves none', async (_, harm) => {
  harm();

  const outcome = await verifyIn(onNeon()).catch((error) => error);

  expect(outcome.state ?? outcome.reason).toMatch(/UNVERIFIABLE|cancelled/);
  expect(names()).toEqual(['production']);
});

it('deletes the branch when it is told to stop', async () => {
  const stop = new AbortController();
  const onScratch = async () => stop.abort(new BackupError('cancelled', 'Stopped by you.'));

  const stopped = verifyIn(onNeon({}, stop.signal), { onScratch, signal: stop.signal });

  await expect(stopped).rejects.toMatchObject({ reason: 'cancelled' });
  expect(names()).toEqual(['production']);
});

it('sweeps what a dead drill left', async () => {
  const over = new Date(neon().project.now() - 1_000).toISOString();
  neon().project.add({ name: 'neon-backup-scratch-20261101T050000Z-dead', expires_at: over });

  await verifyIn(onNeon());

  expect(names()).toEqual(['production']);
});
