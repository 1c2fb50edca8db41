import fc from 'fast-check';
import { KINDS, type Kind, newBackupId } from '../../contract/keys';
import { type Candidate, type Decision, planRetention } from '../../core/retain/plan';
import type { Policy } from '../../core/retain/policy';

const DAY_MS = 86_400_000;
const NOW = new Date('2026-11-23T02:00:00Z');

type Proven = Pick<Candidate, 'state' | 'proof'>;
const CONTENT: Proven = { state: 'VERIFIED', proof: 'content' };
const RESTORED: Proven = { state: 'VERIFIED', proof: 'restored' };
const FAILED: Proven = { state: 'FAILED', proof: null };
const UNVERIFIABLE: Proven = { state: 'UNVERIFIABLE', proof: null };
const UNVERIFIED: Proven = { state: undefined, proof: null };

function backup(
  ageDays: number,
  proven: Proven,
  kind: Kind = 'daily',
  database = 'app',
): Candidate {
  const dataTime = new Date(NOW.getTime() - ageDays * DAY_MS);
  return { address: { database, kind, id: newBackupId(dataTime) }, dataTime, ...proven };
}

function reasons(backups: Candidate[], policy: Policy = {}): string[] {
  return planRetention(backups, policy, NOW).map(({ action, reason }) => `${action}: ${reason}`);
}

describe('the decision about a backup', () => {
  it('names its reason for each', () => {
    const ages = [1, 2, 29, 31, 32, 33];
    const backups = [...ages.map((age) => backup(age, CONTENT)), backup(40, RESTORED)];

    expect(reasons(backups)).toEqual([
      'keep: newest verified',
      'keep: younger than 30 days',
      'keep: younger than 30 days',
      'retire: older than 30 days, 3 newer verified ones',
      'retire: older than 30 days, 4 newer verified ones',
      'retire: older than 30 days, 5 newer verified ones',
      'keep: newest restored in a drill',
    ]);
  });

  it('keeps the minimum of verified ones, however old they are', () => {
    expect(reasons([100, 200, 300, 400].map((age) => backup(age, CONTENT)))).toEqual([
      'keep: newest verified',
      'keep: one of the 3 newest verified of its kind',
      'keep: one of the 3 newest verified of its kind',
      'retire: older than 30 days, 3 newer verified ones',
    ]);
  });

  it.each([
    ['failed', FAILED],
    ['unverifiable', UNVERIFIABLE],
    ['not verified yet', UNVERIFIED],
  ])('lets one that is %s go by age, once there are enough newer verified ones', (_, proven) => {
    const good = [1, 2, 3].map((age) => backup(age, CONTENT));

    expect(reasons([...good, backup(29, proven)]).at(-1)).toBe('keep: younger than 30 days');
    expect(reasons([...good, backup(31, proven)]).at(-1)).toMatch(/^retire/);
    expect(reasons([...good.slice(1), backup(31, proven)]).at(-1)).toBe(
      'keep: 2 newer verified ones of its kind, 3 needed',
    );
  });

  it('counts nothing but verified ones, of the same database and kind', () => {
    const others = [
      ...[1, 2, 3].map((age) => backup(age, CONTENT, 'weekly')),
      ...[1, 2, 3].map((age) => backup(age, CONTENT, 'daily', 'other')),
      ...[1, 2, 3].flatMap((age) => [FAILED, UNVERIFIABLE, UNVERIFIED].map((p) => backup(age, p))),
    ];
    const mine = [300, 301, 302].map((age) => backup(age, CONTENT));

    const decisions = planRetention([...others, ...mine], {}, NOW);

    expect(idsOf(decisions, 'keep')).toEqual(expect.arrayContaining(mine.map(idOf)));
  });

  it('takes each kind by its own policy', () => {
    const backups = KINDS.flatMap((kind) => [8, 9].map((age) => backup(age, CONTENT, kind)));

    const decisions = planRetention(backups, { 'pre-deploy': { keepDays: 7, keepMin: 1 } }, NOW);

    const gone = decisions.filter(({ action }) => action === 'retire');
    expect(gone.map(({ address }) => address.kind)).toEqual(['pre-deploy']);
    expect(gone[0]?.reason).toBe('older than 7 days, 1 newer verified one');
  });

  it('calls a backup old from the first moment after its days are over', () => {
    const good = [1, 2, 3].map((age) => backup(age, CONTENT));

    expect(reasons([...good, backup(30, CONTENT)]).at(-1)).toMatch(/^keep/);
    expect(reasons([...good, backup(30 + 1 / DAY_MS, CONTENT)]).at(-1)).toMatch(/^retire/);
  });

  it('keeps what is from the future, and lets it replace nothing', () => {
    const ahead = [-1, -2, -3].map((age) => backup(age, RESTORED));
    const mine = [100, 101, 102].map((age) => backup(age, RESTORED));

    expect(reasons([...ahead, ...mine])).toEqual([
      ...ahead.map(() => "keep: its data is from the future, by this machine's clock"),
      'keep: newest verified',
      'keep: one of the 3 newest verified of its kind',
      'keep: one of the 3 newest verified of its kind',
    ]);
  });

  it('keeps the last good ones through 400 days of failures', () => {
    const good = [401, 402, 403].map((age) => backup(age, CONTENT));
    const bad = Array.from({ length: 400 }, (_, day) =>
      backup(day, day % 2 ? FAILED : UNVERIFIABLE),
    );

    const decisions = planRetention([...bad, ...good], { daily: { keepDays: 1 } }, NOW);

    expect(idsOf(decisions, 'keep')).toEqual(expect.arrayContaining(good.map(idOf)));
  });

  it('knows no last good one in a state that merely claims a proof', () => {
    const liar: Candidate = { ...backup(50, FAILED), proof: 'restored' };
    const drilled = backup(60, RESTORED, 'weekly');
    const good = [1, 2, 3].map((age) => backup(age, CONTENT));

    const gone = idsOf(planRetention([liar, drilled, ...good], {}, NOW), 'retire');

    expect(gone).toEqual([idOf(liar)]);
  });

  it.each([
    ['days', Number.NaN],
    ['days', 0],
    ['min', 1.5],
    ['min', 0],
  ])('refuses keep-%s of %p, even for a kind that has no backup', (name, value) => {
    const key = name === 'days' ? 'keepDays' : 'keepMin';
    const plan = () => planRetention([], { weekly: { [key]: value } }, NOW);

    expect(plan).toThrow(expect.objectContaining({ reason: 'usage' }));
    expect(plan).toThrow(`keep-${name} of weekly`);
  });

  it('deletes nothing by a clock that shows no time', () => {
    const backups = [100, 200, 300, 400, 500].map((age) => backup(age, CONTENT));

    expect(idsOf(planRetention(backups, {}, new Date(Number.NaN)), 'retire')).toEqual([]);
  });
});

