import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Answered } from './answers';
import { loadContract } from './openapi';
import { Refusal } from './place';
import { type ProjectOptions, SimulatedProject } from './project';
import { answer } from './routes';

/** One request that came, and what became of it. */
export interface Call {
  readonly method: string;
  /** Below the project: `/branches`. */
  readonly path: string;
  /** Undefined where no answer went out. */
  status: number | undefined;
}

/**
 * What happens to a request in the place of being answered: the connection ends before or after it is
 * done; nothing comes; another answer comes, also before or after; or the answer is a changed one.
 */
export type Fault =
  | 'drop'
  | 'drop after'
  | 'silence'
  | {
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Record<string, string>;
      readonly after?: boolean;
    }
  // biome-ignore lint/suspicious/noExplicitAny: what a test makes of an answer is no longer one of Neon's
  | { readonly rewrite: (body: any) => unknown };

export interface FaultRule {
  readonly method?: string;
  /** @default any */
  readonly path?: RegExp;
  /** Which of the requests that fit is the first, from 1. @default 1 */
  readonly nth?: number;
  /** How many in a row. @default 1 */
  readonly count?: number;
  readonly fault: Fault;
}

export interface SimulatedNeonOptions extends ProjectOptions {
  /** @default a canary */
  readonly apiKey?: string;
  /** @default api_key_org */
  readonly keyKind?: string;
}

/** Neon's API on this machine, with one project. */
export class SimulatedNeon {
  /** The only one that is taken; another may be put in its place. */
  apiKey: string;
  readonly project: SimulatedProject;
  readonly calls: Call[] = [];
  /** Where a request, or an answer of the simulator's own, was not as Neon describes it. */
  readonly violations: string[] = [];
  readonly #keyKind: string;
  readonly #contract = loadContract();
  readonly #rules: { readonly rule: FaultRule; seen: number }[] = [];
  readonly #server = createServer((request, response) => {
    this.#handle(request, response).catch((error) => {
      this.violations.push(`the simulator failed: ${error?.stack}`);
      response.destroy();
    });
  });

  constructor({
    apiKey = 'napi_canary6e02key',
    keyKind = 'api_key_org',
    ...options
  }: SimulatedNeonOptions) {
    this.apiKey = apiKey;
    this.#keyKind = keyKind;
    this.project = new SimulatedProject(options);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Of rules that fit the same request, the one set first counts. */
  set(rule: FaultRule): void {
    this.#rules.push({ rule, seen: 0 });
  }

  /** No more faults. */
  clear(): void {
    this.#rules.length = 0;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.project.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const url = new URL(request.url ?? '/', 'http://simulator');
    const sent = await text(request);
    const path = url.pathname.replace(`/projects/${this.project.id}`, '');
    const call: Call = { method, path, status: undefined };
    this.calls.push(call);
    const message = {
      method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: sent ? JSON.parse(sent) : undefined,
    };
    const given = await applied(this.#faultOf(call), () =>
      this.#answer(message, headers.authorization),
    );
    if (given === 'silence') return;
    if (given === 'hang up') return void request.socket.destroy();
    call.status = given.status;
    send(response, given);
  }

  #faultOf({ method, path }: Call): Fault | undefined {
    const due = this.#rules.filter((each) => {
      const { rule } = each;
      const fits = (rule.method ?? method) === method && (rule.path?.test(path) ?? true);
      if (fits) each.seen += 1;
      const { nth = 1, count = 1 } = rule;
      return fits && each.seen >= nth && each.seen < nth + count;
    });
    return due[0]?.rule.fault;
  }

  /** The answer without a fault, held against the contract as the request is. */
  async #answer(message: Sent, authorization: string | undefined): Promise<Answered> {
    this.violations.push(...this.#contract.request(message));
    this.project.tick();
    const answered = await this.#respond(message, authorization);
    this.violations.push(...this.#contract.answer({ ...message, ...answered }));
    return answered;
  }

  async #respond(
    { method, path, query, body }: Sent,
    authorization: string | undefined,
  ): Promise<Answered> {
    const prefix = `/projects/${this.project.id}`;
    try {
      if (authorization !== `Bearer ${this.apiKey}`)
        throw new Refusal(401, 'authentication failed');
      if (path === '/auth')
        return { status: 200, body: { account_id: 'account', auth_method: this.#keyKind } };
      if (!`${path}/`.startsWith(`${prefix}/`)) throw new Refusal(404, 'project not found');
      return await answer(this.project, method, path.slice(prefix.length), { query, body });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message } = error;
      return { status, body: { request_id: randomUUID(), code, message } };
    }
  }
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly body: unknown;
}

interface Given extends Answered {
  readonly headers?: Record<string, string>;
}

/** What goes out, once the fault has had its way. */
async function applied(
  fault: Fault | undefined,
  answered: () => Promise<Answered>,
): Promise<Given | 'silence' | 'hang up'> {
  if (fault === undefined) return answered();
  if (fault === 'silence') return fault;
  if (fault === 'drop') return 'hang up';
  if (fault === 'drop after') return answered().then(() => 'hang up');
  if ('rewrite' in fault) {
    const { status, body } = await answered();
    return { status, body: fault.rewrite(structuredClone(body)) };
  }
  if (fault.after) await answered();
  return fault;
}

/** A text is sent as HTML, everything else as JSON. */
function send(response: ServerResponse, { status, body, headers = {} }: Given): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'Content-Type': isText ? 'text/html' : 'application/json',
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}
