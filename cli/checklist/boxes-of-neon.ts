import { age } from '../print';
import type { Facts } from './facts';
import { ago, byHand, done, type Judged, not } from './judged';

const WINDOW = "In Neon's console, under the project's settings, look at the restore window";
const BRANCH = 'NEON_API_KEY=… npx neon-backup snapshot create --from neon:PROJECT';

export function pointInTime(facts: Facts): Judged {
  const { neon, now } = facts;
  if (!neon) return byHand(neonWords(facts), WINDOW);
  const start = new Date(now.getTime() - neon.historySeconds * 1000);
  const window = age(start.toISOString(), now);
  const words = `project ${neon.project} can go back ${window}${neon.plan ? `, plan ${neon.plan}` : ''}`;
  return neon.historySeconds > 0 ? done(words) : not(words, WINDOW);
}

export function branch(facts: Facts): Judged {
  const { neon, now } = facts;
  if (!neon) return byHand(neonWords(facts), BRANCH);
  const [newest] = neon.branches;
  const made = BRANCH.replace('PROJECT', neon.project);
  if (!newest)
    return not(`project ${neon.project} has no branch whose name begins with backup-`, made);
  return done(`${newest.name}, made ${ago(newest.createdAt.toISOString(), now)}`);
}

/** Where the newest backup comes from elsewhere, the box is about nothing. */
function neonWords({ backups }: Facts): string {
  const host = backups[0]?.manifest.source.host;
  if (host === undefined || /\.neon\.(tech|build)$/.test(host))
    return 'to be told, set NEON_API_KEY and NEON_PROJECT_ID';
  return `the source is at ${host}, which is not Neon's`;
}

export function neonctl(facts: Facts): Judged {
  if (facts.neonctl) return done('it is on the PATH');
  return not('it is not on the PATH; nothing here needs it', 'npm install -g neonctl');
}
