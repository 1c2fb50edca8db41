import { BackupError, messageOf } from '../../errors';
import type { Neon } from '../api';
import { isNeonError } from '../errors';
import { makeOnce } from '../once';
import { settle } from '../operations';
import { PLANS_AS_OF } from '../plan';
import type { NewSnapshot } from '../requests';
import type { Project, Snapshot } from '../shapes';
import { allowedNatives, chooseRoot, freeNatives, nativeSnapshotsOf } from './native';

export interface TakeNativeOptions {
  /** `backup-20261123`: of one branch there is one of a name. */
  readonly name: string;
  /** Name or id of the root branch that is kept. @default the project's default branch */
  readonly branch?: string | undefined;
  /** Days until Neon deletes it; that can't be changed afterwards. */
  readonly keepDays: number;
  /** How long each of Neon's operations may take, in ms. @default 120,000 */
  readonly readyWithinMs?: number | undefined;
  /** @default the clock of this machine */
  readonly now?: Date | undefined;
}

export interface TakenNative {
  readonly snapshot: Snapshot;
  /** Whether it was made now: of a name that is there already nothing is made. */
  readonly isNew: boolean;
}

const DAY_MS = 86_400_000;

/**
 * Has Neon keep a branch as it is now, as one of its own snapshots.
 * @throws BackupError `usage` for a branch that is not there, or is no root; `refused` where the plan has
 *   no room for it
 */
export async function takeNativeSnapshot(
  neon: Neon,
  { name, branch: wanted, keepDays, readyWithinMs = 120_000, now = new Date() }: TakeNativeOptions,
): Promise<TakenNative> {
  const branch = chooseRoot(await neon.listBranches(), wanted);
  const all = await neon.native.list();
  const there = named(all, name, branch.id);
  if (there) return { snapshot: there, isNew: false };
  const project = await neon.getProject();
  if (freeNatives(project, nativeSnapshotsOf(all, branch.id)) < 1) throw noRoom(project);
  const expiresAt = new Date(now.getTime() + keepDays * DAY_MS);
  const request = { branch: branch.id, name, expiresAt };
  return { snapshot: await make(neon, request, readyWithinMs).catch(inOurWords), isNew: true };
}

/** One that is found after its answer was lost has no operations that anybody knows; what is listed is there. */
async function make(neon: Neon, request: NewSnapshot, limitMs: number): Promise<Snapshot> {
  const once = await makeOnce(
    neon,
    () => neon.native.create(request),
    async () => named(await neon.native.list(), request.name, request.branch),
  );
  if (!once.answer) return once.found;
  const { snapshot, operations } = once.answer;
  if (snapshot.name !== request.name || snapshot.branch !== request.branch)
    throw new BackupError(
      'refused',
      `Neon was asked for the snapshot ${request.name} of ${request.branch}, and its answer names another one.`,
      { cure: 'Look at the snapshots in the Neon Console, then try again.' },
    );
  await settle(neon, operations, limitMs);
  return snapshot;
}

/** Those of Neon's schedule are called what Neon likes. */
function named(all: readonly Snapshot[], name: string, branch: string): Snapshot | undefined {
  return all.find(
    (each) => each.name === name && each.branch === branch && each.isManual !== false,
  );
}

const FREE_SOME =
  'Delete some: npx neon-backup snapshot list names them, and snapshot prune --native deletes ours. Or take a larger plan.';

function noRoom(project: Project): BackupError {
  const allowed = allowedNatives(project);
  return new BackupError(
    'refused',
    `There is no room for a snapshot of Neon's own: of the ${allowed} that the plan allows (as of ${PLANS_AS_OF}), none is left.`,
    { cure: FREE_SOME },
  );
}

function inOurWords(error: unknown): never {
  if (!isNeonError(error) || error.reason !== 'refused') throw error;
  throw new BackupError('refused', `Neon made no snapshot: ${messageOf(error)}`, {
    cure: FREE_SOME,
  });
}
