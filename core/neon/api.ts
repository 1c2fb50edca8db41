import type { z } from 'zod';
import { BackupError } from '../errors';
import { answersOf } from './answers';
import { ask, type Manners } from './ask';
import { type Answer, type Client, makeClient } from './http';
import { NativeSnapshots } from './native-api';
import * as requests from './requests';
import type { Branch, Database, Endpoint, ListedBranch, Operation, Project, Role } from './shapes';

export interface NeonOptions extends Manners {
  readonly apiKey: string;
  /** @default NEON_API_URL, else Neon's own */
  readonly baseUrl?: string | undefined;
}

/** A branch, and what is under way with it. */
export interface Changed {
  readonly branch: Branch;
  readonly operations: Operation[];
}

const PAGE = 1_000;

/**
 * Opens one project of Neon's. Nothing is asked yet.
 * @param project its id
 * @throws BackupError `usage`
 */
export function openNeon(project: string, { apiKey, baseUrl, ...manners }: NeonOptions): Neon {
  if (!/^[a-z0-9-]{1,60}$/.test(project))
    throw new BackupError('usage', `"${project.slice(0, 60)}" is no id of a Neon project.`, {
      cure: 'It stands in the Neon Console under Settings, and looks like quiet-moon-12345678.',
    });
  return new Neon(project, makeClient(apiKey, baseUrl), manners);
}

/**
 * Neon's API, as far as this project uses it: plain objects, errors without secrets, limits of time, and
 * second tries where they are safe. What changes something comes back before it is done: wait for its
 * operations. Ids are those of Neon's own answers. Every method throws NeonError, or the signal's reason.
 */
export class Neon {
  readonly project: string;
  readonly manners: Manners;
  /** Its own snapshots, which are no branches. */
  readonly native: NativeSnapshots;
  readonly #client: Client;
  readonly #answers: ReturnType<typeof answersOf>;

  constructor(project: string, client: Client, manners: Manners) {
    this.project = project;
    this.manners = manners;
    this.#client = client;
    this.#answers = answersOf(project);
    this.native = new NativeSnapshots(project, client, this.#answers, (shape, send) =>
      this.#ask(shape, send),
    );
  }

  /** The same, ended by another signal. */
  under(signal: AbortSignal | undefined): Neon {
    return new Neon(this.project, this.#client, { ...this.manners, signal });
  }

  getProject(): Promise<Project> {
    return this.#ask(this.#answers.project, (more) => this.#client.getProject(this.project, more));
  }

  /** @param seconds how far back a branch can be made from then on; what is older is lost at once */
  setHistory(seconds: number): Promise<{ project: Project; operations: Operation[] }> {
    const request = { project: { history_retention_seconds: seconds } };
    return this.#ask(this.#answers.changedProject, (more) =>
      this.#client.updateProject(this.project, request, more),
    );
  }

  /** The oldest first: what is deleted in between moves none to another page. */
  async listBranches(prefix = ''): Promise<ListedBranch[]> {
    const found: ListedBranch[] = [];
    let cursor: string | undefined;
    do {
      const asked = {
        projectId: this.project,
        limit: PAGE,
        sort_by: 'created_at' as const,
        sort_order: 'asc' as const,
        ...(prefix ? { search: prefix } : {}),
        ...(cursor ? { cursor } : {}),
      };
      const { branches, next } = await this.#ask(this.#answers.branches, (more) =>
        this.#client.listProjectBranches(asked, more),
      );
      found.push(...branches);
      cursor = branches.length > 0 ? next : undefined;
    } while (cursor);
    // Neon finds it anywhere in a name, and in ids too.
    return found.filter(({ name }) => name.startsWith(prefix));
  }

  getBranch(id: string): Promise<Branch> {
    return this.#ask(this.#answers.branch(id), (more) =>
      this.#client.getProjectBranch(this.project, id, more),
    );
  }

  createBranch(branch: requests.NewBranch): Promise<Changed & { endpoints: Endpoint[] }> {
    const request = requests.branchRequest(branch);
    return this.#ask(this.#answers.made, (more) =>
      this.#client.createProjectBranch(this.project, request, more),
    );
  }

  updateBranch(id: string, change: requests.BranchChange): Promise<Changed> {
    const request = requests.changeRequest(change);
    return this.#ask(this.#answers.changed, (more) =>
      this.#client.updateProjectBranch(this.project, id, request, more),
    );
  }

  restoreBranch(id: string, restoration: requests.Restoration): Promise<Changed> {
    const request = requests.restoreRequest(restoration);
    return this.#ask(this.#answers.changed, (more) =>
      this.#client.restoreProjectBranch(this.project, id, request, more),
    );
  }

  /** No operations: it was gone before. */
  deleteBranch(branchId: string): Promise<Operation[]> {
    return this.#ask(this.#answers.started, (more) =>
      this.#client.deleteProjectBranch({ projectId: this.project, branchId }, more),
    );
  }

  listEndpoints(branch: string): Promise<Endpoint[]> {
    return this.#ask(this.#answers.endpoints, (more) =>
      this.#client.listProjectBranchEndpoints(this.project, branch, more),
    );
  }

  getOperation(id: string): Promise<Operation> {
    return this.#ask(this.#answers.operation, (more) =>
      this.#client.getProjectOperation(this.project, id, more),
    );
  }

  /** Gives a branch a compute, which it did not have. */
  createEndpoint(
    of: requests.NewEndpoint,
  ): Promise<{ endpoint: Endpoint; operations: Operation[] }> {
    const request = requests.endpointRequest(of);
    return this.#ask(this.#answers.madeEndpoint, (more) =>
      this.#client.createProjectEndpoint(this.project, request, more),
    );
  }

  listDatabases(branch: string): Promise<Database[]> {
    return this.#ask(this.#answers.databases, (more) =>
      this.#client.listProjectBranchDatabases(this.project, branch, more),
    );
  }

  listRoles(branch: string): Promise<Role[]> {
    return this.#ask(this.#answers.roles, (more) =>
      this.#client.listProjectBranchRoles(this.project, branch, more),
    );
  }

  /** `postgresql://…` of the direct host, with the password. */
  getConnectionUri(of: { branch: string; database: string; role: string }): Promise<string> {
    const asked = {
      projectId: this.project,
      branch_id: of.branch,
      database_name: of.database,
      role_name: of.role,
      pooled: false,
    };
    return this.#ask(this.#answers.uri, (more) => this.#client.getConnectionUri(asked, more));
  }

  /** Whose the key is: `api_key_user`, `api_key_org`, or a sort that is newer than this. */
  getKeyKind(): Promise<string> {
    return this.#ask(this.#answers.keyKind, (more) => this.#client.getAuthDetails(more));
  }

  #ask<Shape extends z.ZodType>(shape: Shape, send: (more: object) => Promise<Answer>) {
    return ask(this.manners, shape, send);
  }
}
