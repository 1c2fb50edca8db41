import type { BackOptions } from '../../core/neon/past/go-back';
import { goBackOn, namesOn, placeOn } from '../support/neon/back';
import { type Fault, SimulatedNeon } from '../support/neon/simulator';

const KEPT = 'backup-20261101';
const DAY_MS = 86_400_000;

/** A project with something to look back to; nothing is behind its branches. */
async function projectWith(): Promise<SimulatedNeon> {
  const neon = new SimulatedNeon({});
  await neon.listen();
  const { project } = neon;
  const inDays = (days: number) =>
    new Date(project.now() + days * DAY_MS).toISOString().replace(/\.\d+/, '');
  project.add({ name: KEPT, parent_timestamp: inDays(-9), expires_at: inDays(20) });
  const of = { source_branch_id: project.default.branch.id, created_at: inDays(-9) };
  project.snapshots.push({ id: 'snap-1', name: 'monday', ...of });
  return neon;
}

const stateOf = (neon: SimulatedNeon) => ({
  names: namesOn(neon),
  expiry: placeOn(neon, KEPT).branch.expires_at,
});

/** Looks back, and fails: at last where the way into the preview is asked for. @returns how many calls that took */
async function failing(
  to: BackOptions['to'],
  nth: number | undefined,
  faultOf: (stop: AbortController) => Fault,
): Promise<number> {
  const neon = await projectWith();
  const before = stateOf(neon);
  const stop = new AbortController();
  const notes: string[] = [];
  if (nth !== undefined) neon.set({ nth, fault: faultOf(stop) });
  neon.set({ path: /connection_uri/, fault: { status: 404, body: { code: '', message: 'no' } } });
  const onNote = (note: string) => void notes.push(note);
  const went = goBackOn(neon, to, { onNote }, { signal: stop.signal });

  await expect(went).rejects.toThrow();
  const after = stateOf(neon);
  await neon.close();

  expect({ nth, ...after }).toEqual({ nth, ...before });
  expect(notes.filter((note) => /taken back/.test(note))).toEqual([]);
  expect(neon.violations).toEqual([]);
  return 1 + neon.calls.findIndex(({ path }) => path === '/connection_uri');
}

const REFUSAL: Fault = { status: 404, body: { code: '', message: 'no' } };

const FAULTS: Record<string, (stop: AbortController) => Fault> = {
  'a refusal': () => REFUSAL,
  'an answer that is lost': () => 'drop after',
  'a request that is lost': () => 'drop',
  'the word to stop': (stop) => ({
    rewrite: (body) => {
      stop.abort(new Error('stopped'));
      return body;
    },
  }),
};

const PASTS: Record<string, BackOptions['to']> = {
  'a moment': { at: new Date(Date.now() - 3_600_000) },
  'a branch that was kept': { snapshot: KEPT },
  "one of Neon's own snapshots": { snapshot: 'monday' },
};

describe.each(Object.keys(PASTS))('a look back to %s', (past) => {
  it.each(Object.keys(FAULTS))(
    'leaves nothing, and nothing changed, after %s at any of its calls',
    async (kind) => {
      const to = PASTS[past] as BackOptions['to'];
      const fault = FAULTS[kind] as (stop: AbortController) => Fault;
      const calls = await failing(to, undefined, fault);

      expect(calls).toBeGreaterThan(5);
      for (let nth = 1; nth <= calls; nth++) await failing(to, nth, fault);
    },
  );
});

it('says what it could not take back, and fails for the first reason', async () => {
  const neon = await projectWith();
  const notes: string[] = [];
  neon.set({ path: /connection_uri/, fault: REFUSAL });
  neon.set({ method: 'DELETE', fault: { status: 422, body: { code: '', message: 'in use' } } });

  const onNote = (note: string) => void notes.push(note);
  const went = goBackOn(neon, { snapshot: KEPT }, { onNote });

  await expect(went).rejects.toThrow(/connection_uri/);
  await neon.close();
  expect(notes.at(-1)).toMatch(/taken back.*in use.*neon-backup-preview-backup-20261101/s);
});
