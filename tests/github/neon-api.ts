import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { loadContract } from '../support/neon/openapi';

export const PROJECT = 'calm-sea-12345678';
export const KEY = 'napi_canary51b7key';

const PREFIX = '/api/v2';
const DAY = 86_400_000;

export interface Branch {
  readonly id: string;
  readonly name: string;
  readonly parent_id?: string;
  readonly default?: boolean;
  readonly protected?: boolean;
  readonly current_state?: string;
  readonly created_at?: string;
  readonly expires_at?: string;
  readonly annotation?: Record<string, string>;
}

/** What is answered in the place of what was asked for. */
export interface Fault {
  readonly method: string;
  readonly status: number;
  /** An error of Neon's; a text goes out as it is. */
  readonly message?: string;
  /** @default 1 */
  readonly times?: number;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Answer = readonly [status: number, body?: unknown];

/**
 * The branches of one project, behind the part of Neon's API that a workflow uses. Every request, and every answer of
 * its own, is held against Neon's description of the API.
 */
export class NeonApi {
  readonly branches: Branch[] = [];
  /** What was asked, in order: method and path. */
  readonly calls: string[] = [];
  /** What was against the description. */
  readonly violations: string[] = [];
  /** How often a new branch is still on its way when it is looked at. */
  initLooks = 2;
  /** Neon may give less than it is asked for. */
  pageSize = 100;
  readonly #faults: { fault: Fault; left: number }[] = [];
  readonly #looks = new Map<string, number>();
  readonly #contract = loadContract();
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${PREFIX}`;
  }

  fail(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  close(): void {
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url);
    const [method, path] = [request.method ?? '', url.pathname.slice(PREFIX.length)];
    const sent = await text(request);
    this.calls.push(`${method} ${path}`);
    const query = Object.fromEntries(url.searchParams);
    const asked = { method, path, query, body: sent ? JSON.parse(sent) : undefined };
    this.violations.push(...this.#contract.request(asked));
    const known = request.headers.authorization === `Bearer ${KEY}`;
    const [status, body = ''] =
      this.#fault(method) ?? (known ? this.#answer(asked) : error(401, 'no such key'));
    if (typeof body !== 'string')
      this.violations.push(...this.#contract.answer({ ...asked, status, body }));
    response.statusCode = status;
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  #fault(method: string): Answer | undefined {
    const found = this.#faults.find(({ fault, left }) => fault.method === method && left > 0);
    if (!found) return undefined;
    found.left -= 1;
    const { status, message = 'out of order' } = found.fault;
    return message.startsWith('<') ? [status, message] : error(status, message);
  }

  #answer({ method, path, query, body }: Asked): Answer {
    const [, project, , id] = path.slice(1).split('/');
    if (project !== PROJECT) return error(404, 'project not found');
    if (method === 'POST') return this.#create(body as Creation);
    if (id === undefined) return this.#list(query);
    const branch = this.branches.find((one) => one.id === id);
    if (!branch) return method === 'DELETE' ? [204] : error(404, 'branch not found');
    return method === 'DELETE' ? this.#delete(branch) : this.#get(branch);
  }

  #create({ branch: { name, expires_at }, annotation_value: annotation }: Creation): Answer {
    if (Date.parse(expires_at) > Date.now() + 30 * DAY) return error(400, 'expires_at too late');
    const [id, parent_id] = [`br-new-${this.branches.length}`, this.branches[0]?.id as string];
    const branch = {
      id,
      name,
      parent_id,
      expires_at,
      annotation,
      created_at: new Date().toISOString(),
    };
    this.branches.push(branch);
    this.#looks.set(id, this.initLooks);
    const none = { endpoints: [], operations: [], roles: [], databases: [] };
    return [201, { branch: this.#shown(branch), ...none }];
  }

  #list({ cursor }: Asked['query']): Answer {
    // The mark is opaque, and holds what a URL doesn't.
    const from = Number(cursor?.replace('+/=&', '') ?? 0);
    const page = this.branches.slice(from, from + this.pageSize);
    const notes = page.filter(({ annotation }) => annotation).map((one) => [one.id, noteOf(one)]);
    const branches = page.map((branch) => this.#shown(branch));
    const pagination = {
      next: `+/=&${from + page.length}`,
      sort_by: 'created_at',
      sort_order: 'asc',
    };
    return [200, { branches, annotations: Object.fromEntries(notes), pagination }];
  }

  #get(branch: Branch): Answer {
    return [200, { branch: this.#shown(branch), annotation: noteOf(branch) }];
  }

  #delete(branch: Branch): Answer {
    const isParent = this.branches.some(({ parent_id }) => parent_id === branch.id);
    if (isParent || branch.default || branch.protected || !branch.parent_id)
      return error(422, `can't delete ${branch.id}`);
    this.branches.splice(this.branches.indexOf(branch), 1);
    return [200, { branch: this.#shown(branch), operations: [] }];
  }

  #shown({ annotation: _, ...branch }: Branch) {
    const looks = this.#looks.get(branch.id) ?? 0;
    this.#looks.set(branch.id, looks - 1);
    const at = branch.created_at ?? '2026-01-01T00:00:00Z';
    return {
      ...COUNTS,
      default: false,
      protected: false,
      project_id: PROJECT,
      current_state: looks > 0 ? 'init' : 'ready',
      creation_source: 'api',
      created_at: at,
      updated_at: at,
      state_changed_at: at,
      ...branch,
    };
  }
}

interface Creation {
  readonly branch: { readonly name: string; readonly expires_at: string };
  readonly annotation_value: Record<string, string>;
}

const COUNTS = {
  ...{ cpu_used_sec: 0, active_time_seconds: 0, compute_time_seconds: 0 },
  ...{ written_data_bytes: 0, data_transfer_bytes: 0 },
};

function noteOf({ id, annotation = {} }: Branch) {
  return { object: { type: 'console/branch', id }, value: annotation };
}

function error(status: number, message: string): Answer {
  return [status, { code: '', message, request_id: 'f00d' }];
}

/** A project with its default branch alone. */
export async function startNeonApi(): Promise<NeonApi> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = new NeonApi(server);
  api.branches.push({ id: 'br-production', name: 'main', default: true });
  return api;
}
