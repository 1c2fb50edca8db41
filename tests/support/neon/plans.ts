const HOUR = 3_600;

/** What a plan allows, as far as the simulator holds a project to it. */
export const PLANS = {
  free_v3: { historySeconds: 6 * HOUR, snapshots: 1, roots: 3, schedules: false },
  launch_v3: { historySeconds: 7 * 24 * HOUR, snapshots: 100, roots: 5, schedules: true },
  scale_v3: { historySeconds: 30 * 24 * HOUR, snapshots: 100, roots: 25, schedules: true },
};

export type PlanName = keyof typeof PLANS;
