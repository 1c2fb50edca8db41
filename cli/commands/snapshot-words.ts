import type { ScheduleItem } from '../../core/neon/shapes';
import type { Undone } from '../../core/neon/snapshots/each';
import type { BranchSnapshot } from '../../core/neon/snapshots/names';
import type { NativeSnapshot } from '../../core/neon/snapshots/native';
import type { PrunedNatives } from '../../core/neon/snapshots/native-prune';
import type { Schedule, ScheduleChange } from '../../core/neon/snapshots/native-schedule';
import type { TakenNative } from '../../core/neon/snapshots/native-take';
import type { PrunedSnapshots } from '../../core/neon/snapshots/prune';
import type { TakenSnapshot } from '../../core/neon/snapshots/take';
import { windowWords } from '../../core/neon/window/span';
import { age, paint, table } from '../print';

/** What the commands of `snapshot` say to people. */

export function sayTaken({ branch, isNew }: TakenSnapshot): string {
  return sayMade(branch, isNew);
}

export function sayTakenNative({ snapshot, isNew }: TakenNative): string {
  return sayMade(snapshot, isNew);
}

/** What of a snapshot of either sort is said. */
interface Named {
  readonly id: string;
  readonly name: string;
  readonly expiresAt?: Date | undefined;
}

function sayMade(made: Named, isNew: boolean): string {
  const name = paint('bold', made.name);
  if (!isNew) return `${paint('green', 'there')} ${name} already, ${made.id}`;
  return `${paint('green', 'made')} ${name}, ${made.id}; ${expiry(made)}`;
}

export function sayListed(snapshots: readonly (BranchSnapshot | NativeSnapshot)[]): string {
  if (snapshots.length === 0) return 'There is no snapshot.';
  const now = new Date();
  return table(
    snapshots.map((each) => {
      const { name, expiresAt } = each.as === 'branch' ? each.branch : each.snapshot;
      return [
        paint('bold', name),
        each.kind ?? '',
        each.as,
        `${age(each.createdAt.toISOString(), now)} old`,
        each.isOurs ? expiry({ expiresAt }) : `never pruned: ${whyForeign(each)}`,
      ];
    }),
  );
}

function whyForeign(snapshot: BranchSnapshot | NativeSnapshot): string {
  if (snapshot.as === 'branch') return 'not made here, or something depends on it';
  if (snapshot.snapshot.isManual === false) return "Neon's schedule made it";
  return 'not made here, or of another branch';
}

/** When Neon makes snapshots of a branch by itself. */
export function saySchedule({ branch, schedule }: Schedule): string {
  if (schedule.length === 0) return `Neon makes no snapshot of ${branch.name} by itself.`;
  return [`Neon makes snapshots of ${branch.name} by itself:`, ...schedule.map(sayItem)].join('\n');
}

export function sayChanged(change: ScheduleChange): string {
  const { before, isNew } = change;
  if (!isNew) return `${saySchedule(change)}\nThat was so before.`;
  const was = before.length === 0 ? 'none' : before.map(sayItem).join(';');
  return `${saySchedule(change)}\nBefore: ${was.trim()}`;
}

function sayItem({ frequency, hour, day, month, keepSeconds }: ScheduleItem): string {
  const kept = keepSeconds ? `kept ${windowWords(keepSeconds)}` : 'kept for ever';
  const when = [
    month && `month ${month}`,
    day && `day ${day}`,
    hour !== undefined && `${hour}:00 UTC`,
  ];
  return `  ${[frequency, ...when.filter(Boolean), kept].join(', ')}`;
}

export function sayPruned(pruned: PrunedSnapshots, dryRun: boolean): string {
  const { renewed, failed } = pruned;
  const renewals = new Map(renewed.map(({ branch, until }) => [branch.id, until]));
  const stay = pruned.stay.map(({ branch }) => ({
    ...branch,
    expiresAt: renewals.get(branch.id) ?? branch.expiresAt,
  }));
  const gone = pruned.gone.map(({ branch, reason }) => ({ name: branch.name, reason }));
  return sayGone(gone, stay, failed, dryRun);
}

export function sayPrunedNatives(pruned: PrunedNatives, dryRun: boolean): string {
  const gone = pruned.gone.map(({ snapshot, reason }) => ({ name: snapshot.name, reason }));
  return sayGone(gone, pruned.stay, pruned.failed, dryRun);
}

function sayGone(
  gone: readonly { readonly name: string; readonly reason: string }[],
  stay: readonly Named[],
  failed: readonly Undone[],
  dryRun: boolean,
): string {
  const rows = [
    ...gone.map(({ name, reason }) => [paint('red', dryRun ? 'would go' : 'gone'), name, reason]),
    ...stay.map((kept) => [paint('green', 'kept'), kept.name, expiry(kept)]),
    ...failed.map(({ name, why }) => [paint('yellow', 'not done'), name, why]),
  ];
  return rows.length === 0 ? 'There is nothing here that we made.' : table(rows);
}

function expiry({ expiresAt }: Pick<Named, 'expiresAt'>): string {
  if (!expiresAt) return 'Neon never deletes it';
  return `Neon deletes it after ${expiresAt.toISOString().slice(0, 10)}`;
}
