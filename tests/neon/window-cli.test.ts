import { tmpdir } from 'node:os';
import { atTerminal, CTRL_C, ENTER } from '../deploy/support/checkout';
import { buildCli, PROGRAM, runCli } from '../support/faults/cli';
import { neonForTests } from '../support/neon/for-tests';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const QUESTION = 'What is older than 6 h is lost at once, for good. Shorten it?';

const neon = neonForTests(() => ({ historySeconds: DAY }));

beforeAll(buildCli);

const environment = () => ({ NEON_API_URL: neon().url, NEON_API_KEY: neon().apiKey });
const from = () => ['--from', `neon:${neon().project.id}`];
const history = () => neon().project.options.historySeconds;
const sent = () => neon().calls.filter(({ method }) => method !== 'GET');

async function run(args: string[], env: Record<string, string> = {}) {
  const ended = await runCli(['window', ...args, ...from()], { ...environment(), ...env });
  expect(ended.stdout + ended.stderr).not.toMatch(/canary|\n\s+at /);
  return ended;
}

describe('show', () => {
  it('says how far back it goes, what the plan allows, what it costs, and what makes the wish true', async () => {
    const { status, stdout } = await run(['show'], { NEON_BACKUP_HISTORY_WINDOW: '7d' });

    expect(status).toBe(0);
    expect(stdout).toMatch(/window +24 h, back to 20\d\d-.*Z\n/);
    expect(stdout).toMatch(/plan +Launch: at most 7 days of history, \$0\.20 a month .*2026-03-20/);
    expect(stdout).toMatch(`npx neon-backup window set 7d ${from().join(' ')}`);
    expect(sent()).toEqual([]);
  });

  it('tells scripts the same', async () => {
    const before = Date.now();
    const { stdout } = await run(['show', '--json'], { NEON_BACKUP_HISTORY_WINDOW: '24h' });

    const facts = JSON.parse(stdout);
    expect(facts).toEqual({
      project: neon().project.id,
      seconds: DAY,
      earliest: expect.any(String),
      plan: 'Launch',
      longestSeconds: 7 * DAY,
      price: 0.2,
      plansAsOf: '2026-03-20',
      wishSeconds: DAY,
    });
    const late = Date.parse(facts.earliest) - (before - DAY * 1_000);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(60_000);
  });

  it('does not know what it is not told', async () => {
    neon().set({ fault: { rewrite: ({ project: { owner, ...project } }) => ({ project }) } });

    const { status, stdout } = await run(['show']);

    expect(status).toBe(0);
    expect(stdout).toMatch(/plan +What its plan is, Neon does not tell/);
    expect(stdout).toMatch(/wish +none is set, so a day\n/);
  });

  describe('on the Free plan', () => {
    const free = neonForTests(() => ({ plan: 'free_v3' as const }));

    it('says that it costs nothing, and that there is no more of it', async () => {
      const { stdout } = await runCli(['window', 'show', '--from', `neon:${free().project.id}`], {
        NEON_API_URL: free().url,
        NEON_API_KEY: free().apiKey,
      });

      expect(stdout).toMatch(/Free: at most 6 h of history and 1\.0 GB of changes, at no cost/);
      expect(stdout).toMatch(/wish .*More than 6 h take a larger plan/);
    });
  });
});

describe('set', () => {
  it('says the plan and the price first, and makes it longer without a question', async () => {
    const { status, stdout } = await run(['set', '7d']);

    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^Launch: at most 7 days .*\$0\.20.*\nFrom 24 h to 7 days\.\ndone: .* 7 days/,
    );
    expect(history()).toBe(7 * DAY);
  });

  it('changes nothing where it is that already', async () => {
    const { status, stdout } = await run(['set', '24h']);

    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'Neon goes back 24 h already: nothing was changed.\n',
    });
    expect(sent()).toEqual([]);
  });

  it('makes it shorter where that is said, and tells scripts', async () => {
    const { status, stdout } = await run(['set', '6h', '--yes', '--json']);

    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      seconds: 6 * HOUR,
      secondsBefore: DAY,
      isNew: true,
      price: 0.2,
    });
    expect(history()).toBe(6 * HOUR);
  });

  it.each([
    ['a window shortened with nobody to ask', ['6h'], 2, /lost at once.*--yes/s],
    ['the same for a script', ['6h', '--json'], 2, /lost at once.*--yes/s],
    ['a window that is none', ['90m'], 2, /"90m" is no history window.*7d or 24h/s],
    ['more than the plan allows', ['14d', '--yes'], 1, /Launch keeps 7 days of history at most/],
  ])('refuses %s', async (_, args, expected, why) => {
    const { status, stderr } = await run(['set', ...args]);

    expect({ status, stderr }).toEqual({ status: expected, stderr: expect.stringMatching(why) });
    expect(sent()).toEqual([]);
  });

  it('fails where Neon does', async () => {
    neon().set({ method: 'PATCH', fault: { status: 422, body: { code: '', message: 'no' } } });

    const { status, stderr } = await run(['set', '7d']);

    expect(status).toBe(1);
    expect(stderr).toMatch(/PATCH .* 422: no/);
    expect(history()).toBe(DAY);
  });

  it.each([
    ['no key', { NEON_API_KEY: '' }, 2, /no API key/],
    ['a wrong key', { NEON_API_KEY: 'napi_canary_wrong' }, 1, /401/],
  ])('says in a sentence that there is %s', async (_, env, expected, why) => {
    const { status, stderr } = await run(['set', '7d'], env);

    expect({ status, stderr }).toEqual({ status: expected, stderr: expect.stringMatching(why) });
  });
});

describe('a person at a terminal', () => {
  async function sit() {
    const command = [process.execPath, PROGRAM, 'window', 'set', '6h', ...from()];
    return atTerminal(command, { ...process.env, ...environment() }, tmpdir());
  }

  it.each([
    ['agrees', 'y', 0, 6 * HOUR],
    ['does not', '', 130, DAY],
  ])('is asked before it is shortened, and %s', async (_, typed, expected, seconds) => {
    const terminal = await sit();
    await terminal.answer(QUESTION, `${typed}${ENTER}`);

    const { status, said } = await terminal.ended;
    expect({ status, seconds: history() }).toEqual({ status: expected, seconds });
    expect(said).toMatch(/\$0\.20 a month.*lost at once, for good/s);
    expect(said).not.toMatch(/canary/);
  });

  it('stops it with Ctrl-C', async () => {
    const terminal = await sit();
    await terminal.answer(QUESTION, CTRL_C);

    const { status, said } = await terminal.ended;
    expect(status).toBe(130);
    expect(said).toMatch(/history window is as it was/);
    expect(sent()).toEqual([]);
  });
});

it('is for a source of Neon alone', async () => {
  const { status, stderr } = await runCli([
    'window',
    'show',
    '--from',
    'postgres://127.0.0.1:1/app',
  ]);

  expect(status).toBe(2);
  expect(stderr).toMatch(/--from neon:PROJECT/);
});
