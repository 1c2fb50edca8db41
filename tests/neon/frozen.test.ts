import { BackupError } from '../../core/errors';
import { type FrozenOptions, withFrozenSource } from '../../core/neon/frozen';
import { frozenName } from '../../core/neon/ours';
import type { Source } from '../../core/take/job';
import { allOf, apiOf, failureOf } from '../support/neon/api';
import { neonForTests } from '../support/neon/for-tests';
import { BUSY } from '../support/neon/routes';
import type { Fault } from '../support/neon/simulator';

const neon = neonForTests();

const RUN = '20261123T020000Z-k3f9';
const HOUR_MS = 3_600_000;
let notes: string[];

beforeEach(() => {
  notes = [];
});

/** Works with a frozen branch of the simulator's project, by its clock. */
function frozen<T>(
  options: Partial<FrozenOptions> & { signal?: AbortSignal } = {},
  work: (source: Source) => T | Promise<T> = () => undefined as T,
): Promise<T> {
  const { signal, ...more } = options;
  const now = () => new Date(neon().project.now());
  const usual = { run: RUN, now, onNote: (note: string) => void notes.push(note) };
  const { api } = apiOf(neon(), { signal });
  return withFrozenSource(api, { ...usual, ...more }, async (source) => work(source));
}

const names = () => [...neon().project.places.values()].map(({ branch }) => branch.name);
const production = () => neon().project.default.branch;
const asked = () => neon().calls.map(({ method, path }) => `${method} ${path.split('/')[1] ?? ''}`);

describe('a branch to read from', () => {
  it('is there while the work lasts, and gone afterwards', async () => {
    const seen = await frozen({}, () => names());

    expect(seen).toEqual(['production', `neon-backup-frozen-${RUN}`]);
    expect(names()).toEqual(['production']);
    expect(notes).toEqual([]);
  });

  it('is ready, small, made of the default branch, and deletes itself after a day', async () => {
    await frozen({}, () => {
      const place = [...neon().project.places.values()].at(-1);
      const days = (Date.parse(place?.branch.expires_at ?? '') - neon().project.now()) / 86_400_000;
      expect(place?.branch).toMatchObject({ parent_id: production().id, current_state: 'ready' });
      expect(place?.endpoint).toMatchObject({
        current_state: 'active',
        autoscaling_limit_max_cu: 1,
      });
      expect(days).toBeCloseTo(1, 2);
    });
  });

  it('has an address of its own, as the role that owns the database', async () => {
    const source = await frozen({}, (source) => source);
    const { roles } = neon().project.options;

    expect(source).toMatchObject({
      host: expect.stringMatching(/^ep-\w+\.eu-central-1\.aws\.neon\.tech$/),
      user: 'neondb_owner',
      password: roles.neondb_owner,
      database: 'app',
      tls: 'verify-full',
    });
  });

  it('takes at most twelve calls, and no more where there are thousands of branches', async () => {
    await frozen();

    expect(asked()).toEqual([
      'GET branches',
      'GET branches',
      'POST branches',
      ...Array(asked().length - 6).fill('GET operations'),
      'GET branches',
      'GET connection_uri',
      'DELETE branches',
    ]);
    expect(asked().length).toBeLessThanOrEqual(12);
  });

  it('is of another branch, database and role, where those are named', async () => {
    const { project } = neon();
    const parent = project.add({ name: 'staging' });
    project.find(parent.id).roles = { reader: 'r' };
    for (const branch of ['staging', parent.id]) {
      const source = await frozen({ branch, database: 'app', role: 'reader' }, (source) => source);
      expect(source).toMatchObject({ user: 'reader', neon: { branch: parent.id } });
    }
  });
});

