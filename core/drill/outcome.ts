import { isBackupError, type Reason } from '../errors';
import type { Check } from '../manifest';
import { some, verdict } from '../verify/tables';
import type { Scratch } from './scratch';

/** On another major version the same database is written down in other words. */
export function disagree(
  differences: readonly string[],
  scratch: Scratch,
  sourceMajor: number,
): Check {
  const detail = `restored into ${scratch.name}, ${differences.length} differences: ${some(differences)}`;
  if (scratch.major !== sourceMajor) {
    return {
      name: 'drill',
      ok: null,
      detail: `${detail}. The scratch is PostgreSQL ${scratch.major}, the source ${sourceMajor}, which may explain them`,
    };
  }
  return verdict('drill', [detail], '');
}

/** What the scratch lacks says nothing about the backup. */
const LACKING =
  /role ".*" does not exist|extension ".*" is not available|could not open extension control file|collation ".*" .*does not exist|could not (create|find) locale|invalid locale|must be superuser|permission denied|must be owner|must be able to SET ROLE|must have .* privilege|Only roles with|Must be superuser|unrecognized configuration parameter|could not access file/;

/** Why a restore into the scratch failed, and whether that is the backup's fault. */
export function explain(error: unknown, scratch: Scratch): Check {
  if (!isBackupError(error)) throw error;
  const words = [error.message, error.output].filter(Boolean).join('\n');
  if (isBackupError(error, 'cancelled')) throw error;
  const lacking =
    isBackupError(
      error,
      'undecidable',
      'source_unavailable',
      'source_disconnected',
      'tool_missing',
      // Of the scratch's own disk, or of the store's for a while.
      'store',
    ) ||
    LACKING.test(words) ||
    scratch.limits.some((limit) => limit.startsWith('the locale'));
  const why = lacking
    ? `could not be restored into ${scratch.name}, which says nothing about the backup itself`
    : `could not be restored into ${scratch.name}`;
  return { name: 'drill', ok: lacking ? null : false, detail: `${why}: ${words}` };
}

const THE_USERS: readonly Reason[] = ['usage', 'refused', 'cancelled'];

/** Without a scratch nothing is known of the backup; a wrong command line is for its user to mend. */
export function outOfReach(error: unknown): Check {
  if (!isBackupError(error) || THE_USERS.includes(error.reason)) throw error;
  const words = [error.message, error.output, error.cure].filter(Boolean).join('\n');
  return { name: 'drill', ok: null, detail: `there is no scratch to restore into: ${words}` };
}
