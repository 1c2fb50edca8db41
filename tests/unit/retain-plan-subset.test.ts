import fc from 'fast-check';
import { type Kind, newBackupId } from '../../contract/keys';
import { type Candidate, planRetention } from '../../core/retain/plan';
import type { Policy } from '../../core/retain/policy';

const DAY_MS = 86_400_000;
const NOW = new Date('2026-11-23T02:00:00Z');

type Proven = Pick<Candidate, 'state' | 'proof'>;

const proven = fc.constantFrom<Proven>(
  { state: 'VERIFIED', proof: 'content' },
  { state: 'VERIFIED', proof: 'restored' },
  { state: 'FAILED', proof: null },
  { state: 'UNVERIFIABLE', proof: null },
  { state: undefined, proof: null },
);
const kind = fc.constantFrom<Kind>('daily', 'weekly');
const database = fc.constantFrom('a', 'b');
const seen = fc.boolean();

/** Backups, and which of them a listing shows. */
const listed = fc
  .array(fc.tuple(fc.integer({ min: -2, max: 90 }), proven, kind, database, seen), {
    maxLength: 40,
  })
  .map((all) => all.map(([...values], serial) => candidate(serial, ...values)));

const keep = fc.record({
  keepDays: fc.integer({ min: 1, max: 60 }),
  keepMin: fc.integer({ min: 1, max: 5 }),
});
const policy: fc.Arbitrary<Policy> = fc.record({ daily: keep, weekly: keep });

interface Listed {
  readonly backup: Candidate;
  readonly seen: boolean;
}

function candidate(
  serial: number,
  ageDays: number,
  proven: Proven,
  kind: Kind,
  database: string,
  seen: boolean,
): Listed {
  const dataTime = new Date(NOW.getTime() - ageDays * DAY_MS);
  const id = newBackupId(dataTime).replace(/-.*/, `-${String(serial).padStart(4, '0')}`);
  return { backup: { address: { database, kind, id }, dataTime, ...proven }, seen };
}

function retired(backups: readonly Candidate[], policy: Policy): string[] {
  return planRetention(backups, policy, NOW)
    .filter(({ action }) => action === 'retire')
    .map(({ address }) => address.id);
}

describe('a listing that does not show everything', () => {
  it('never retires what the whole one would keep', () => {
    holds((all, policy) => {
      const shown = all.filter(({ seen }) => seen).map(({ backup }) => backup);
      const whole = retired(
        all.map(({ backup }) => backup),
        policy,
      );

      for (const id of retired(shown, policy)) expect(whole).toContain(id);
    });
  });

  it('never retires the newest VERIFIED one that it shows', () => {
    holds((all, policy) => {
      const shown = all.filter(({ seen }) => seen).map(({ backup }) => backup);
      const gone = retired(shown, policy);
      const good = shown.filter(
        ({ state, dataTime }) => state === 'VERIFIED' && dataTime.getTime() <= NOW.getTime(),
      );
      const groups = Object.values(
        Object.groupBy(good, ({ address }) => `${address.database}/${address.kind}`),
      );

      for (const group of groups) {
        const stays = group?.filter(({ address }) => !gone.includes(address.id));
        expect(stays?.length).toBeGreaterThan(0);
      }
    });
  });

  function holds(check: (all: Listed[], policy: Policy) => void): void {
    fc.assert(fc.property(listed, policy, check), { numRuns: 1000 });
  }
});
