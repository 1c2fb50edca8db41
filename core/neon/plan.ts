import { isTemporary } from './ours';
import type { ListedBranch, Project } from './shapes';
import { snapshotsOf } from './snapshots/names';

/** What a plan of Neon's includes. */
export interface Plan {
  readonly name: string;
  /** For each project. */
  readonly branches: number;
  /** The most that a project's history may be kept, in seconds. */
  readonly historySeconds: number;
  /** It holds no more changes, in bytes. @default any number */
  readonly historyBytes: number | undefined;
  /** Dollars a month for each GB of changes in the history of root branches. */
  readonly historyPrice: number;
  /** In bytes a month; every dump counts. */
  readonly egressBytes: number;
  readonly protectsBranches: boolean;
  /** How many of Neon's own snapshots a project may have, beside those that its schedule makes. */
  readonly nativeSnapshots: number;
}

/** The day on which Neon's page of plans said what stands here; its API tells none of it. */
export const PLANS_AS_OF = '2026-03-20';

const PLANS: Record<string, Plan> = {
  free_v3: plan('Free', 10, 6, 5, false),
  launch_v3: plan('Launch', 10, 7 * 24, 500, true),
  scale_v3: plan('Scale', 25, 30 * 24, 500, true),
};

function plan(
  name: string,
  branches: number,
  historyHours: number,
  egressGb: number,
  isPaid: boolean,
): Plan {
  return {
    name,
    branches,
    historySeconds: historyHours * 3_600,
    historyBytes: isPaid ? undefined : 1e9,
    historyPrice: isPaid ? 0.2 : 0,
    egressBytes: egressGb * 1e9,
    protectsBranches: isPaid,
    nativeSnapshots: isPaid ? 100 : 1,
  };
}

/** What any plan includes. */
const LEAST_BRANCHES = 10;

/** Undefined where the key may not see the plan, or it is none that is sold today. */
export function planOf({ plan }: Pick<Project, 'plan'>): Plan | undefined {
  return plan === undefined ? undefined : PLANS[plan];
}

/** Branches that cost nothing more, the default one with them. */
export function includedBranches(project: Pick<Project, 'plan' | 'branchesLimit'>): number {
  const included = planOf(project)?.branches ?? LEAST_BRANCHES;
  return Math.min(included, project.branchesLimit ?? included);
}

/** For a branch to back up from, one to restore into, and one to look into the past with. */
const RESERVED = 3;

/**
 * How many snapshots may stay: what the plan includes, less three, and less what people have beside the
 * default branch. Zero or less: none.
 * @param all every branch of the project
 */
export function roomForSnapshots(
  project: Pick<Project, 'plan' | 'branchesLimit'>,
  all: readonly ListedBranch[],
): number {
  const ours = new Set(snapshotsOf(all).flatMap(({ branch, isOurs }) => (isOurs ? branch.id : [])));
  const others = all.filter(
    (branch) => !branch.isDefault && !isTemporary(branch) && !ours.has(branch.id),
  );
  return includedBranches(project) - RESERVED - others.length;
}

/** How many more branches the plan includes, apart from those that live for minutes. */
export function freeBranches(
  project: Pick<Project, 'plan' | 'branchesLimit'>,
  all: readonly ListedBranch[],
): number {
  return includedBranches(project) - all.filter((branch) => !isTemporary(branch)).length;
}
