import type { Neon } from '../neon/api';
import { type Choice, choose } from '../neon/choose';
import { isNeonError } from '../neon/errors';
import { freeBranches, includedBranches, type Plan, planOf, roomForSnapshots } from '../neon/plan';
import type { Branch, ListedBranch, Project } from '../neon/shapes';
import { type Address, parseAddress } from '../postgres/address';
import { bytes } from '../words';
import { examine, type Finding, fail, ok, warn } from './finding';
import { examineWindow } from './neon-window';

export interface NeonQuestion extends Choice {
  /** How many snapshots are to stay; 0 where none are made. @default 0 */
  readonly snapshots?: number | undefined;
  /** How far back its history is to go, in seconds. @default a day */
  readonly historyWindow?: number | undefined;
  /** Whether drills restore into a branch of the project. @default false */
  readonly drills?: boolean | undefined;
  /** What a backup does where the plan allows no further branch. @default fail */
  readonly withoutBranch?: 'fail' | 'direct' | undefined;
}

/** What of a project of Neon's could stop a backup, or make its history shorter than one believes. It only reads. */
export function examineProject(neon: Neon, question: NeonQuestion): Promise<Finding[]> {
  return examine('neon', () => askProject(neon, question));
}

/**
 * The same, for who tells apart why the project could not be asked.
 * @throws BackupError where it could not, and `usage` where what is backed up is not there
 */
export async function askProject(neon: Neon, question: NeonQuestion): Promise<Finding[]> {
  const [project, branches] = [await neon.getProject(), await neon.listBranches()];
  const { branch } = await choose(neon, branches, question);
  const plan = planOf(project);
  return [
    ok('neon', inWords(project, plan)),
    examineWindow(project, plan, question.historyWindow),
    ...examineBranches(project, branches, question),
    ...examineProtection(branch, plan),
    ...(question.drills ? examineScratch(project, branch) : []),
    ...(await examineKey(neon)),
    ...examineWays(project),
    ...examineEgress(project, plan),
  ];
}

/**
 * The same, and what is to be found in the database itself; for that the compute of its branch is woken.
 * @param further looks at the database behind an address
 */
export async function examineNeon(
  neon: Neon,
  question: NeonQuestion,
  further: (source: Address) => Promise<Finding[]>,
): Promise<Finding[]> {
  const findings = await examineProject(neon, question);
  // Where nothing could be asked, one word of it is enough.
  if (!findings.some(({ level }) => level === 'ok')) return findings;
  const database = await examine('connection', async () => {
    const chosen = await choose(neon, await neon.listBranches(), question);
    const uri = await neon.getConnectionUri({ ...chosen, branch: chosen.branch.id });
    return further(parseAddress(uri));
  });
  return [...findings, ...database];
}

function inWords({ name, id, major, region }: Project, plan: Plan | undefined): string {
  const paid = plan ? `plan ${plan.name}` : 'its plan is not told to this key';
  return `project ${name} (${id}), PostgreSQL ${major}, ${region}, ${paid}`;
}

const FREE_SOME = 'Delete branches that nobody needs, or take a larger plan.';

function examineBranches(
  project: Project,
  branches: readonly ListedBranch[],
  { snapshots = 0, withoutBranch }: NeonQuestion,
): Finding[] {
  const [included, free] = [includedBranches(project), freeBranches(project, branches)];
  const words = `${branches.length} of the ${included} branches that the plan includes`;
  const room = Math.max(0, roomForSnapshots(project, branches));
  if (branches.length >= (project.branchesLimit ?? Number.POSITIVE_INFINITY))
    return withoutBranch === 'direct'
      ? [warn('branches', `${words}: backups read production itself`, FREE_SOME)]
      : [fail('branches', `${words}: none is left to back up from`, FREE_SOME)];
  if (free < 1) return [warn('branches', `${words}: a further one costs more`, FREE_SOME)];
  if (room >= snapshots) return [ok('branches', words)];
  const fewer = `${words}: there is room for ${room} snapshots, and ${snapshots} are to be kept`;
  return [warn('branches', fewer, FREE_SOME)];
}

function examineProtection({ name, isProtected }: Branch, plan: Plan | undefined): Finding[] {
  if (isProtected) return [ok('branch', `${name} is protected`)];
  if (!plan?.protectsBranches) return [];
  const words = `${name} is not protected: it can be reset by a slip`;
  return [warn('branch', words, 'Protect it in the Neon Console, on its own page.')];
}

const SCRATCH = 'Name a server of your own for it (drillScratchUrl), or take a larger plan.';

/** A drill's branch holds what its parent does, and what is restored beside that. */
function examineScratch({ branchBytesLimit }: Project, { name, size }: Branch): Finding[] {
  if (!branchBytesLimit || size === undefined || 2 * size <= branchBytesLimit) return [];
  const words = `a drill restores into a copy of ${name}, which then holds the data twice: two times ${bytes(size)}, and the plan allows ${bytes(branchBytesLimit)} in a branch`;
  return [warn('drill', words, SCRATCH)];
}

/** Whether an organisation's key is for one project alone, Neon does not tell. */
async function examineKey(neon: Neon): Promise<Finding[]> {
  const kind = await neon.getKeyKind().catch(notTold);
  if (kind !== 'api_key_user') return [];
  const words = 'the API key is a personal one: it opens every project that its owner has';
  return [
    warn('key', words, 'Make one for this project alone, in the Neon Console, under API keys.'),
  ];
}

/** A key of one project may be refused what is about its owner. */
function notTold(error: unknown): undefined {
  if (!isNeonError(error) || !error.wasTurnedAway) throw error;
}

/** What keeps the database from being reached from where the backup runs. */
function examineWays({ allowedIps, isPrivate, storesPasswords }: Project): Finding[] {
  const ips = `only ${allowedIps.length} addresses may connect, and functions in AWS have none of their own`;
  return [
    ...(allowedIps.length > 0
      ? [warn('access', ips, 'Allow the address from which the backup runs, or all.')]
      : []),
    ...(isPrivate
      ? [warn('access', 'the project takes no connection from the internet', 'Allow them.')]
      : []),
    ...(storesPasswords
      ? []
      : [
          warn('access', 'Neon does not store the passwords of roles', 'Back up by a URL instead.'),
        ]),
  ];
}

/** Of what is included, a share above which the next dumps may cost, or be the last of the month. */
const MUCH = 0.8;

function examineEgress({ egressBytes }: Project, plan: Plan | undefined): Finding[] {
  if (!plan) return [];
  const words = `${bytes(egressBytes)} of the ${bytes(plan.egressBytes)} were sent that the plan includes each month`;
  if (egressBytes < MUCH * plan.egressBytes) return [ok('egress', words)];
  return [warn('egress', words, 'Every backup counts: take fewer, or a larger plan.')];
}
