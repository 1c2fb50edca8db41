import {
  everRestored,
  manualBackup,
  reminder,
  restoredLately,
  retention,
  runs,
  schedule,
  storage,
} from './boxes-of-backups';
import { branch, neonctl, pointInTime } from './boxes-of-neon';
import type { Facts } from './facts';
import { byHand, done, type Judged, not } from './judged';

/** One box of the strategy's checklists. */
export interface Answer extends Judged {
  readonly section: string;
  readonly box: string;
}

/** The strategy's own boxes, in its order. */
const BOXES: Record<string, Record<string, (facts: Facts) => Judged>> = {
  'Week 1: Setup Basic Backups': {
    'Verify Neon plan supports point-in-time recovery': pointInTime,
    'Install `neonctl` CLI tool': neonctl,
    'Create first manual backup branch': branch,
    'Document connection strings securely': connectionString,
  },
  'Week 2: Automate Backups': {
    'Create `backup-db.sh` script': () => done('neon-backup run takes its place'),
    'Test manual backup locally': manualBackup,
    'Set up cron job OR GitHub Action': schedule,
    'Verify backup runs successfully': runs,
  },
  'Week 3: Backup Verification': {
    'Create `verify-backup.sh` script': () => done('neon-backup verify takes its place'),
    'Test restore to local database': everRestored,
    'Document restore procedure': () =>
      done('docs/restore.md, each block of which a test runs; and RESTORE.md in every backup'),
    'Set calendar reminder to test quarterly': reminder,
  },
  'Ongoing: Maintenance': {
    'Monitor backup storage usage': storage,
    'Test restore every 3 months': restoredLately,
    'Review backup retention policy': retention,
    'Update disaster recovery docs': () =>
      byHand(
        'who may restore, where the keys are and whom to call is known to you alone',
        'Read docs/restore.md as if it were an emergency, and keep what it lacks beside it',
      ),
  },
};

/** Answers every box, from the facts alone. */
export function answerChecklist(facts: Facts): Answer[] {
  return Object.entries(BOXES).flatMap(([section, boxes]) =>
    Object.entries(boxes).map(([box, judge]) => ({ section, box, ...judge(facts) })),
  );
}

function connectionString({ url }: Facts): Judged {
  if (url === 'stack')
    return done('it is in Secrets Manager, encrypted; only the functions read it');
  if (url === 'private') return done('it is in .env, which nobody else may read');
  if (url === 'exposed') return not('.env can be read by others on this machine', 'chmod 600 .env');
  const where = url === 'environment' ? 'it is in the environment alone' : 'it is nowhere here';
  return byHand(
    where,
    'Put DATABASE_URL into .env, chmod 600 .env, and keep it in a password manager',
  );
}
