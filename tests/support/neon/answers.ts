import { type Place, Refusal } from './place';
import type { SimulatedProject } from './project';

/** One request, once it is known to be one of Neon's. */
export interface Asked {
  /** Those in the path, after the project's. */
  readonly ids: readonly string[];
  readonly query: Record<string, string>;
  readonly body: unknown;
}

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

export const ok = (body: unknown, status = 200): Answered => ({ status, body });
export const refuse = (message: string): Refusal => new Refusal(422, message);

export function refuseOutsideWindow(project: SimulatedProject, timestamp: string): void {
  const time = Date.parse(timestamp);
  if (time > project.now()) throw refuse('the timestamp is in the future');
  if (time < project.historyStart) throw refuse('the timestamp is outside of the history window');
}

/** @param isRoot whether one more root is asked for */
export function refuseOverAllowance(project: SimulatedProject, isRoot: boolean): void {
  const { options, places, allowed } = project;
  if (places.size >= options.branchesLimit)
    throw new Refusal(422, 'branches limit exceeded', 'BRANCHES_LIMIT_EXCEEDED');
  const roots = [...places.values()].filter(({ branch }) => !branch.parent_id);
  if (isRoot && roots.length >= allowed.roots) throw refuse('root branches limit exceeded');
}

export function isParent(project: SimulatedProject, id: string): boolean {
  return [...project.places.values()].some(({ branch }) => branch.parent_id === id);
}

export function endpointsOf({ endpoint }: Place) {
  return { endpoints: endpoint ? [endpoint] : [] };
}

export function ownedBy(project: SimulatedProject, { branch, roles }: Place) {
  const dates = { created_at: branch.created_at, updated_at: branch.updated_at };
  const of = { branch_id: branch.id, ...dates };
  const { databases } = project.options;
  return {
    databases: Object.entries(databases).map(([name, owner_name], id) => ({
      ...of,
      id,
      name,
      owner_name,
    })),
    roles: Object.entries(roles).map(([name, password]) => ({ ...of, name, password })),
  };
}

/** The way in, with the password. */
export function uriOf(
  { options }: SimulatedProject,
  { endpoint, cluster, roles }: Place,
  database: string,
  role: string,
  isPooled = false,
): string {
  const password = roles[role];
  if (!endpoint) throw new Refusal(404, 'the branch has no read-write endpoint');
  if (password === undefined) throw new Refusal(404, 'role not found');
  if (!(database in options.databases)) throw new Refusal(404, 'database not found');
  const host = isPooled ? endpoint.host.replace('.', '-pooler.') : endpoint.host;
  const [port, safety] = cluster
    ? [`:${cluster.port}`, '']
    : ['', '?sslmode=require&channel_binding=require'];
  const login = `${encodeURIComponent(role)}:${encodeURIComponent(password)}`;
  return `postgresql://${login}@${host}${port}/${encodeURIComponent(database)}${safety}`;
}

/** Neon sends them of its own accord where there is one role and one database alone. */
export function connectionUris(project: SimulatedProject, place: Place) {
  const [[database], [role]] = [Object.keys(project.options.databases), Object.keys(place.roles)];
  const isOne = [project.options.databases, place.roles].every(
    (all) => Object.keys(all).length === 1,
  );
  if (!isOne || !place.endpoint || !database || !role) return {};
  const { host } = place.endpoint;
  const connection_parameters = {
    database,
    role,
    password: place.roles[role],
    host,
    pooler_host: host.replace('.', '-pooler.'),
  };
  const connection_uri = uriOf(project, place, database, role);
  return { connection_uris: [{ connection_uri, connection_parameters }] };
}