describe('the age of the data', () => {
  const rewriteBranch = (change: object) => ({
    method: 'GET',
    path: /^\/branches\/[^/]+$/,
    // biome-ignore lint/suspicious/noExplicitAny: an answer of Neon's, changed
    fault: { rewrite: (body: any) => ({ branch: { ...body.branch, ...change } }) },
  });

  it('is what Neon says that the branch holds, although it was made later', async () => {
    const time = new Date(neon().project.now() - 90_000).toISOString();
    neon().set(rewriteBranch({ parent_lsn: '0/1DE2850', parent_timestamp: time }));

    const source = await frozen({}, (source) => source);

    expect(source.neon).toEqual({
      project: neon().project.id,
      branch: production().id,
      read: 'branch',
      lsn: '0/1DE2850',
      time,
    });
  });

  it('is that of the moment before it was asked for, where Neon does not say', async () => {
    const before = neon().project.now();
    const { neon: origin } = await frozen({}, (source) => source);

    expect(Date.parse(origin?.time ?? '')).toBeGreaterThanOrEqual(before);
    expect(Date.parse(origin?.time ?? '')).toBeLessThanOrEqual(neon().project.now());
  });

  it('is the moment that was asked for', async () => {
    const time = new Date(neon().project.now() - HOUR_MS);
    const { neon: origin } = await frozen({ at: { time } }, (source) => source);

    expect(origin?.time).toBe(time.toISOString());
  });

  it('is no less than the history window, for a place in the log of which Neon knows no time', async () => {
    const { neon: origin } = await frozen({ at: { lsn: '0/1DE2850' } }, (source) => source);
    const age = neon().project.now() - Date.parse(origin?.time ?? '');

    expect(Math.round(age / 1000)).toBe(neon().project.options.historySeconds);
    expect(origin?.lsn).toBe('0/1DE2850');
  });
});

describe('every ending', () => {
  it('of the work that fails deletes the branch, and fails as the work did', async () => {
    const why = new BackupError('hung', 'Nothing moved.');

    await expect(
      frozen({}, () => {
        throw why;
      }),
    ).rejects.toBe(why);

    expect(names()).toEqual(['production']);
  });

  it('of a run that is told to stop deletes it too', async () => {
    const abort = new AbortController();
    const why = new BackupError('cancelled', 'Stopped.');

    const work = frozen({ signal: abort.signal }, () => {
      abort.abort(why);
      abort.signal.throwIfAborted();
    });

    await expect(work).rejects.toBe(why);
    expect(names()).toEqual(['production']);
  });

  const calls = Array.from({ length: 10 }, (_, at) => at + 1);

  it.each(calls)('of a run that is told to stop in its call %i deletes it too', async (nth) => {
    const abort = new AbortController();
    const why = new BackupError('cancelled', 'Stopped.');
    // biome-ignore lint/suspicious/noExplicitAny: the answer as it is
    const rewrite = (body: any) => {
      abort.abort(why);
      return body;
    };
    neon().set({ nth, fault: { rewrite } });

    await failureOf(frozen({ signal: abort.signal }, () => abort.signal.throwIfAborted())).catch(
      () => undefined,
    );

    expect(abort.signal.aborted).toBe(true);
    expect(names()).toEqual(['production']);
  });

  it.each(calls)('of a run whose call %i is answered with nonsense deletes it too', async (nth) => {
    neon().set({ nth, fault: { rewrite: () => '<html>' } });

    await frozen().catch(() => undefined);

    expect(names()).toEqual(['production']);
  });

  it('is told where the branch could not be deleted: its expiry does it', async () => {
    neon().set({ method: 'DELETE', fault: { status: 500, body: '' }, count: 99 });

    await expect(frozen({ lifeMs: HOUR_MS }, () => 'done')).resolves.toBe('done');

    expect(names()).toContain(frozenName(RUN));
    expect(notes).toEqual([
      expect.stringMatching(
        /^The branch neon-backup-frozen-\S+ could not be deleted: .*500.*after/,
      ),
    ]);
    await neon().project.advance(HOUR_MS + 1_000);
    expect(names()).toEqual(['production']);
  });

  it('is told beside the failure of the work, which stays the failure', async () => {
    neon().set({ method: 'DELETE', fault: 'drop', count: 99 });
    const why = new Error('the work');

    await expect(
      frozen({}, () => {
        throw why;
      }),
    ).rejects.toBe(why);

    expect(notes).toHaveLength(1);
  });

  it('has its own time limit', async () => {
    neon().set({ method: 'DELETE', fault: 'silence', count: 99 });

    await frozen({ removeWithinMs: 50 });

    expect(notes).toEqual([expect.stringMatching(/did not do it in 0.05 s/)]);
  });
});

