import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parseS3Call, type S3Call, type S3Operation } from './s3-operation';

/** One request, as it came and went. */
export interface Recorded extends S3Call {
  readonly headers: IncomingHttpHeaders;
  /** Of its body; undefined while, or where, nobody has read it. */
  sha256: string | undefined;
  /** Of the answer; undefined where there was none. */
  status: number | undefined;
  /** Whether a rule was applied to it. */
  faulty: boolean;
}

/** An answer, whole: what this proxy is for never needs more than a few parts at a time. */
export interface Answer {
  readonly status: number;
  readonly rawHeaders: string[];
  readonly body: Buffer;
}

/** One request in the hands of a fault. */
export interface Exchange {
  readonly call: S3Call;
  /** The body, byte for byte as it was sent. */
  body(): Promise<Buffer>;
  /** Has the server do it, with this body if not with its own. */
  forward(body?: Buffer): Promise<Answer>;
  /** @param body how it is handed out, where that is not all at once; the headers stay as they are */
  send(answer: Answer, body?: (write: ServerResponse) => Promise<unknown>): Promise<void>;
  /** Ends the connection, whatever it is in the middle of. */
  hangUp(): void;
}

/** What happens to a request in the place of being passed on. */
export type Fault = (exchange: Exchange) => Promise<void>;

export interface Rule {
  /** @default any */
  readonly operation?: S3Operation;
  /** Which of the requests that fit is the first one, from 1. @default 1 */
  readonly nth?: number;
  /** How many of them in a row. @default 1 */
  readonly count?: number;
  /** What else has to be so. @default any */
  readonly where?: (request: Recorded) => boolean;
  readonly fault: Fault;
}

/** The way to an S3 server, with faults on it. */
export interface HttpProxy {
  readonly url: string;
  /** Every request since the last `reset`, in the order of arrival. */
  readonly requests: readonly Recorded[];
  /** Those of one operation. */
  of(operation: S3Operation): readonly Recorded[];
  /** Of rules that fit the same request, the one set first counts. */
  set(rule: Rule): void;
  /** From now on everything is passed on; the record is empty. */
  reset(): void;
  close(): Promise<void>;
}

const passOn: Fault = async (exchange) => exchange.send(await exchange.forward());

/** @param target the server's port on this machine */
export async function startHttpProxy(target: number): Promise<HttpProxy> {
  const requests: Recorded[] = [];
  const rules: { rule: Rule; seen: number }[] = [];
  const server = createServer((message, answer) => {
    const call = parseS3Call(message.method, message.url);
    const { headers } = message;
    const record = { ...call, headers, sha256: undefined, status: undefined, faulty: false };
    requests.push(record);
    const fault = faultFor(rules, record);
    record.faulty = fault !== undefined;
    // What is left half-way is an end of the connection for the client, as it would be elsewhere.
    (fault ?? passOn)(exchange(target, record, message, answer)).catch(() => answer.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    of: (operation) => requests.filter((each) => each.operation === operation),
    set: (rule) => void rules.push({ rule, seen: 0 }),
    reset: () => {
      requests.length = 0;
      rules.length = 0;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function faultFor(rules: { rule: Rule; seen: number }[], request: Recorded): Fault | undefined {
  const due = rules.filter((each) => {
    const { operation, nth = 1, count = 1, where = () => true } = each.rule;
    if ((operation && operation !== request.operation) || !where(request)) return false;
    each.seen += 1;
    return each.seen >= nth && each.seen < nth + count;
  });
  return due[0]?.rule.fault;
}

function exchange(
  target: number,
  record: Recorded,
  message: IncomingMessage,
  answer: ServerResponse,
): Exchange {
  let read: Promise<Buffer> | undefined;
  const body = async () => {
    read ??= buffer(message);
    const bytes = await read;
    record.sha256 = createHash('sha256').update(bytes).digest('hex');
    return bytes;
  };
  return {
    call: record,
    body,
    forward: async (other) => forward(target, message, await body(), other),
    send: async ({ status, rawHeaders, body: bytes }, write) => {
      record.status = status;
      answer.writeHead(status, rawHeaders);
      if (write) await write(answer);
      else answer.end(bytes);
    },
    hangUp: () => message.socket.destroy(),
  };
}

async function forward(port: number, message: IncomingMessage, own: Buffer, other?: Buffer) {
  const { method, url: path } = message;
  const headers = withoutHeaders(message.rawHeaders, OF_ONE_CONNECTION);
  if (other) setLength(headers, other.length);
  const onward = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  onward.end(other ?? own);
  const [response] = (await once(onward, 'response')) as [IncomingMessage];
  const { statusCode: status = 0 } = response;
  const rawHeaders = withoutHeaders(response.rawHeaders, OF_ONE_CONNECTION);
  return { status, rawHeaders, body: await buffer(response) };
}

/** "Expect" too: the whole body is here when the server hears of it. */
const OF_ONE_CONNECTION = /^(connection|keep-alive|expect)$/i;

function setLength(headers: string[], bytes: number): void {
  const at = headers.findIndex((name, index) => index % 2 === 0 && /^content-length$/i.test(name));
  if (at >= 0) headers[at + 1] = `${bytes}`;
}

/** Names and values in turn, as they were sent: a signature is of these very ones. */
export function withoutHeaders(raw: readonly string[], names: RegExp): string[] {
  return raw.filter((_, index) => !names.test(raw[index - (index % 2)] ?? ''));
}
