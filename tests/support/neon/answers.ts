import { type Place, Refusal, type SimulatedProject } from './project';

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
  const age = project.now() - Date.parse(timestamp);
  if (age < 0) throw refuse('the timestamp is in the future');
  if (age > project.options.historySeconds * 1000)
    throw refuse('the timestamp is outside of the history window');
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
