import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { takeFirstBackup } from '../../cli/deploy/first-backup';
import { Guide } from '../../cli/deploy/guide';
import type { StackOutputs } from '../../contract/outputs';
import { printed } from './support/double';

/* What the emulator can't answer as Lambda does: a function that failed, and one that is asked several times. */

const ID = '20261123T020000Z-good';
const STATUS = { id: ID, proof: 'content', bytes: 1234, dataTime: '2026-11-23' };
const OUTPUTS = {
  region: 'eu-central-1',
  functions: { backup: 'the-backup', status: 'the-status', verify: 'the-verify' },
  commands: { list: 'npx neon-backup list' },
} as StackOutputs;

interface Answer {
  readonly body: unknown;
  readonly failed?: boolean;
}

let lambda: Server;
let answers: Record<string, Answer[]>;
let events: { name: string; event: Record<string, unknown> }[];

beforeAll((done) => {
  lambda = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const name = /functions\/(.*)\/invocations/.exec(request.url ?? '')?.[1] ?? '';
    events.push({ name, event: JSON.parse(text) });
    const queue = answers[name] ?? [];
    const answer = (queue.length > 1 ? queue.shift() : queue[0]) as Answer;
    response.writeHead(200, answer.failed ? { 'x-amz-function-error': 'Unhandled' } : {});
    response.end(JSON.stringify(answer.body));
  }).listen(0, '127.0.0.1', done);
});
afterAll((done) => {
  lambda.close(done);
});

const before = { ...process.env };
beforeEach(() => {
  events = [];
  answers = {
    'the-backup': [{ body: { id: ID } }],
    'the-status': [{ body: { kinds: [], download: null } }],
  };
  Object.assign(process.env, {
    ...{ AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' },
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`,
  });
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

const take = (patience = {}) =>
  takeFirstBackup(new Guide({ asks: false }), OUTPUTS, { pollMs: 1, ...patience });

const say = (...states: (string | null)[]) =>
  answers['the-status']?.push(...states.map((state) => ({ body: { ...STATUS, state } })));

it('asks for one run, by its time, and for the verdict until there is one', async () => {
  say(null, null, 'VERIFIED');

  const said = await printed(async () => expect(await take()).toBe('VERIFIED'));

  expect(said).toMatch(/good is VERIFIED \(content\): data of 2026-11-23, 1.2 kB/);
  expect(events.map(({ name }) => name)).toEqual([
    ...['the-status', 'the-backup', 'the-status', 'the-status', 'the-status'],
  ]);
  const time = expect.stringMatching(/^\d{4}-.*Z$/);
  expect(events[1]?.event).toEqual({ kind: 'manual', scheduledAt: time });
  expect(events.slice(2).map(({ event }) => event)).toEqual([{ id: ID }, { id: ID }, { id: ID }]);
});

it("fails in the function's own words", async () => {
  const body = { errorType: 'BackupError', errorMessage: 'The password is not accepted.' };
  answers['the-backup'] = [{ body, failed: true }];
  await printed(() =>
    expect(take()).rejects.toMatchObject({
      reason: 'tool_failed',
      message: 'The function the-backup failed: The password is not accepted.',
      cure: expect.stringMatching(/^Everything is deployed\./),
    }),
  );
});

it('could not tell, where no verdict comes in time', async () => {
  say(null);
  await printed(() =>
    expect(take({ limitMs: 0 })).rejects.toMatchObject({
      reason: 'undecidable',
      message: `The backup ${ID} has no verdict yet.`,
      cure: expect.stringMatching(/the-verify.*npx neon-backup list$/),
    }),
  );
});
