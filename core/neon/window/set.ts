import { BackupError } from '../../errors';
import type { Neon } from '../api';
import { isNeonError } from '../errors';
import { settle } from '../operations';
import { PLANS_AS_OF, planOf } from '../plan';
import type { Operation, Project } from '../shapes';
import { windowText, windowWords } from './span';

export interface SetWindowOptions {
  /** How far back the project is to go from now on, in seconds. */
  readonly seconds: number;
  /** Hears of the project as it is, before anything is changed. */
  readonly onProject: (project: Project) => void;
  /** Asked before the window is shortened; rejects where nobody agrees. */
  readonly agree: (project: Project) => Promise<void>;
  /** How long each of Neon's operations may take, in ms. @default 120,000 */
  readonly readyWithinMs?: number | undefined;
}

export interface WindowChange {
  readonly before: Project;
  /** As Neon tells of it once all is done. */
  readonly after: Project;
  /** Whether anything was sent: a window that is set already is left alone. */
  readonly isNew: boolean;
}

/**
 * Changes how far back a project goes. What a shorter window leaves out is lost at once.
 * @throws BackupError `refused` for more than the plan allows, and where Neon then says something else than
 *   was asked of it; NeonError
 */
export async function setWindow(neon: Neon, options: SetWindowOptions): Promise<WindowChange> {
  const { seconds, onProject, agree, readyWithinMs = 120_000 } = options;
  const before = await neon.getProject();
  if (before.historySeconds === seconds) return { before, after: before, isNew: false };
  refuseMoreThanPlanned(before, seconds);
  onProject(before);
  if (seconds < before.historySeconds) await agree(before);
  // Who stops now is not told that nothing has changed: what was sent is waited for.
  const unhurried = neon.under(undefined);
  await settle(unhurried, await send(unhurried, seconds), readyWithinMs);
  const after = await unhurried.getProject();
  if (after.historySeconds !== seconds) throw notDone(seconds, after);
  return { before, after, isNew: true };
}

/** Of a plan that is not known here, Neon's own answer counts. */
function refuseMoreThanPlanned(project: Project, seconds: number): void {
  const plan = planOf(project);
  if (!plan || seconds <= plan.historySeconds) return;
  const most = `keeps ${windowWords(plan.historySeconds)} of history at most`;
  throw new BackupError(
    'refused',
    `Neon's plan ${plan.name} ${most}, and ${windowWords(seconds)} were asked for (as of ${PLANS_AS_OF}).`,
    { cure: `Ask for ${windowText(plan.historySeconds)}, or take a larger plan.` },
  );
}

async function send(neon: Neon, seconds: number): Promise<readonly Operation[]> {
  try {
    return (await neon.setHistory(seconds)).operations;
  } catch (error) {
    if (!isNeonError(error) || error.wasTurnedAway) throw error;
    // The answer is lost, and the work may be done. Asking again has the same effect as asking once.
    const { historySeconds } = await neon.getProject();
    return historySeconds === seconds ? [] : (await neon.setHistory(seconds)).operations;
  }
}

function notDone(asked: number, { historySeconds }: Project): BackupError {
  return new BackupError(
    'refused',
    `Neon was asked for a history window of ${windowWords(asked)}, and says that it is ${windowWords(historySeconds)}.`,
    { cure: 'Look at it in the Neon Console, under Settings, and try again.' },
  );
}
