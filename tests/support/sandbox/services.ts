import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The two calls of Secrets Manager and SNS that the functions make, answered on loopback. */
export interface Services {
  readonly url: string;
  /** The ARN of every secret that was asked for. */
  readonly asked: string[];
  readonly published: Published[];
  close(): Promise<void>;
}

export interface Published {
  readonly topic: string | null;
  readonly subject: string | null;
  readonly message: string | null;
}

/** @param secrets the text of each secret, by its ARN */
export async function startServices(secrets: () => Record<string, string>): Promise<Services> {
  const asked: string[] = [];
  const published: Published[] = [];
  const server = createServer(async (message, response) => {
    const body = await text(message);
    if (isGetSecretValue(message)) {
      const { SecretId } = JSON.parse(body);
      asked.push(SecretId);
      return giveSecret(response, SecretId, secrets()[SecretId]);
    }
    const form = new URLSearchParams(body);
    if (form.get('Action') !== 'Publish') return void response.writeHead(501).end();
    published.push({
      topic: form.get('TopicArn'),
      subject: form.get('Subject'),
      message: form.get('Message'),
    });
    return acknowledge(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    published,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function isGetSecretValue({ headers }: IncomingMessage): boolean {
  return headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
}

function giveSecret(response: ServerResponse, ARN: string, SecretString: string | undefined): void {
  const known = SecretString !== undefined;
  response.writeHead(known ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(
    JSON.stringify(known ? { ARN, SecretString } : { __type: 'ResourceNotFoundException' }),
  );
}

function acknowledge(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/xml' });
  response.end(
    '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
  );
}
