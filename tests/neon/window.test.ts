import fc from 'fast-check';
import { setWindow } from '../../core/neon/window/set';
import {
  LONGEST_WINDOW,
  parseWindow,
  windowSeconds,
  windowText,
  windowWords,
} from '../../core/neon/window/span';
import { parseSettings, settingsFrom } from '../../core/settings';
import { allOf, apiOf, failureOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';

const HOUR = 3_600;
const DAY = 24 * HOUR;

describe('the text of a window', () => {
  it('is hours or days, and reads back as what was written', () => {
    const hours = fc.integer({ min: 1, max: LONGEST_WINDOW / HOUR });

    fc.assert(
      fc.property(hours, (count) => {
        expect(windowSeconds(windowText(count * HOUR))).toBe(count * HOUR);
      }),
    );
  });

  it('is nothing else, whatever else there is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^[1-9]\d{0,2}[dh]$/.test(text));
        expect(windowSeconds(text)).toBeUndefined();
      }),
    );
  });

  it.each([
    '',
    '7',
    'd',
    '0d',
    '07d',
    '-1d',
    '1.5d',
    '7D',
    '7 d',
    '7d ',
    '90m',
    '31d',
    '721h',
    '9999h',
  ])('is not "%s"', (text) => {
    expect(windowSeconds(text)).toBeUndefined();
    expect(() => parseWindow(text)).toThrow(/no history window/);
  });

  it.each([
    [7 * DAY, '7d', '7 days'],
    [DAY, '1d', '24 h'],
    [36 * HOUR, '36h', '36 h'],
    [1.5 * HOUR, '1h', '1.5 h'],
    [0, '0d', '0 h'],
  ])('of %i s is %s, and to people %s', (seconds, text, words) => {
    expect(windowText(seconds)).toBe(text);
    expect(windowWords(seconds)).toBe(words);
  });
});

describe('the setting', () => {
  it('is read from the environment', () => {
    const environment = { NEON_BACKUP_HISTORY_WINDOW: '7d' };

    expect(parseSettings(settingsFrom(environment)).historyWindow).toBe(7 * DAY);
    expect(parseSettings().historyWindow).toBeUndefined();
  });

  it.each(['7', '31d', 'canary', 604_800])(
    'may not be %j, which is not quoted',
    (historyWindow) => {
      const wrong = () => parseSettings({ historyWindow });

      expect(wrong).toThrow(/historyWindow is wrong/);
      expect(wrong).not.toThrow(/canary/);
    },
  );
});

describe('a window that is set', () => {
  const neon = neonForTests(() => ({ historySeconds: DAY }));

  const history = () => neon().project.options.historySeconds;
  const sent = () => neon().calls.filter(({ method }) => method !== 'GET');

  /** Sets it, and what was said and asked on the way. */
  function set(seconds: number, refusal?: Error) {
    const heard: string[] = [];
    const done = setWindow(apiOf(neon()).api, {
      seconds,
      onProject: ({ historySeconds }) => heard.push(`it is ${historySeconds}`),
      agree: async ({ historySeconds }) => {
        heard.push(`shorter than ${historySeconds}`);
        if (refusal) throw refusal;
      },
    });
    return { done, heard };
  }

  it('is longer then, and nobody was asked', async () => {
    const { done, heard } = set(7 * DAY);

    expect(await done).toMatchObject({
      before: { historySeconds: DAY },
      after: { historySeconds: 7 * DAY },
      isNew: true,
    });
    expect(heard).toEqual([`it is ${DAY}`]);
    expect(history()).toBe(7 * DAY);
    expect(neon().project.busy).toBe(false);
  });

  it('is shorter where somebody agreed', async () => {
    const { done, heard } = set(6 * HOUR);

    expect(await done).toMatchObject({ isNew: true });
    expect(heard).toEqual([`it is ${DAY}`, `shorter than ${DAY}`]);
    expect(history()).toBe(6 * HOUR);
  });

  it('stays as it was where nobody agreed', async () => {
    const { done } = set(6 * HOUR, new Error('no'));

    await expect(done).rejects.toThrow('no');
    expect(sent()).toEqual([]);
  });

  it('is left alone where it is that already', async () => {
    const { done, heard } = set(DAY);

    expect(await done).toMatchObject({ isNew: false });
    expect(heard).toEqual([]);
    expect(sent()).toEqual([]);
  });

  it('is refused above the most that the plan allows, before Neon is asked', async () => {
    const error = await failureOf(set(14 * DAY).done);

    expect(error).toMatchObject({ reason: 'refused', cure: expect.stringMatching(/Ask for 7d/) });
    expect(error.message).toMatch(/plan Launch keeps 7 days of history at most, and 14 days/);
    expect(sent()).toEqual([]);
  });

  it('is left to Neon to refuse where the plan is not told', async () => {
    neon().set({
      method: 'GET',
      path: /^$/,
      fault: { rewrite: ({ project: { owner, ...project } }) => ({ project }) },
    });

    const error = await failureOf(set(14 * DAY).done);

    expect(error.message).toMatch(/PATCH .* was answered with 4\d\d/);
    expect(sent()).toHaveLength(1);
    expect(allOf(error)).not.toMatch(/canary/);
    expect(history()).toBe(DAY);
  });

  it.each([
    ['is looked at', 'drop after' as const, 1],
    [
      'is looked at, where something on the way has answered,',
      { status: 502, body: '<html>', after: true },
      1,
    ],
    ['is set again, where nothing was done,', 'drop' as const, 2],
  ])('%s when the answer is lost', async (_, fault, times) => {
    neon().set({ method: 'PATCH', fault });

    expect(await set(7 * DAY).done).toMatchObject({ after: { historySeconds: 7 * DAY } });
    expect(
      neon()
        .calls.map(({ method }) => method)
        .join(' '),
    ).toMatch(/^GET PATCH GET/);
    expect(sent()).toHaveLength(times);
  });

  it('fails where Neon then says something else', async () => {
    neon().set({
      method: 'GET',
      path: /^$/,
      nth: 2,
      fault: {
        rewrite: (body) => {
          body.project.history_retention_seconds = 2 * DAY;
          return body;
        },
      },
    });

    await expect(set(7 * DAY).done).rejects.toThrow(
      /asked for .* 7 days, and says that it is 2 days/,
    );
  });

  it('waits for what Neon does, and fails where Neon does not', async () => {
    neon().project.plan('apply_config', ['scheduling', 'cancelled']);

    await expect(set(7 * DAY).done).rejects.toThrow(/cancelled its operation apply_config/);
  });

  it('is not given up half way: what was sent is waited for', async () => {
    const stop = new AbortController();
    const { api } = apiOf(neon(), { signal: stop.signal });
    const done = setWindow(api, {
      seconds: 6 * HOUR,
      onProject: () => undefined,
      agree: async () => undefined,
    });
    neon().set({
      method: 'PATCH',
      fault: {
        rewrite: (body) => {
          stop.abort(new Error('stopped'));
          return body;
        },
      },
    });

    expect(await done).toMatchObject({ after: { historySeconds: 6 * HOUR } });
    expect(neon().project.busy).toBe(false);
  });
});
