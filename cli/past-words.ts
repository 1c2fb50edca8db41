import type { WentBack } from '../core/neon/past/go-back';
import type { Preview } from '../core/neon/past/preview';
import type { Promoted } from '../core/neon/past/promote';
import type { RowsBeside } from '../core/neon/past/rows';
import { number, paint, table } from './print';

/**
 * What was shown or done, for people.
 * @param command puts the branch back, once its name is added
 */
export function sayPast(
  { of, preview, promoted }: WentBack,
  command: (promote: string) => string,
): string {
  if (promoted) return sayPromoted(promoted);
  const { name } = of.branch;
  return preview ? sayPreview(preview, name, command(name)) : '';
}

function sayPreview(
  { url, branch, time, tables, expiresAt, caution }: Preview,
  of: string,
  command: string,
): string {
  const until = expiresAt ? ` until ${expiresAt.toISOString()}, when Neon deletes it` : '';
  return [
    `${paint('bold', of)} as it was at ${time.toISOString()}:`,
    rowsBeside(tables, 'today'),
    `The branch ${branch} holds it${until}:`,
    url,
    `To put ${of} back to it, and keep today's state as another branch:`,
    `  ${command}`,
    ...(caution ? [caution] : []),
  ].join('\n');
}

function sayPromoted({ branch, former, tables, caution }: Promoted): string {
  return [
    rowsBeside(tables, 'now'),
    `${paint('green', 'done')}: ${branch} is what it was; what it was until now is the branch ${former}`,
    caution ?? 'Delete that one when you no longer need it.',
    'Where the counts differ, somebody has written since.',
  ].join('\n');
}

function rowsBeside(tables: readonly RowsBeside[], now: string): string {
  const rows = (count: number | undefined) => (count === undefined ? 'not there' : number(count));
  return table([
    ['table', 'then', now],
    ...tables.map((each) => [each.table, rows(each.before), rows(each.now)]),
  ]);
}

/** What was shown or done, for scripts; the connection string with its password, which was asked for. */
export function pastJson({ of, preview, promoted }: WentBack): Record<string, unknown> {
  return { branch: of.branch.name, database: of.database, preview, promoted };
}
