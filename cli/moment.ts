import { readCatalog } from '../core/catalog';
import { BackupError } from '../core/errors';
import { isNeonSource, parseNeonSource } from '../core/neon/named';
import type { Moment } from '../core/neon/time';
import type { Preview } from '../core/neon/time-preview';
import type { Promoted } from '../core/neon/time-promote';
import type { RowsBeside } from '../core/neon/time-rows';
import { openStore } from '../core/stores/open';
import type { Context } from './context';
import { number, paint, table } from './print';
import { neonApiKey, sourceOf } from './settings';

/** The flags of a restore to a moment. */
export interface MomentFlags {
  readonly at: string;
  readonly role?: string | undefined;
  /** The branch's name, as it was typed. */
  readonly promote?: string | undefined;
}

/**
 * Shows what a Neon branch was at a moment, or puts it back to that.
 * @throws BackupError `usage` where the source is none of Neon's, or the moment none
 */
export async function restoreMoment(context: Context, flags: MomentFlags): Promise<Moment> {
  const { settings, progress, signal } = context;
  const from = sourceOf(settings);
  if (!isNeonSource(from))
    throw new BackupError('usage', '--at goes back in the history of a Neon project.', {
      cure: 'Name the project: --from neon:PROJECT; or restore a backup by its id.',
    });
  const { project, ...choice } = parseNeonSource(from);
  // Only who has a database of Neon's pays for loading its client.
  const { openNeon } = await import('../core/neon/api.js');
  const { parseMoment, toMoment } = await import('../core/neon/time.js');
  const at = parseMoment(flags.at);
  const neon = openNeon(project, { apiKey: neonApiKey(), signal });
  progress.update(flags.promote === undefined ? 'making a preview' : 'restoring', {});
  return toMoment(neon, {
    ...choice,
    role: flags.role,
    at,
    promote: flags.promote,
    critical: settings.criticalTables,
    onNote: (note) => progress.note(note),
    backups: async () => {
      const store = await openStore(settings.store);
      return (await readCatalog(store, { database: settings.database })).backups;
    },
    command: ({ address: { id } }) =>
      `npx neon-backup restore ${id} --in ${settings.store} --into URL`,
  }).finally(() => progress.clear());
}

/** What was shown or done, for people. */
export function momentSummary(moment: Moment, { at, from }: { at: string; from: string }): string {
  const { of, preview, promoted } = moment;
  if (promoted) return promotedSummary(promoted);
  const how = `--at ${word(at)} --from ${word(from)} --promote ${word(of.branch.name)}`;
  return preview ? previewSummary(preview, of.branch.name, how) : '';
}

function previewSummary(
  { url, branch, time, tables, expiresAt }: Preview,
  of: string,
  how: string,
) {
  return [
    `${paint('bold', of)} as it was at ${time.toISOString()}:`,
    rowsBeside(tables, 'today'),
    `The branch ${branch} holds it${expiresAt ? ` until ${expiresAt.toISOString()}, when Neon deletes it` : ''}:`,
    url,
    `To put ${of} back to it, and keep today's state as another branch:`,
    `  npx neon-backup restore ${how}`,
  ].join('\n');
}

/** For a shell. */
function word(text: string): string {
  return /^[\w@+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function promotedSummary({ branch, former, tables }: Promoted): string {
  return [
    rowsBeside(tables, 'now'),
    `${paint('green', 'done')}: ${branch} is what it was; what it was until now is the branch ${former}`,
    'Delete that one when you no longer need it. Where the counts differ, somebody has written since.',
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
export function momentJson({ of, preview, promoted }: Moment): Record<string, unknown> {
  return { branch: of.branch.name, database: of.database, preview, promoted };
}
