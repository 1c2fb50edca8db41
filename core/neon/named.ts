import { BackupError } from '../errors';
import type { Choice } from './choose';
import type { Point } from './requests';

const SCHEME = 'neon:';

export function isNeonSource(source: string): boolean {
  return source.startsWith(SCHEME);
}

/**
 * Reads `neon:PROJECT[/BRANCH][/DATABASE]`. A branch left empty is the default one; a "/" in a name is
 * written %2F.
 * @throws BackupError `usage`
 */
export function parseNeonSource(source: string): Choice & { readonly project: string } {
  const parts = source.slice(SCHEME.length).split('/').map(decoded);
  const [project = '', branch, database] = parts;
  if (project && parts.length <= 3)
    return { project, branch: branch || undefined, database: database || undefined };
  throw new BackupError('usage', 'The source is not written as one of Neon.', { cure: CURE });
}

const CURE = 'Write it as neon:PROJECT, neon:PROJECT/BRANCH or neon:PROJECT/BRANCH/DATABASE.';

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new BackupError('usage', `"${text}" has a "%" in it that stands for nothing.`, {
      cure: 'Write "%" as %25.',
    });
  }
}

/**
 * Reads a moment, `2026-11-23T14:02Z`, or a place in the log, `0/1DE2850`.
 * @throws BackupError `usage`
 */
export function parsePoint(text: string): Point {
  if (/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i.test(text)) return { lsn: text };
  const time = new Date(text);
  // Without its zone it would be another moment on another machine.
  if (/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(time.getTime())) return { time };
  throw new BackupError('usage', `"${text}" is no moment and no LSN.`, {
    cure: 'Write it as 2026-11-23T14:02Z, with the zone, or as 0/1DE2850.',
  });
}
