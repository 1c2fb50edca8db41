import { KINDS } from '../../contract/keys';
import { isVerified } from '../../core/catalog';
import { keepOf } from '../../core/retain/policy';
import { bytes } from '../print';
import type { Facts } from './facts';
import { ageOf, ageWords, ago, byHand, done, type Judged, named, not } from './judged';

export function manualBackup({ backups, commands, now }: Facts): Judged {
  const manual = backups.find(({ address }) => address.kind === 'manual');
  if (manual) return done(named(manual, now));
  return not('there is no backup of the kind manual', commands.backUp);
}

export function schedule({ jobs, commands }: Facts): Judged {
  const backups = jobs.filter(({ does }) => does === 'backup');
  if (backups.length > 0) return done(backups.map(({ by }) => by).join(', '));
  return not('nothing takes a backup by itself', commands.schedule);
}

const DAY_MS = 86_400_000;

/** A day more than the schedule: the newest one may still be under way. */
export function runs({ backups, jobs, commands, now }: Facts): Judged {
  const every = jobs.filter(({ does }) => does === 'backup').map(({ everyDays }) => everyDays);
  const days = Math.min(7, ...every) + 1;
  const newest = backups.find(isVerified);
  if (newest && ageOf(newest.manifest.data.time, now) <= days * DAY_MS)
    return done(named(newest, now));
  const mend = backups.length > 0 && !newest ? commands.verify : commands.backUp;
  if (!newest) return not(`${backups.length} backups, none of them VERIFIED`, mend);
  return not(`the newest VERIFIED one is ${named(newest, now)}`, mend);
}

export function everRestored(facts: Facts): Judged {
  const drilled = newestDrill(facts);
  if (drilled) return done(`${drilled.id} was restored and compared ${ago(drilled.at, facts.now)}`);
  return not('no backup was ever restored', facts.commands.drill);
}

/** Three months, of the longest. */
const QUARTER_MS = 92 * DAY_MS;

export function restoredLately(facts: Facts): Judged {
  const drilled = newestDrill(facts);
  if (!drilled) return not('no backup was ever restored', facts.commands.drill);
  const words = `the last restore was ${ago(drilled.at, facts.now)}, of ${drilled.id}`;
  if (ageOf(drilled.at, facts.now) <= QUARTER_MS) return done(words);
  return not(words, facts.commands.drill);
}

/** Only one that ended well has proven anything. */
function newestDrill({ backups }: Facts): { id: string; at: string } | undefined {
  return backups
    .filter(({ verification }) => verification?.proof === 'restored')
    .flatMap(({ address: { id }, verification }) =>
      verification?.drill ? [{ id, at: verification.drill.at }] : [],
    )
    .sort((a, b) => (a.at < b.at ? 1 : -1))[0];
}

export function reminder({ jobs, commands }: Facts): Judged {
  const coming = jobs.filter(({ does }) => does === 'drill' || does === 'reminder');
  if (coming.length > 0) return done(coming.map(({ does, by }) => `a ${does} by ${by}`).join(', '));
  return byHand("nothing here reminds you, and your calendar can't be seen", commands.remind);
}

export function storage({ store, backups, storedBytes, jobs, commands }: Facts): Judged {
  const words = `${backups.length} backups take ${bytes(storedBytes)} in ${store}`;
  const watch = jobs.find(({ does }) => does === 'watch');
  return watch ? done(`${words}; ${watch.by} looks at it`) : byHand(words, commands.usage);
}

export function retention({ policy, backups, commands, now }: Facts): Judged {
  const kinds = KINDS.map((kind) => {
    const { keepDays, keepMin } = keepOf(policy, kind);
    const kept = backups.filter(({ address }) => address.kind === kind);
    const oldest = kept.at(-1);
    const there = oldest ? `${kept.length}, the oldest ${ageWords(oldest, now)}` : 'none';
    return `${kind} ${keepDays} days and at least ${keepMin} (there: ${there})`;
  });
  return byHand(`kept: ${kinds.join('; ')}`, commands.review);
}