describe('an answer that is lost', () => {
  const lost: [string, Fault][] = [
    ['without a word', 'drop after'],
    ['behind a 500', { status: 500, body: {}, after: true }],
    ['behind a page of something on the way', { status: 502, body: '<html>', after: true }],
    ['in nonsense', { rewrite: () => '<html>' }],
  ];

  it.each(lost)('%s, after the branch was made, makes no second one', async (_, fault) => {
    neon().set({ method: 'POST', fault });

    const seen = await frozen({}, () => names());

    expect(seen).toEqual(['production', frozenName(RUN)]);
    expect(asked().filter((call) => call === 'POST branches')).toHaveLength(1);
    expect(names()).toEqual(['production']);
  });

  it('makes the branch at the second try, where the first was never heard', async () => {
    neon().set({ method: 'POST', fault: 'drop' });

    const seen = await frozen({}, () => names());

    expect(seen).toEqual(['production', frozenName(RUN)]);
    expect(names()).toEqual(['production']);
  });

  it('leaves none of two, where the first one came late', async () => {
    neon().set({ method: 'POST', fault: 'drop' });

    const seen = await frozen({}, () => {
      neon().project.add({ name: frozenName(RUN) });
      return names();
    });

    expect(seen).toHaveLength(3);
    expect(names()).toEqual(['production']);
  });

  it('of the deletion is no failure', async () => {
    neon().set({ method: 'DELETE', fault: 'drop after' });

    await frozen();

    expect(names()).toEqual(['production']);
    expect(notes).toEqual([]);
  });
});

describe('what Neon does meanwhile', () => {
  it('is waited for: other operations, failures that it mends, and states that are new', async () => {
    const { project } = neon();
    project.plan('check_availability', [...Array(6).fill('running'), 'finished']);
    project.start(['check_availability'], project.default);
    project.plan('create_branch', ['scheduling', 'failed', 'running', 'skipped']);
    project.plan('start_compute', ['scheduling', 'running', 'error', 'running', 'finished']);

    await frozen();

    expect(neon().calls.some(({ status }) => status === 423)).toBe(true);
    expect(names()).toEqual(['production']);
  });

  it('ends the run at a deadline, with its own word', async () => {
    neon().project.plan('start_compute', ['scheduling', 'failed']);
    neon().set({ method: 'DELETE', fault: { status: 200, body: { operations: [] } } });

    await expect(frozen()).rejects.toMatchObject({
      reason: 'hung',
      message: expect.stringMatching(
        /not done in 120 s: its operation start_compute is failed .*compute did not start/,
      ),
    });
  });

  it('ends the run when it is cancelled', async () => {
    neon().project.plan('start_compute', ['scheduling', 'cancelled']);

    await expect(frozen()).rejects.toMatchObject({ reason: 'cancelled' });

    expect(names()).toEqual(['production']);
  });

  it('does not end the run before it is busy for half a minute', async () => {
    const fault = { status: 423, body: { code: '', message: BUSY } };
    neon().set({ method: 'POST', fault, count: 5 });

    await frozen();

    expect(names()).toEqual(['production']);
  });
});

describe('a plan that allows no further branch', () => {
  beforeEach(() => {
    for (let at = 0; at < 9; at++) neon().project.add({ name: `feature-${at}` });
  });

  it('ends the run, with a clear word', async () => {
    await expect(frozen()).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/plan allows no further branch.*branches limit exceeded/),
      cure: expect.stringMatching(/direct/),
    });
    expect(names()).toHaveLength(10);
  });

  it('leads to production, where the policy says so, and is told', async () => {
    const source = await frozen({ withoutBranch: 'direct' }, (source) => source);

    expect(source.host).toBe(neon().project.default.endpoint?.host);
    expect(source.neon).toEqual({
      project: neon().project.id,
      branch: production().id,
      read: 'production',
    });
    expect(notes).toEqual([expect.stringMatching(/^Production itself is read/)]);
    expect(asked()).not.toContain('DELETE branches');
  });

  it('is no reason to read production for any other refusal', async () => {
    neon().set({ method: 'POST', fault: { status: 422, body: { code: '', message: 'no' } } });

    await expect(frozen({ withoutBranch: 'direct' })).rejects.toMatchObject({
      call: { status: 422 },
    });
  });

  it('has room again once what a dead run left is swept', async () => {
    const { project } = neon();
    const feature = [...project.places.values()].find(({ branch }) => branch.name === 'feature-1');
    const over = new Date(project.now() - 1_000).toISOString();
    Object.assign(feature?.branch ?? {}, { name: frozenName(RUN), expires_at: over });

    await frozen({ run: '20261124T020000Z-abcd' });

    expect(names()).toHaveLength(9);
    expect(notes).toEqual([expect.stringMatching(/dead run left, is deleted/)]);
  });
});