describe('any backups, any order, any clock', () => {
  const proven = fc.constantFrom(CONTENT, CONTENT, RESTORED, FAILED, UNVERIFIABLE, UNVERIFIED);
  const kind = fc.constantFrom<Kind>('daily', 'weekly');
  // Whole days, so that many have the same age, and the id alone decides.
  const age = fc.oneof(
    fc.integer({ min: -5, max: 90 }),
    fc.double({ min: -5, max: 900, noNaN: true }),
  );
  const store = fc
    .uniqueArray(
      fc.tuple(fc.integer({ min: 0, max: 9999 }), age, proven, kind, fc.constantFrom('a', 'b')),
      {
        selector: ([serial]) => serial,
        maxLength: 40,
      },
    )
    .map((all) => all.map(([serial, ...rest]) => withSerial(backup(...rest), serial)));
  const keep = fc.record({
    keepDays: fc.integer({ min: 1, max: 60 }),
    keepMin: fc.integer({ min: 1, max: 6 }),
  });
  const policy: fc.Arbitrary<Policy> = fc.record({ daily: keep, weekly: keep });
  const clock = fc
    .integer({ min: -40, max: 4000 })
    .map((days) => new Date(NOW.getTime() + days * DAY_MS));
  const world = fc.tuple(store, policy, clock);

  it('never leaves fewer verified ones of a kind than the minimum, or than there were', () => {
    holds(([backups, policy, now]) => {
      const kept = new Set(idsOf(planRetention(backups, policy, now), 'keep'));
      for (const group of groups(backups, ({ database, kind }) => `${database}/${kind}`)) {
        const good = group.filter(({ state }) => state === 'VERIFIED');
        const least = Math.min(policy[kindOf(group)]?.keepMin ?? 3, good.length);
        expect(good.filter((each) => kept.has(idOf(each))).length).toBeGreaterThanOrEqual(least);
      }
    });
  });

  it('never gives up the newest verified one of a database and kind, nor the newest drilled one', () => {
    holds(([backups, policy, now]) => {
      const kept = idsOf(planRetention(backups, policy, now), 'keep');
      const verified = backups.filter(({ state }) => state === 'VERIFIED');
      const drilled = verified.filter(({ proof }) => proof === 'restored');
      const newest = [
        ...groups(verified, ({ database, kind }) => `${database}/${kind}`),
        ...groups(drilled, ({ database }) => database),
      ].flatMap((group) => [
        newestOf(group),
        newestOf(group.filter((each) => each.dataTime <= now)),
      ]);
      for (const each of newest) if (each) expect(kept).toContain(idOf(each));
    });
  });

  it('gives up exactly what is old, has its minimum of newer verified ones, and is not the newest', () => {
    holds(([backups, policy, now]) => {
      const past = backups.filter(({ dataTime }) => dataTime <= now);
      const drilled = past.filter(({ proof }) => proof === 'restored');
      const due = past.filter((each) => {
        const { keepDays = 30, keepMin = 3 } = policy[each.address.kind] ?? {};
        const newer = past.filter(
          (other) => other.state === 'VERIFIED' && sameGroup(other, each) && isNewer(other, each),
        );
        const last = newestOf(
          drilled.filter((other) => other.address.database === each.address.database),
        );
        const old = now.getTime() - each.dataTime.getTime() > keepDays * DAY_MS;
        return old && newer.length >= keepMin && each !== last;
      });

      const gone = idsOf(planRetention(backups, policy, now), 'retire');

      expect(gone.sort()).toEqual(due.map(idOf).sort());
    });
  });

  it('decides the same whatever the order', () => {
    fc.assert(
      fc.property(world, fc.infiniteStream(fc.nat()), ([backups, policy, now], numbers) => {
        const shuffled = backups
          .map((each) => ({ each, at: numbers.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ each }) => each);

        expect(planRetention(shuffled, policy, now)).toEqual(planRetention(backups, policy, now));
      }),
    );
  });

  it('gives up nothing more when it is asked again', () => {
    holds(([backups, policy, now]) => {
      const kept = idsOf(planRetention(backups, policy, now), 'keep');
      const left = backups.filter((each) => kept.includes(idOf(each)));

      expect(idsOf(planRetention(left, policy, now), 'retire')).toEqual([]);
    });
  });

  it('lets a bad backup change nothing for the others', () => {
    holds(([backups, policy, now]) => {
      const good = backups.filter(({ state }) => state === 'VERIFIED');
      const ids = new Set(good.map(idOf));
      const among = planRetention(backups, policy, now).filter(({ address }) =>
        ids.has(address.id),
      );

      expect(among).toEqual(planRetention(good, policy, now));
    });
  });

  function holds(check: (world: [Candidate[], Policy, Date]) => void): void {
    fc.assert(fc.property(world, check), { numRuns: 300 });
  }
});

