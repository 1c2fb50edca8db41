import { examineWindow } from '../../core/doctor/neon-window';
import { PLANS_AS_OF, planOf } from '../../core/neon/plan';
import type { Project } from '../../core/neon/shapes';
import { windowStart } from '../../core/neon/window/reach';
import { windowWords } from '../../core/neon/window/span';
import { bytes, paint, table } from '../print';

/** What the commands of `window` say, to people and to scripts. Times are in seconds. */
export interface WindowFacts {
  readonly project: string;
  readonly seconds: number;
  /** The earliest moment that can be gone back to; a window that was made longer is filled only by time. */
  readonly earliest: Date;
  /** Undefined where this key is not told, or it is none that is known here. */
  readonly plan: string | undefined;
  readonly longestSeconds: number | undefined;
  /** Dollars a month for each GB of changes in it. */
  readonly price: number | undefined;
  readonly plansAsOf: string;
  /** What the settings want. */
  readonly wishSeconds: number | undefined;
  /** What makes it so; undefined where it is so. */
  readonly cure: string | undefined;
}

export function windowFacts(project: Project, wish: number | undefined, now: Date): WindowFacts {
  const plan = planOf(project);
  return {
    project: project.id,
    seconds: project.historySeconds,
    earliest: windowStart(project, now),
    plan: plan?.name,
    longestSeconds: plan?.historySeconds,
    price: plan?.historyPrice,
    plansAsOf: PLANS_AS_OF,
    wishSeconds: wish,
    cure: examineWindow(project, plan, wish).cure,
  };
}

export function sayWindow(facts: WindowFacts, plan: string): string {
  const { project, seconds, earliest, wishSeconds, cure } = facts;
  const wish = wishSeconds === undefined ? 'none is set, so a day' : windowWords(wishSeconds);
  return table([
    [paint('bold', 'project'), project],
    [paint('bold', 'window'), `${windowWords(seconds)}, back to ${earliest.toISOString()}`],
    [paint('bold', 'plan'), plan],
    [paint('bold', 'wish'), cure ? `${wish}. ${cure}` : wish],
  ]);
}

/** What the plan allows, and what that costs. */
export function sayPlan(project: Project): string {
  const plan = planOf(project);
  if (!plan)
    return 'What its plan is, Neon does not tell this key, or it is none of today: neither the longest window nor the price is known.';
  const { name, historySeconds, historyBytes, historyPrice } = plan;
  const most = historyBytes ? ` and ${bytes(historyBytes)} of changes` : '';
  const cost = historyPrice
    ? `$${historyPrice.toFixed(2)} a month for each GB of changes in it, of root branches alone`
    : 'at no cost';
  return `${name}: at most ${windowWords(historySeconds)} of history${most}, ${cost} (Neon's page of ${PLANS_AS_OF})`;
}
