import { createApiClient } from '@neondatabase/api-client';
import { BackupError, messageOf } from '../errors';
import { isThisMachine } from '../postgres/address';
import { type FailedCall, NeonError } from './errors';

export type Client = ReturnType<typeof createApiClient>;

/** What of a response the rest of the adapter looks at. */
export interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly config: { readonly method?: string | undefined; readonly url?: string | undefined };
}

const NEON = 'https://console.neon.tech/api/v2';

/**
 * Neon's own client, made safe: whatever it rejects with is a `NeonError` that holds no secret.
 * @param baseUrl @default NEON_API_URL, else Neon itself
 * @throws BackupError `usage` for an address to which a key must not be sent
 */
export function makeClient(apiKey: string, baseUrl = process.env.NEON_API_URL || NEON): Client {
  refuseUnsafe(baseUrl);
  const client = createApiClient({
    apiKey,
    baseURL: baseUrl,
    headers: { 'User-Agent': 'neon-backup' },
    // Nothing of Neon's redirects, and what does is no place to send a key to.
    maxRedirects: 0,
  });
  client.instance.interceptors.response.use(undefined, (error: unknown) => {
    throw new NeonError(describe(error as Failure, apiKey));
  });
  return client;
}

/** A key goes over TLS, or stays on this machine. */
function refuseUnsafe(baseUrl: string): void {
  const { protocol, hostname } = URL.parse(baseUrl) ?? {};
  if (protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname ?? ''))) return;
  throw new BackupError('usage', 'NEON_API_URL is no https:// address.', {
    cure: `Leave it out, or set it to ${NEON}.`,
  });
}

interface Failure {
  readonly code?: string;
  readonly config?: Answer['config'];
  readonly response?: { status: number; data: unknown; headers?: Record<string, unknown> };
}

function describe(error: Failure, apiKey: string): FailedCall {
  const { config, response } = error;
  const { code, message, request_id } = bodyOf(response?.data);
  return {
    ...callOf(config),
    status: response?.status,
    code,
    detail: quotable(response ? (message ?? NO_JSON) : whyNoAnswer(error), apiKey),
    requestId: request_id,
    retryAfterMs: retryAfter(response?.headers?.['retry-after']),
  };
}

/** Which call an answer is of. */
export function callOf(config: Answer['config'] = {}): Pick<FailedCall, 'method' | 'path'> {
  return { method: (config.method ?? 'get').toUpperCase(), path: config.url ?? '/' };
}

const NO_JSON = 'the answer is none of its usual ones; something on the way may have written it';

function whyNoAnswer(error: Failure): string {
  if (error.code === 'ERR_CANCELED') return 'none came in time';
  return messageOf(error) || (error.code ?? 'no connection');
}

type Body = { code?: string; message?: string; request_id?: string };

/** Something on the way, such as a proxy, may answer with anything. */
function bodyOf(data: unknown): Body {
  const given = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined);
  return Object.fromEntries(
    ['code', 'message', 'request_id'].map((name) => [name, text(name)]),
  ) as Body;
}

function quotable(text: string, apiKey: string): string {
  const safe = text.replaceAll(apiKey, '[API key]');
  return safe.length > 300 ? `${safe.slice(0, 300)} …` : safe;
}

/** Seconds, or a date. */
function retryAfter(header: unknown): number | undefined {
  if (typeof header !== 'string') return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
