import type { Status } from '../../core/watch/status';
import { type Answer, type Deployment, startDeployment } from './deployment';

const ID = '20261122T030000Z-k3f9';
const DOWNLOAD = `npx neon-backup download ${ID} --in s3://vault --to ./backup`;

type KindStatus = Status['kinds'][number];

const daily: KindStatus = {
  kind: 'daily',
  overdueSeconds: 0,
  newest: {
    id: '20261123T020000Z-abcd',
    kind: 'daily',
    state: 'VERIFIED',
    proof: 'content',
    bytes: 1000,
    dataTime: '2026-11-23T02:00:01Z',
  },
};
const weekly: KindStatus = {
  kind: 'weekly',
  overdueSeconds: 0,
  newest: {
    id: ID,
    kind: 'weekly',
    state: 'VERIFIED',
    proof: 'restored',
    bytes: 123_456_789,
    dataTime: '2026-11-22T03:00:01Z',
  },
};

let deployment: Deployment;

beforeAll(async () => {
  deployment = await startDeployment();
});

afterAll(() => deployment.close());

async function run(file: string, answer: Answer) {
  deployment.answer({ status: [answer] });
  const ended = await deployment.run(file, {
    vars: { NEON_BACKUP_CLONE: 'https://example.com/nb.git' },
  });
  expect(deployment.calls.map(({ event }) => event)).toEqual([{}]);
  return ended;
}

function status(...kinds: KindStatus[]): Answer {
  return { says: { kinds, download: DOWNLOAD } satisfies Status };
}

describe('freshness', () => {
  const fresh = (answer: Answer) => run('freshness.yml', answer);

  it('is content when nothing is overdue', async () => {
    const { exitCode, log } = await fresh(status(daily, weekly));

    expect(exitCode).toBe(0);
    expect(log).toContain(
      `weekly: in time; the newest is ${ID}, with data of 2026-11-22T03:00:01Z.`,
    );
  });

  it('fails when one kind is overdue, and says for how long, and what there is', async () => {
    const { exitCode, log } = await fresh(status(daily, { ...weekly, overdueSeconds: 5400 }));

    expect(exitCode).toBe(1);
    expect(log).toContain(
      `::error::A VERIFIED weekly backup is overdue for 1.5 hours: the newest is ${ID}`,
    );
    expect(log).not.toContain('::error::A VERIFIED daily');
  });

  it('fails by a second, and when there never was one', async () => {
    const { exitCode, log } = await fresh(status({ ...daily, overdueSeconds: 1, newest: null }));

    expect(exitCode).toBe(1);
    expect(log).toContain('is overdue for 0.1 hours: there is none at all.');
  });

  it.each<[string, Answer]>([
    ['names no kind', status()],
    ['does not say since when', { says: { kinds: [{ kind: 'daily', newest: null }] } }],
    ['says nothing', { says: null }],
    ['failed', { error: 'The store refused.' }],
    ['may not be called', { refusal: 'AccessDenied' }],
  ])('fails when the function %s', async (_, answer) => {
    const { exitCode, log } = await fresh(answer);

    expect(exitCode).toBe(1);
    expect(log).toContain('::error::The');
  });
});

describe('the weekly notice', () => {
  const notice = (answer: Answer) => run('weekly-notice.yml', answer);

  it('names the newest verified weekly backup, its size, and the command that downloads and checks it', async () => {
    const { exitCode, log, summary } = await notice(status(daily, weekly));

    expect(exitCode).toBe(0);
    expect(log).toContain(
      `::notice::The newest verified weekly backup is ${ID}: data of 2026-11-22T03:00:01Z, 123.5 MB.`,
    );
    expect(summary).toContain(`\`\`\`sh\n${DOWNLOAD}\n\`\`\``);
    expect(summary).toContain('in a clone of https://example.com/nb.git');
    expect(summary).toContain('VERIFIED (restored)');
  });

  it.each<[string, Answer]>([
    ['is none', status(daily, { ...weekly, newest: null })],
    ['is no schedule for one', status(daily)],
    ['is no answer', { error: 'The store refused.' }],
  ])('fails when there %s', async (_, answer) => {
    const { exitCode, log, summary } = await notice(answer);

    expect(exitCode).toBe(1);
    expect(log).toContain('::error::');
    expect(summary).toBe('');
  });
});
