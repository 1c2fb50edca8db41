import type { EndpointCreateRequest, ProjectUpdateRequest } from '@neondatabase/api-client';
import { type Answered, type Asked, endpointsOf, ok, ownedBy, refuse, uriOf } from './answers';
import {
  createBranch,
  deleteBranch,
  getBranch,
  listBranches,
  restoreBranch,
  updateBranch,
} from './branch-routes';
import { Refusal } from './place';
import type { SimulatedProject } from './project';
import {
  createSnapshot,
  deleteSnapshot,
  getSchedule,
  restoreSnapshot,
  setSchedule,
} from './snapshot-routes';

type Route = (project: SimulatedProject, asked: Asked) => Answered | Promise<Answered>;

const BRANCH = '/branches/([^/]+)';

/** What the simulator does, by method and path below the project. */
const ROUTES: readonly (readonly [string, string, Route])[] = [
  ['GET', '', (project) => ok({ project: project.body() })],
  ['PATCH', '', updateProject],
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
  ['GET', `${BRANCH}/backup_schedule`, getSchedule],
  ['PUT', `${BRANCH}/backup_schedule`, setSchedule],
  ['POST', '/endpoints', createEndpoint],
  ['GET', '/operations/([^/]+)', getOperation],
  ['GET', '/connection_uri', connectionUri],
  ['GET', '/snapshots', ({ snapshots }) => ok({ snapshots })],
  ['DELETE', '/snapshots/([^/]+)', deleteSnapshot],
  ['POST', '/snapshots/([^/]+)/restore', restoreSnapshot],
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

function updateProject(project: SimulatedProject, { body }: Asked): Answered {
  const { history_retention_seconds: seconds } = (body as ProjectUpdateRequest).project;
  if (seconds === undefined) throw new Refusal(404, 'the simulator does not do this');
  if (seconds > project.allowed.historySeconds)
    throw refuse('history_retention_seconds is more than the plan allows');
  project.setHistory(seconds);
  return ok({
    project: project.body(),
    operations: project.start(['apply_config'], project.default),
  });
}

function createEndpoint(project: SimulatedProject, { body }: Asked): Answered {
  const {
    branch_id,
    type,
    autoscaling_limit_max_cu: units = 0.25,
  } = (body as EndpointCreateRequest).endpoint;
  const place = project.find(branch_id);
  if (type !== 'read_write') throw new Refusal(404, 'the simulator does not do this');
  if (place.endpoint) throw refuse('the branch has a read-write endpoint already');
  const endpoint = { ...project.giveCompute(place, units) };
  return ok({ endpoint, operations: project.start(['start_compute'], place) }, 201);
}

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
  const place = project.find(branch_id ?? project.default.branch.id);
  return ok({ uri: uriOf(project, place, database_name, role_name, pooled === 'true') });
}
