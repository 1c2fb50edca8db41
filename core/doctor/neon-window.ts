import type { Plan } from '../neon/plan';
import type { Project } from '../neon/shapes';
import { windowCommand, windowText, windowWords } from '../neon/window/span';
import { type Finding, ok, warn } from './finding';

/** A loss is mostly noticed on the next working day. */
const DAY = 86_400;

/**
 * Whether a project goes back as far as is wished for.
 * @param plan undefined where it is not told
 * @param wish in seconds. @default a day
 */
export function examineWindow(
  { id, historySeconds }: Project,
  plan: Plan | undefined,
  wish: number | undefined,
): Finding {
  const { historySeconds: longest = Number.POSITIVE_INFINITY } = plan ?? {};
  const more = plan && longest > historySeconds;
  const allowed = more ? `, of ${windowWords(longest)} that the plan allows` : '';
  const words = `Neon can go back ${windowWords(historySeconds)}${allowed}`;
  const wanted = wish ?? DAY;
  if (historySeconds >= wanted) return ok('history', words);
  const why =
    wish === undefined
      ? 'what was lost before is in backups and snapshots alone'
      : `${windowWords(wish)} are wished for`;
  const possible = Math.min(wanted, longest);
  const cures = [
    ...(possible > historySeconds ? [`Run \`${windowCommand(id, possible)}\`.`] : []),
    ...(wanted > longest ? [larger(longest)] : []),
  ];
  return warn('history', `${words}: ${why}`, cures.join(' '));
}

function larger(longest: number): string {
  return `More than ${windowWords(longest)} take a larger plan; or wish for ${windowText(longest)}.`;
}
