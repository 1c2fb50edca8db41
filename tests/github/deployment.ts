import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '../support/faults/folder';
import { type Repository, type Run, runWorkflow } from './workflow';

/** Of the job, to ask GitHub for a token with; and the token itself. */
export const SECRETS = ['canary-request-7c1', 'canary.identity.7c2'];
const [REQUEST, IDENTITY] = SECRETS;

const VARS = {
  NEON_BACKUP_ROLE: 'arn:aws:iam::111122223333:role/github',
  NEON_BACKUP_REGION: 'eu-central-1',
  NEON_BACKUP_STORE: 's3://vault',
  NEON_BACKUP_FUNCTION: 'backup',
  NEON_BACKUP_STATUS_FUNCTION: 'status',
  NEON_BACKUP_ENVIRONMENT: 'production',
};

/** A call's end: an answer, an error of the function's, or AWS's refusal to call it. */
export type Answer =
  | { readonly says: unknown }
  | { readonly error: string }
  | { readonly refusal: string };

export interface Call {
  readonly function: string;
  readonly region: string;
  readonly event: Record<string, string>;
  readonly readTimeout: number;
  readonly role: string;
  readonly token: string;
}

const STAND_INS = temporaryFolder('aws');

/** What a job sees of a deployed stack: its variables, its identity, and functions that answer as they are told. */
export class Deployment {
  readonly #folder = mkdtempSync(join(STAND_INS, 'one-'));
  readonly #server: Server;
  /** GitHub's answer to a job that asks for a token. */
  tokenStatus = 200;

  constructor(server: Server) {
    this.#server = server;
    server.on('request', ({ url, headers }, response) => {
      const known = headers.authorization === `bearer ${REQUEST}`;
      const right = url === '/token?api-version=2.0&audience=sts.amazonaws.com';
      response.statusCode = known && right ? this.tokenStatus : 401;
      response.end(JSON.stringify(response.statusCode === 200 ? { value: IDENTITY } : {}));
    });
    const program = `#!/bin/sh\nexec '${process.execPath}' '${join(__dirname, 'aws.js')}' "$@"\n`;
    writeFileSync(join(this.#folder, 'aws'), program, { mode: 0o755 });
    this.answer({});
  }

  /** What each function answers, in order. */
  answer(answers: Readonly<Record<string, readonly Answer[]>>): void {
    writeFileSync(join(this.#folder, 'answers.json'), JSON.stringify(answers));
    writeFileSync(join(this.#folder, 'calls.jsonl'), '');
  }

  get calls(): Call[] {
    const lines = readFileSync(join(this.#folder, 'calls.jsonl'), 'utf8').split('\n');
    return lines.filter(Boolean).map((line) => JSON.parse(line));
  }

  async run(file: string, { vars = {}, ...more }: Repository = {}): Promise<Run> {
    const { port } = this.#server.address() as AddressInfo;
    const run = await runWorkflow(file, {
      inputs: { 'max-minutes': 30 },
      identities: {
        ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST as string,
      },
      ...more,
      vars: { ...VARS, ...vars },
      env: { AWS_STAND_IN: this.#folder, POLL_SECONDS: '0' },
      path: this.#folder,
    });
    for (const secret of SECRETS) expect(Object.values(run).join('\n')).not.toContain(secret);
    return run;
  }

  close(): void {
    this.#server.close();
  }
}

export async function startDeployment(): Promise<Deployment> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new Deployment(server);
}
