import { isBackupId } from '../../contract/keys';
import type { Branch } from './shapes';

/** What all names begin with of branches that live only as long as some work. */
const TEMPORARY = 'neon-backup-';
const FROZEN = `${TEMPORARY}frozen-`;
const SCRATCH = `${TEMPORARY}scratch-`;
const PREVIEW = `${TEMPORARY}preview-`;
/** Of one run each; what has no further use when it is over. */
const PASSING = [FROZEN, SCRATCH];
const DAY_MS = 86_400_000;

/** What a run calls the branch that it reads. @param run an id as backups have them */
export function frozenName(run: string): string {
  return FROZEN + run;
}

/** Whether it is there for some work only: it counts for no allowance that has to last. */
export function isTemporary({ name, expiresAt }: Branch): boolean {
  return name.startsWith(TEMPORARY) && expiresAt !== undefined;
}

/** What a drill calls the branch that it restores into. @param run an id as backups have them */
export function scratchName(run: string): string {
  return SCRATCH + run;
}

/**
 * What a look at the past is called: one past has one name, so that it is found again.
 * @param of a moment, or the name or id of what is kept
 */
export function previewName(of: Date | string): string {
  return PREVIEW + (typeof of === 'string' ? of : stamped(of));
}

/** What the state is called that a branch had until it was restored. @param branch its name */
export function formerName(branch: string, now: Date): string {
  return formerPrefix(branch) + stamped(now);
}

/** Whether it is what the branch was until it was restored. @param branch its name */
export function isFormer(name: string, branch: string): boolean {
  return name.startsWith(formerPrefix(branch));
}

/**
 * Until when the branch had the state that has this name; undefined where the name says no such thing.
 * @param branch its name
 */
export function formerTime(name: string, branch: string): Date | undefined {
  const stamp = isFormer(name, branch) && STAMP.exec(name.slice(formerPrefix(branch).length));
  if (!stamp) return undefined;
  const [, year, month, day, hour, minute, second] = stamp;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d(?:\.\d{3})?)Z$/;

function formerPrefix(branch: string): string {
  return `${branch}-before-`;
}

/** `20261123T140200Z` */
function stamped(time: Date): string {
  return time.toISOString().replace(/[-:]|\.000/g, '');
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
    const ours = PASSING.some(
      (kind) => name.startsWith(kind) && isBackupId(name.slice(kind.length)),
    );
    const free = parent !== undefined && !isDefault && !isProtected && !parents.has(id);
    return ours && free && endOf(branch) < now.getTime();
  });
}

/** Whoever is alive has set an expiry; only a person could have taken it away. */
function endOf({ expiresAt, createdAt }: Branch): number {
  return expiresAt?.getTime() ?? createdAt.getTime() + DAY_MS;
}
