import type {
  AnnotationCreateValueRequest,
  Branch,
  BranchCreateRequest,
  BranchRestoreRequest,
} from '@neondatabase/api-client';
import {
  type Answered,
  type Asked,
  connectionUris,
  endpointsOf,
  isParent,
  ok,
  ownedBy,
  refuse,
  refuseOutsideWindow,
  refuseOverAllowance,
} from './answers';
import type { SimulatedProject } from './project';

const MONTH_MS = 30 * 86_400_000;

/** The cursor is opaque: only this knows what is in it. */
export function listBranches(project: SimulatedProject, { query }: Asked): Answered {
  const { search = '', limit = '100', cursor, sort_order = 'desc' } = query;
  const key = (branch: Branch) => `${branch.created_at} ${branch.id}`;
  const after = cursor && Buffer.from(cursor, 'base64url').toString();
  const all = [...project.places.values()]
    .map(({ branch }) => branch)
    .filter(({ id, name }) => name.includes(search) || id.includes(search))
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
  if (sort_order === 'desc') all.reverse();
  const rest = after ? all.filter((branch) => key(branch) > after) : all;
  const branches = rest.slice(0, Number(limit));
  const last = branches.at(-1);
  const next =
    rest.length > branches.length && last && Buffer.from(key(last)).toString('base64url');
  return ok({
    branches,
    annotations: annotationsOf(project, branches),
    pagination: { sort_order, ...(next ? { next } : {}) },
  });
}

export function getBranch(project: SimulatedProject, { ids }: Asked): Answered {
  const { branch } = project.find(ids[0]);
  const none = { object: { type: 'console/branch', id: branch.id }, value: {} };
  return ok({ branch, annotation: annotationsOf(project, [branch])[branch.id] ?? none });
}

/** Only of those that have one. */
function annotationsOf({ annotations }: SimulatedProject, branches: readonly Branch[]) {
  const found = branches.flatMap(({ id }) => {
    const value = annotations.get(id);
    return value ? [[id, { object: { type: 'console/branch', id }, value }] as const] : [];
  });
  return Object.fromEntries(found);
}

export async function createBranch(project: SimulatedProject, { body }: Asked): Promise<Answered> {
  const asked = (body ?? {}) as BranchCreateRequest & AnnotationCreateValueRequest;
  const { branch = {}, endpoints = [], annotation_value } = asked;
  const parent = project.find(branch.parent_id ?? project.default.branch.id);
  if (parent.branch.expires_at) throw refuse('a branch with an expiration can have no children');
  if (branch.parent_timestamp) refuseOutsideWindow(project, branch.parent_timestamp);
  if (branch.expires_at) refuseExpiry(project, branch.expires_at);
  refuseOverAllowance(project, false);
  const [compute] = endpoints;
  const units = compute && (compute.autoscaling_limit_max_cu ?? 0.25);
  const known = { name: `br-${project.places.size}`, ...branch, parent_id: parent.branch.id };
  const place = await project.branch(known, units);
  if (annotation_value) project.annotations.set(place.branch.id, annotation_value);
  const operations = project.start(['create_branch', ...(compute ? ['start_compute'] : [])], place);
  const { databases, roles } = ownedBy(project, place);
  const made = { ...endpointsOf(place), ...connectionUris(project, place), databases, roles };
  return ok({ ...made, branch: { ...place.branch }, operations }, 201);
}

function refuseExpiry(project: SimulatedProject, expiry: string): void {
  if (/\.\d/.test(expiry)) throw refuse('expires_at has to be in whole seconds');
  const ahead = Date.parse(expiry) - project.now();
  if (ahead <= 0 || ahead > MONTH_MS) throw refuse('expires_at has to be within 30 days');
}

export function updateBranch(project: SimulatedProject, { ids, body }: Asked): Answered {
  const { branch } = project.find(ids[0]);
  const { expires_at, ...change } = (body as { branch: Record<string, unknown> }).branch;
  if (typeof expires_at === 'string') {
    if (branch.default || branch.protected || isParent(project, branch.id))
      throw refuse('this branch can have no expiration');
    refuseExpiry(project, expires_at);
    branch.expires_at = expires_at;
  }
  if (expires_at === null) delete branch.expires_at;
  Object.assign(branch, change);
  return ok({ branch, operations: [] });
}

/** What was there and is gone is answered with 204. */
export async function deleteBranch(
  project: SimulatedProject,
  { ids: [id = ''] }: Asked,
): Promise<Answered> {
  if (project.operations.some(({ branch_id }) => branch_id === id) && !project.places.has(id))
    return ok('', 204);
  const place = project.find(id);
  const { branch } = place;
  if (branch.default || branch.protected || isLastingRoot(project, branch) || isParent(project, id))
    throw refuse('this branch can not be deleted');
  const actions = place.endpoint ? ['suspend_compute', 'delete_timeline'] : ['delete_timeline'];
  const operations = project.start(actions, place);
  await project.remove(id);
  return ok({ branch, operations });
}

/** Of the roots only those go that a snapshot's restore has made, or has put another one in the place of. */
function isLastingRoot({ places }: SimulatedProject, { id, parent_id, restore_status }: Branch) {
  const isReplaced = [...places.values()].some(({ branch }) => branch.restored_as === id);
  return !parent_id && !restore_status && !isReplaced;
}

/** The state that it has now stays under another name; a root's becomes a root, another one's its parent. */
export async function restoreBranch(
  project: SimulatedProject,
  { ids, body }: Asked,
): Promise<Answered> {
  const asked = body as BranchRestoreRequest;
  const place = project.find(ids[0]);
  const { branch } = place;
  const { source_branch_id: from, source_timestamp: time, preserve_under_name: name } = asked;
  if (from === branch.id && !time && !asked.source_lsn) throw refuse('a point in time is needed');
  if (!name && (from === branch.id || isParent(project, branch.id)))
    throw refuse('preserve_under_name is needed');
  const [restriction] = branch.restricted_actions ?? [];
  if (restriction) throw refuse(restriction.reason);
  if (time) refuseOutsideWindow(project, time);
  if (name) refuseOverAllowance(project, !branch.parent_id);
  const source = project.find(from);
  const keep = name ? () => keepUnder(project, branch, name) : undefined;
  await project.replace(place, source, time, keep);
  branch.current_state = 'resetting';
  const operations = project.start(['create_branch', 'apply_config'], place);
  return ok({ branch: { ...branch }, operations });
}

/** Every child moves under what is kept. */
function keepUnder(project: SimulatedProject, branch: Branch, name: string): Branch {
  const kept = project.add({ name, parent_id: branch.parent_id });
  for (const child of project.places.values())
    if (child.branch.parent_id === branch.id) child.branch.parent_id = kept.id;
  if (branch.parent_id) branch.parent_id = kept.id;
  return kept;
}
