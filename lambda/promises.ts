import { KINDS } from '../contract/keys';
import type { KindPromise } from '../core/watch/kind';
import { settings } from './deployment';

/** What the schedules of the settings promise, and by when the functions' time limits let it be kept. */
export function promises(): KindPromise[] {
  const { schedules, limits } = settings;
  const allowanceMs = (limits.backup + limits.verify) * 1000;
  return KINDS.flatMap((kind) => {
    const schedule = schedules[kind];
    return schedule ? [{ kind, schedule, allowanceMs }] : [];
  });
}
