import type { Branch } from '../../core/neon/shapes';
import type { BranchSnapshot } from '../../core/neon/snapshots';
import type { PrunedSnapshots } from '../../core/neon/snapshots-prune';
import type { TakenSnapshot } from '../../core/neon/snapshots-take';
import { age, paint, table } from '../print';

/** What the commands of `snapshot` say to people. */

export function sayTaken({ branch, isNew }: TakenSnapshot): string {
  const { name, id } = branch;
  if (!isNew) return `${paint('green', 'there')} ${paint('bold', name)} already, ${id}`;
  return `${paint('green', 'made')} ${paint('bold', name)}, ${id}; ${expiry(branch)}`;
}

export function sayListed(snapshots: readonly BranchSnapshot[]): string {
  if (snapshots.length === 0) return 'There is no snapshot.';
  const now = new Date();
  return table(
    snapshots.map(({ branch, kind, isOurs }) => [
      paint('bold', branch.name),
      kind,
      `${age(branch.createdAt.toISOString(), now)} old`,
      isOurs ? expiry(branch) : 'never pruned: not made here, or something depends on it',
    ]),
  );
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