describe('what is asked for in vain', () => {
  const hour = () => new Date(neon().project.now() + HOUR_MS);
  const wrong: [string, () => Partial<FrozenOptions>, RegExp][] = [
    ['a branch', () => ({ branch: 'prod' }), /no branch prod/],
    ['a database', () => ({ database: 'ap' }), /no database ap/],
    ['a role', () => ({ role: 'nobody' }), /no role nobody/],
    ['the future', () => ({ at: { time: hour() } }), /in the future/],
    ['the past', () => ({ at: { time: new Date(0) } }), /before what Neon remembers/],
  ];

  it.each(wrong)('makes nothing: %s', async (_, options, why) => {
    const error = await failureOf(frozen(options()));

    expect(error).toMatchObject({ reason: 'usage', message: expect.stringMatching(why) });
    expect(error).toHaveProperty('cure');
    expect(asked().filter((call) => !call.startsWith('GET'))).toEqual([]);
  });

  it('makes nothing where the project is not there, or the key is wrong', async () => {
    neon().set({ fault: { status: 404, body: { code: '', message: 'project not found' } } });
    await expect(frozen()).rejects.toMatchObject({ reason: 'not_found' });

    expect(asked()).toEqual(['GET branches']);
  });
});

describe('an answer that names something else', () => {
  // biome-ignore lint/suspicious/noExplicitAny: answers that are not Neon's
  const rewrites: [string, (body: any) => unknown][] = [
    [
      'production',
      ({ branch, ...rest }) => ({ ...rest, branch: { ...branch, id: production().id } }),
    ],
    [
      'a default branch',
      ({ branch, ...rest }) => ({ ...rest, branch: { ...branch, default: true } }),
    ],
    [
      'no parent',
      ({ branch, ...rest }) => ({ ...rest, branch: { ...branch, parent_id: undefined } }),
    ],
    [
      'another parent',
      ({ branch, ...rest }) => ({ ...rest, branch: { ...branch, parent_id: 'br-x' } }),
    ],
    ['another name', ({ branch, ...rest }) => ({ ...rest, branch: { ...branch, name: 'x' } })],
    [
      'another project',
      ({ branch, ...rest }) => ({ ...rest, branch: { ...branch, project_id: 'x' } }),
    ],
  ];

  it.each(rewrites)(
    'ends the run or is mended, and deletes only our own: %s',
    async (_, rewrite) => {
      const other = neon().project.add({ name: 'x' });
      neon().set({ method: 'POST', fault: { rewrite } });

      await frozen({}, (source) => expect(source.neon?.branch).toBe(production().id)).catch(
        (error) => expect(error).toMatchObject({ reason: 'refused' }),
      );

      expect(names()).toEqual(['production', other.name]);
      const deletions = neon().calls.filter(({ method }) => method === 'DELETE');
      expect(new Set(deletions.map(({ path }) => path)).size).toBe(1);
    },
  );

  it.each([
    ['the pooler', 'postgresql://neondb_owner:p@ep-x-pooler.aws.neon.tech/app', 'pooler'],
    ['another database', 'postgresql://neondb_owner:p@ep-x.aws.neon.tech/postgres', 'refused'],
    ['another role', 'postgresql://admin:p@ep-x.aws.neon.tech/app', 'refused'],
    ['nowhere', 'canary-nonsense', 'usage'],
  ])('is refused where the way leads to %s', async (_, uri, reason) => {
    neon().set({ path: /connection_uri/, fault: { rewrite: () => ({ uri }) } });

    const error = await failureOf(frozen());

    expect(error).toMatchObject({ reason });
    expect(allOf(error)).not.toContain('canary');
    expect(names()).toEqual(['production']);
  });
});