/** Ids that say nothing of the data's time, as after a run whose clock was wrong. */
function withSerial(candidate: Candidate, serial: number): Candidate {
  const id = newBackupId(NOW).replace(/-.*/, `-${String(serial).padStart(4, '0')}`);
  return { ...candidate, address: { ...candidate.address, id } };
}

function idOf({ address }: Candidate | Decision): string {
  return address.id;
}

function idsOf(decisions: Decision[], action: Decision['action']): string[] {
  return decisions.filter((each) => each.action === action).map(idOf);
}

function groups(all: Candidate[], by: (address: Candidate['address']) => string): Candidate[][] {
  return Object.values(Object.groupBy(all, ({ address }) => by(address))) as Candidate[][];
}

function kindOf([first]: Candidate[]): Kind {
  return first?.address.kind ?? 'daily';
}

function sameGroup({ address: a }: Candidate, { address: b }: Candidate): boolean {
  return a.database === b.database && a.kind === b.kind;
}

function isNewer(a: Candidate, b: Candidate): boolean {
  return a.dataTime > b.dataTime || (+a.dataTime === +b.dataTime && idOf(a) > idOf(b));
}

function newestOf(all: Candidate[]): Candidate | undefined {
  return all.reduce<Candidate | undefined>(
    (best, each) => (!best || isNewer(each, best) ? each : best),
    undefined,
  );
}
