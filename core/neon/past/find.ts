import { BackupError } from '../../errors';
import type { Neon } from '../api';
import type { Chosen } from '../choose';
import { formerTime, isFormer } from '../ours';
import type { ListedBranch } from '../shapes';
import { snapshotsOf } from '../snapshots/names';
import { keptPast } from './kept';
import { nativePast } from './native';
import type { Past } from './past';

/**
 * Everything that is kept of a branch: snapshots, as branches and as Neon's own, and what it was until
 * it was put back.
 * @param branches every branch of the project
 */
export async function keptPasts(
  neon: Neon,
  branches: readonly ListedBranch[],
  of: Chosen,
): Promise<Past[]> {
  const natives = await neon.native.list();
  const kept = snapshotsOf(branches).map(({ branch }) => branch);
  // A branch that was put back has left its children, and its snapshots, to what holds its former state.
  const line = branches.filter(
    ({ id, name }) => id === of.branch.id || isFormer(name, of.branch.name),
  );
  const isOf = (id: string | undefined) => line.some((branch) => branch.id === id);
  return [
    ...natives.filter(({ branch }) => isOf(branch)).map((snapshot) => nativePast(of, snapshot)),
    ...kept
      .filter(({ parent }) => isOf(parent))
      .map((branch) => keptPast(of, branch, branch.time ?? branch.createdAt)),
    ...branches.flatMap((branch) => {
      // Neon knows no time of it: it went on until the branch was put back, and that is in its name.
      const time = formerTime(branch.name, of.branch.name);
      return time ? [keptPast(of, branch, time)] : [];
    }),
  ];
}

const SHOWN = 8;

/**
 * The one that somebody means.
 * @param name of a branch; name or id of one of Neon's own snapshots
 * @throws BackupError `usage` where there is none, or more than one
 */
export async function findPast(
  neon: Neon,
  branches: readonly ListedBranch[],
  of: Chosen,
  name: string,
): Promise<Past> {
  const all = await keptPasts(neon, branches, of);
  const found = all.filter((each) => each.name === name || each.id === name);
  const [past] = found;
  if (past && found.length === 1) return past;
  if (past)
    throw new BackupError('usage', `${found.length} snapshots are called ${name}.`, {
      cure: `Name one by its id: ${found.map(({ id, title }) => `${id} is ${title}`).join(', ')}.`,
    });
  throw new BackupError('usage', `Of ${of.branch.name} no snapshot ${name} is kept.`, {
    cure: `Name one that is: ${listed(all)}.`,
  });
}

/** The newest first. */
function listed(all: readonly Past[]): string {
  const names = all
    .toSorted((a, b) => b.time.getTime() - a.time.getTime())
    .map((past) => calledAmong(all, past));
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return names.length > 0 ? names.slice(0, SHOWN).join(', ') + more : 'there is none';
}

/** What a command calls it: its name, or its id where the name is not its alone. */
export function calledAmong(all: readonly Past[], { name, id }: Past): string {
  return all.filter((each) => each.name === name).length === 1 ? name : id;
}
