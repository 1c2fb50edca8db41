import { isBackupId } from '../../contract/keys';
import type { Branch } from './shapes';

const FROZEN = 'neon-backup-frozen-';
const DAY_MS = 86_400_000;

/** What a run calls the branch that it reads. @param run an id as backups have them */
export function frozenName(run: string): string {
  return FROZEN + run;
}

/**
 * The branches that dead runs left: by their names ours, and past the time that they were given. Never
 * one that is protected, default, a root, or somebody's parent, whatever it is called.
 * @param all every branch of the project
 */
export function leakedBranches(all: readonly Branch[], now: Date): Branch[] {
  const parents = new Set(all.map(({ parent }) => parent));
  return all.filter((branch) => {
    const { id, name, parent, isDefault, isProtected } = branch;
    const ours = name.startsWith(FROZEN) && isBackupId(name.slice(FROZEN.length));
    const free = parent !== undefined && !isDefault && !isProtected && !parents.has(id);
    return ours && free && endOf(branch) < now.getTime();
  });
}

/** Whoever is alive has set an expiry; only a person could have taken it away. */
function endOf({ expiresAt, createdAt }: Branch): number {
  return expiresAt?.getTime() ?? createdAt.getTime() + DAY_MS;
}
