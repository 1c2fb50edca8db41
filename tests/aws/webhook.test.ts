import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { accountForTests } from '../support/aws-account';
import { makeSecret, makeVault } from '../support/aws-resources';
import { type Functions, loadFunctions } from '../support/functions';

const CANARY = 'canary-91d4-hook';
const ALARM = {
  AlarmName: 'alarms-overdue-daily',
  AlarmDescription: 'The daily backup is overdue.',
  NewStateValue: 'ALARM',
  NewStateReason: 'Threshold Crossed',
  StateChangeTime: '2026-11-23T04:00:00.000+0000',
};
const published = (Message: string) => ({ Records: [{ Sns: { Message } }] });

const account = accountForTests();
let server: Server;
let status: number;
let bodies: unknown[];
let functions: Functions;

beforeEach(async () => {
  [status, bodies] = [200, []];
  server = createServer(async (request, response) => {
    bodies.push(JSON.parse(await text(request)));
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  functions = loadFunctions({
    deployment: 'test',
    store: `s3://${await makeVault(account())}`,
    source: { kind: 'postgres', secret: await makeSecret(account(), 'unused') },
    notices: { webhook: await makeSecret(account(), `http://127.0.0.1:${port}/${CANARY}`) },
  });
});
afterEach(() => server.close());

it('hands an alarm on to the webhook, in words', async () => {
  const { error } = await functions.call('forward', published(JSON.stringify(ALARM)));

  expect(error).toBeUndefined();
  expect(bodies).toEqual([{ text: expect.stringContaining('ALARM: alarms-overdue-daily') }]);
});

it('fails where the webhook does not take it, so that SNS tries again, and does not quote its URL', async () => {
  status = 500;

  const { error, lines } = await functions.call('forward', published(JSON.stringify(ALARM)));

  expect(String(error)).toContain('the webhook answered 500');
  expect(`${error}${lines.join()}`).not.toContain(CANARY);
});

it('hears of the functions directly', async () => {
  const { error, lines } = await functions.call('backup', { kind: 'daily' });

  expect(error).toBeDefined();
  expect(bodies).toEqual([{ text: expect.stringMatching(/the daily backup of .* failed/) }]);
  expect(lines.join()).not.toContain(CANARY);
});

it('takes nothing but alarms', async () => {
  const { error } = await functions.call('forward', published('the daily backup failed'));

  expect(String(error)).toContain('This event asks for nothing');
  expect(bodies).toEqual([]);
});
