import type { NativeSnapshot } from '../../core/neon/native';
import type { PrunedNatives } from '../../core/neon/native-prune';
import type { Schedule, ScheduleChange } from '../../core/neon/native-schedule';
import type { TakenNative } from '../../core/neon/native-take';
import type { Branch, ScheduleItem } from '../../core/neon/shapes';
import type { BranchSnapshot } from '../../core/neon/snapshots';
import type { PrunedSnapshots } from '../../core/neon/snapshots-prune';
import type { TakenSnapshot } from '../../core/neon/snapshots-take';
import { windowWords } from '../../core/neon/window-span';
import { age, paint, table } from '../print';

/** What the commands of `snapshot` say to people. */

export function sayTaken({ branch, isNew }: TakenSnapshot): string {
  const { name, id } = branch;
  if (!isNew) return `${paint('green', 'there')} ${paint('bold', name)} already, ${id}`;
  return `${paint('green', 'made')} ${paint('bold', name)}, ${id}; ${expiry(branch)}`;
}

export function sayTakenNative({ snapshot, isNew }: TakenNative): string {
  const { name, id } = snapshot;
  if (!isNew) return `${paint('green', 'there')} ${paint('bold', name)} already, ${id}`;
  return `${paint('green', 'made')} ${paint('bold', name)}, ${id}; ${expiry(snapshot)}`;
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

export function sayPrunedNatives({ gone, stay, failed }: PrunedNatives, dryRun: boolean): string {
  const rows = [
    ...gone.map(({ snapshot, reason }) => [
      paint('red', dryRun ? 'would go' : 'gone'),
      snapshot.name,
      reason,
    ]),
    ...stay.map((snapshot) => [paint('green', 'kept'), snapshot.name, expiry(snapshot)]),
    ...failed.map(({ name, why }) => [paint('yellow', 'not done'), name, why]),
  ];
  return rows.length === 0 ? 'There is nothing here that we made.' : table(rows);
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
  const { gone, stay, renewed, failed } = pruned;
  const renewals = new Map(renewed.map(({ branch, until }) => [branch.id, until]));
  const later = ({ id, expiresAt }: Branch) => renewals.get(id) ?? expiresAt;
  const rows = [
    ...gone.map(({ branch, reason }) => [
      paint('red', dryRun ? 'would go' : 'gone'),
      branch.name,
      reason,
    ]),
    ...stay.map(({ branch }) => [
      paint('green', 'kept'),
      branch.name,
      expiry({ ...branch, expiresAt: later(branch) }),
    ]),
    ...failed.map(({ name, why }) => [paint('yellow', 'not done'), name, why]),
  ];
  return rows.length === 0 ? 'There is nothing here that we made.' : table(rows);
}

function expiry({ expiresAt }: Pick<Branch, 'expiresAt'>): string {
  if (!expiresAt) return 'Neon never deletes it';
  return `Neon deletes it after ${expiresAt.toISOString().slice(0, 10)}`;
}
