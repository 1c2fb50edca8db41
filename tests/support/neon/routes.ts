import {
  type Answered,
  type Asked,
  endpointsOf,
  ok,
  ownedBy,
  refuse,
  refuseOutsideWindow,
} from './answers';
import { snapshotBody } from './bodies';
import {
  createBranch,
  deleteBranch,
  getBranch,
  listBranches,
  restoreBranch,
  updateBranch,
} from './branch-routes';
import { Refusal, type SimulatedProject } from './project';

type Route = (project: SimulatedProject, asked: Asked) => Answered | Promise<Answered>;

const BRANCH = '/branches/([^/]+)';

/** What the simulator does, by method and path below the project. */
const ROUTES: readonly (readonly [string, string, Route])[] = [
  ['GET', '', (project) => ok({ project: project.body() })],
  ['GET', '/branches', listBranches],
  ['POST', '/branches', createBranch],
  ['GET', BRANCH, getBranch],
  ['PATCH', BRANCH, updateBranch],
  ['DELETE', BRANCH, deleteBranch],
  ['POST', `${BRANCH}/restore`, restoreBranch],
  ['GET', `${BRANCH}/endpoints`, listEndpoints],
  ['GET', `${BRANCH}/databases`, listDatabases],
  ['GET', `${BRANCH}/roles`, listRoles],
  ['POST', `${BRANCH}/snapshot`, createSnapshot],
  ['GET', '/operations/([^/]+)', getOperation],
  ['GET', '/connection_uri', connectionUri],
  ['GET', '/snapshots', ({ snapshots }) => ok({ snapshots })],
  ['DELETE', '/snapshots/([^/]+)', deleteSnapshot],
];

/** @param path below the project: `/branches` */
export async function answer(
  project: SimulatedProject,
  method: string,
  path: string,
  asked: Omit<Asked, 'ids'>,
): Promise<Answered> {
  for (const [verb, pattern, route] of ROUTES) {
    const match = verb === method && new RegExp(`^${pattern}$`).exec(path);
    if (!match) continue;
    if (verb !== 'GET' && project.busy) throw new Refusal(423, BUSY);
    return route(project, { ...asked, ids: match.slice(1) });
  }
  throw new Refusal(404, 'the simulator does not do this');
}

export const BUSY =
  'project already has running conflicting operations, scheduling of new ones is prohibited';

function listEndpoints(project: SimulatedProject, { ids }: Asked): Answered {
  return ok(endpointsOf(project.find(ids[0])));
}

function listDatabases(project: SimulatedProject, { ids }: Asked): Answered {
  return ok({ databases: ownedBy(project, project.find(ids[0])).databases });
}

function listRoles(project: SimulatedProject, { ids }: Asked): Answered {
  return ok({ roles: ownedBy(project, project.find(ids[0])).roles });
}

function getOperation({ operations }: SimulatedProject, { ids }: Asked): Answered {
  const operation = operations.find(({ id }) => id === ids[0]);
  if (!operation) throw new Refusal(404, 'operation not found');
  return ok({ operation });
}

function connectionUri(project: SimulatedProject, { query }: Asked): Answered {
  const { branch_id, database_name = '', role_name = '', pooled } = query;
  const { endpoint, cluster, roles } = project.find(branch_id ?? project.default.branch.id);
  const password = roles[role_name];
  if (!endpoint) throw new Refusal(404, 'the branch has no read-write endpoint');
  if (password === undefined) throw new Refusal(404, 'role not found');
  if (!(database_name in project.options.databases)) throw new Refusal(404, 'database not found');
  const host = pooled === 'true' ? endpoint.host.replace('.', '-pooler.') : endpoint.host;
  const [port, safety] = cluster
    ? [`:${cluster.port}`, '']
    : ['', '?sslmode=require&channel_binding=require'];
  const login = `${encodeURIComponent(role_name)}:${encodeURIComponent(password)}`;
  const database = encodeURIComponent(database_name);
  return ok({ uri: `postgresql://${login}@${host}${port}/${database}${safety}` });
}

function createSnapshot(project: SimulatedProject, { ids, query }: Asked): Answered {
  const place = project.find(ids[0]);
  if (place.branch.parent_id) throw refuse('snapshots are of root branches only');
  if (query.timestamp) refuseOutsideWindow(project, query.timestamp);
  const snapshot = snapshotBody(project.now(), { ...query, source_branch_id: place.branch.id });
  project.snapshots.push(snapshot);
  return ok({ snapshot, operations: project.start(['create_branch'], place) });
}

function deleteSnapshot(project: SimulatedProject, { ids: [id] }: Asked): Answered {
  const at = project.snapshots.findIndex((snapshot) => snapshot.id === id);
  if (at < 0) throw new Refusal(404, 'snapshot not found');
  project.snapshots.splice(at, 1);
  return ok({ operations: project.start(['delete_timeline'], project.default) }, 202);
}
