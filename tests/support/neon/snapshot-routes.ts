import type { BackupSchedule, Branch, Snapshot } from '@neondatabase/api-client';
import {
  type Answered,
  type Asked,
  endpointsOf,
  ok,
  refuse,
  refuseOutsideWindow,
  refuseOverAllowance,
} from './answers';
import { snapshotBody } from './bodies';
import { type Place, Refusal } from './place';
import type { SimulatedProject } from './project';

const FREQUENCIES = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'];

export async function createSnapshot(
  project: SimulatedProject,
  { ids, query }: Asked,
): Promise<Answered> {
  const place = project.find(ids[0]);
  const { lsn, timestamp, expires_at } = query;
  if (place.branch.parent_id) throw refuse('snapshots are of root branches only');
  if (lsn && timestamp) throw refuse('lsn and timestamp are alternatives');
  if (timestamp) refuseOutsideWindow(project, timestamp);
  if (expires_at && Date.parse(expires_at) <= project.now()) throw refuse('it would be over');
  const manual = project.snapshots.filter((snapshot) => snapshot.manual !== false);
  if (manual.length >= project.allowed.snapshots) throw refuse('snapshots limit exceeded');
  const snapshot = snapshotBody(project.now(), { ...query, source_branch_id: place.branch.id });
  await project.keepSnapshot(snapshot, place);
  return ok({ snapshot: { ...snapshot }, operations: project.start(['create_branch'], place) });
}

export async function deleteSnapshot(
  project: SimulatedProject,
  { ids: [id = ''] }: Asked,
): Promise<Answered> {
  await project.forgetSnapshot(findSnapshot(project, id));
  return ok({ operations: project.start(['delete_timeline'], project.default) }, 202);
}

interface Restoration {
  readonly name?: string;
  readonly target_branch_id?: string;
  readonly finalize_restore?: boolean;
}

/** Into a root of its own. Without a target it is about the branch that the snapshot is of, whatever became of it. */
export async function restoreSnapshot(
  project: SimulatedProject,
  { ids: [id = ''], body }: Asked,
): Promise<Answered> {
  const asked = (body ?? {}) as Restoration;
  const snapshot = findSnapshot(project, id);
  const target = project.find(asked.target_branch_id ?? snapshot.source_branch_id);
  refuseOverAllowance(project, true);
  const { name = `${snapshot.name} restored`, finalize_restore } = asked;
  const restored = await project.fromSnapshot(snapshot, { name, ...RESTORED });
  if (finalize_restore) takePlaceOf(target, restored);
  const then = finalize_restore && restored.endpoint ? ['start_compute'] : [];
  const operations = project.start(['create_branch', ...then], restored);
  return ok({ branch: { ...restored.branch }, ...endpointsOf(restored), operations });
}

const ONGOING = 'restore from snapshot on target branch is still ongoing';

const RESTORED: Partial<Branch> = {
  restore_status: 'restored',
  restricted_actions: [{ name: 'restore', reason: ONGOING }],
};

/** Computes, name, protection and being the default go along; the id does not. */
function takePlaceOf(target: Place, restored: Place): void {
  const { id, name, default: isDefault, protected: isProtected } = target.branch;
  Object.assign(restored.branch, {
    name,
    default: isDefault,
    protected: isProtected,
    restored_as: id,
    restore_status: 'finalized',
  });
  Object.assign(target.branch, { name: `${name} (old)`, default: false, protected: false });
  restored.endpoint = target.endpoint && { ...target.endpoint, branch_id: restored.branch.id };
  target.endpoint = undefined;
}

export function getSchedule(project: SimulatedProject, { ids }: Asked): Answered {
  const { branch } = project.find(ids[0]);
  return ok({ schedule: project.schedules.get(branch.id) ?? [] });
}

export function setSchedule(project: SimulatedProject, { ids, body }: Asked): Answered {
  const { branch } = project.find(ids[0]);
  const { schedule } = body as BackupSchedule;
  if (branch.parent_id) throw refuse('backup schedules are of root branches only');
  if (!project.allowed.schedules) throw refuse('the plan has no backup schedules');
  if (schedule.some(({ frequency }) => !FREQUENCIES.includes(frequency)))
    throw refuse('unknown frequency');
  project.schedules.set(branch.id, schedule);
  return ok({});
}

function findSnapshot({ snapshots }: SimulatedProject, id: string): Snapshot {
  const snapshot = snapshots.find((each) => each.id === id);
  if (!snapshot) throw new Refusal(404, 'snapshot not found');
  return snapshot;
}
