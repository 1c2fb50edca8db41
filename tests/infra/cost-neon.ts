import { PRICES } from '../../core/upkeep/prices';
import { NEON, runs, SECONDS_PER_GB, type Stack } from './cost-model';

/** As `NEON`, of the plan Scale. */
export const NEON_SCALE = { ...NEON, compute: 0.222 };

/** Measured, too, a GB of database: what a drill reads, restores by one job, and dumps to compare. */
export const DRILL_SECONDS = { verify: 2.5, restore: 16.2, dump: 5.2 };
const DRILLS_A_MONTH = 30 / 7;

/** What something takes at Neon: GB that are sent, and hours of a compute of one unit. */
export interface NeonUse {
  readonly egressGb: number;
  readonly computeHours: number;
}

/** For each GB of the database; what goes into Neon is no egress. */
export function neonUse(stack: Stack): Record<'backup' | 'drill' | 'month', NeonUse> {
  const { restore, dump } = DRILL_SECONDS;
  const backup = { egressGb: 1, computeHours: SECONDS_PER_GB / 3600 };
  const drill = { egressGb: 1, computeHours: (restore + dump) / 3600 };
  const ofMonth = (of: keyof NeonUse) => runs(stack) * backup[of] + DRILLS_A_MONTH * drill[of];
  const month = { egressGb: ofMonth('egressGb'), computeHours: ofMonth('computeHours') };
  return { backup, drill, month };
}

/** In US dollars a month, for drills each week on a branch: the function, and the branch's compute. */
export function drillCost(databaseGb: number): { function: number; compute: number } {
  const { verify, restore, dump } = DRILL_SECONDS;
  const seconds = DRILLS_A_MONTH * databaseGb * (restore + dump);
  const ofFunction = seconds + DRILLS_A_MONTH * databaseGb * verify;
  return {
    function: ofFunction * FUNCTION_GB * PRICES.lambdaCompute,
    compute: (seconds / 3600) * NEON.compute,
  };
}

/** Of memory, which brings a whole processor. */
const FUNCTION_GB = 1.769;

/** How large a database may be whose drill is done before its function has to clear up, in GB. */
export function largestDrillGb(limitSeconds: number): number {
  const { verify, restore, dump } = DRILL_SECONDS;
  return (limitSeconds - 30) / (verify + restore + dump);
}
