import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a runtime says of an error. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type Answer = { readonly result: unknown } | { readonly error: FunctionError };

export interface Request {
  readonly id: string;
  readonly arn: string;
  readonly event: unknown;
  /** In ms since 1970. */
  readonly deadline: number;
}

/** Lambda's Runtime API for one sandbox, on loopback. */
export interface RuntimeApi {
  /** `host:port`, as AWS_LAMBDA_RUNTIME_API has it. */
  readonly address: string;
  /** Resolves when the runtime asks for an event, or with the error that kept it from starting. */
  ready(): Promise<FunctionError | undefined>;
  /** Hands out one event, when asked for one; what became of it. */
  hand(request: Request): Promise<Answer>;
  close(): Promise<void>;
}

const VERSION = '/2018-06-01/runtime';

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const asked = new Mailbox<ServerResponse | FunctionError>();
  const answers = new Map<string, (answer: Answer) => void>();
  const server = createServer((message, response) => {
    route(message, response, asked, answers).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ready: async () => failureIn(await asked.peek()),
    hand: async (request) => {
      const next = await asked.take();
      const error = failureIn(next);
      if (error) return { error };
      return new Promise((resolve) => {
        answers.set(request.id, resolve);
        give(request, next as ServerResponse);
      });
    },
    close: () => closeServer(server),
  };
}

async function route(
  message: IncomingMessage,
  response: ServerResponse,
  asked: Mailbox<ServerResponse | FunctionError>,
  answers: Map<string, (answer: Answer) => void>,
): Promise<void> {
  const call = `${message.method} ${message.url?.replace(VERSION, '')}`;
  if (call === 'GET /invocation/next') return asked.put(response);
  const body = JSON.parse(await text(message));
  if (call === 'POST /init/error') {
    accept(response);
    return asked.put(body);
  }
  const [, id = '', outcome] = /^POST \/invocation\/([^/]+)\/(response|error)$/.exec(call) ?? [];
  const answer = answers.get(id);
  answers.delete(id);
  if (!answer) return refuse(response, id);
  accept(response);
  answer(outcome === 'error' ? { error: body } : { result: body });
}

function give({ id, arn, event, deadline }: Request, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': id,
    'lambda-runtime-deadline-ms': deadline,
    'lambda-runtime-invoked-function-arn': arn,
    'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0',
  });
  response.end(JSON.stringify(event));
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
}

function refuse(response: ServerResponse, id: string): void {
  const body = { errorType: 'InvalidRequestID', errorMessage: `No invocation ${id} is under way.` };
  response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function failureIn(asked: ServerResponse | FunctionError): FunctionError | undefined {
  return 'errorType' in asked ? asked : undefined;
}

function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}

/** Holds the one thing that was put, for whoever comes for it, before or after. */
class Mailbox<T> {
  private slot = Promise.withResolvers<T>();

  put(item: T): void {
    this.slot.resolve(item);
  }

  peek(): Promise<T> {
    return this.slot.promise;
  }

  async take(): Promise<T> {
    const item = await this.slot.promise;
    this.slot = Promise.withResolvers();
    return item;
  }
}
