import { ALL_KINDS } from '../contract/metrics';
import { isVerified, readCatalog } from '../core/catalog';
import { type Finding, fail } from '../core/doctor/finding';
import { BackupError, isBackupError, type Reason } from '../core/errors';
import { nextWillFail } from '../core/notices/events';
import type { Notice } from '../core/notices/notice';
import { isNews } from '../core/watch/since';
import { log, placeOf, seriesOf, settings, store } from './deployment';
import { describe } from './failure';
import { emit } from './metrics';
import { openProject } from './neon';
import { tell } from './notify';
import { withSecret } from './secrets';

/**
 * Looks at the source's project of Neon's: what will make the next backup fail is counted, logged, and told once;
 * what may do so later is logged. A source that is none of Neon's has nothing to look at.
 * @throws BackupError where the store fails
 */
export async function watchProject(): Promise<void> {
  const findings = await examineIfReached();
  if (!findings) return;
  const problems = findings.filter(({ level }) => level === 'fail');
  for (const { level, ...found } of findings) {
    if (level === 'warn') log.warn('of Neon', found);
    if (level === 'fail') log.error('the next backup will fail', found);
  }
  emit(seriesOf(ALL_KINDS), { neonProblems: problems.length });
  const subjects = problems.map(({ subject }) => subject);
  if (await isNews(store, subjects, new Date())) await tell(ALL_KINDS, () => willFail(problems));
}

/**
 * What of the source's project could stop a backup.
 * @returns nothing of a source that is none of Neon's
 * @throws BackupError where the project can't be asked, or does not have what is backed up
 */
export async function examineSource(): Promise<Finding[]> {
  const { source, drill } = settings;
  if (source.kind !== 'neon') return [];
  // How many snapshots have room is told by the function that makes them, where there is one.
  const { project, secret, snapshots: _, ...question } = source;
  const drills = drill.scratch?.kind === 'neon';
  const { askProject } = await import('../core/doctor/neon.js');
  return withSecret(secret, async (apiKey) => {
    const { neon } = await openProject(project, apiKey, untilPatienceEnds());
    return askProject(neon, { ...question, drills });
  });
}

/**
 * Undefined where there is nothing to ask, or Neon does not answer: that passes, nobody here could mend it, and should
 * it last until the next backup, that one says so itself.
 */
async function examineIfReached(): Promise<Finding[] | undefined> {
  if (settings.source.kind !== 'neon') return undefined;
  try {
    return await examineSource();
  } catch (error) {
    if (!isBackupError(error)) throw error;
    if (error.reason !== 'source_unavailable')
      return [fail(error.reason, error.message, cureOf(error))];
    log.warn('Neon was not looked at', describe(error));
    return undefined;
  }
}

const OF_KEY: readonly Reason[] = ['auth', 'permission'];
const HAND_OVER =
  'Hand a new key over: npx pulumi config set --secret neon-backup:neonApiKey (it is asked for, and not shown), and npx pulumi up.';

function cureOf({ reason, cure }: BackupError): string | undefined {
  return OF_KEY.includes(reason) ? [cure, HAND_OVER].filter(Boolean).join('\n') : cure;
}

async function willFail(problems: readonly Finding[]): Promise<Notice> {
  const { database } = settings;
  const { backups } = await readCatalog(store, { database });
  const safe = backups.find(isVerified);
  const place = placeOf(database ?? safe?.address.database);
  return nextWillFail(problems, { safe, troubles: [] }, place);
}

/** What is left of the watch's two minutes when it has looked at the vault. */
const PATIENCE_MS = 60_000;

function untilPatienceEnds(): AbortSignal {
  const controller = new AbortController();
  const over = () =>
    controller.abort(
      new BackupError('source_unavailable', "Neon's API did not answer within a minute.", {
        cure: 'neonstatus.com says how Neon is.',
      }),
    );
  setTimeout(over, PATIENCE_MS).unref();
  return controller.signal;
}
