import { z } from 'zod';
import { WATCH_KEY } from '../../contract/keys';
import { FORMAT, parseJson, toJson } from '../json';
import { updateSmall } from '../stores/small';
import type { Store } from '../stores/store';

const watchSchema = z.object({ format: z.literal(FORMAT), since: z.iso.datetime() });

/** Since when a store is watched: a new one is not blamed for what was due before. */
export async function watchedSince(store: Store, now: Date): Promise<Date> {
  let since = now;
  await updateSmall(store, WATCH_KEY, (kept) => {
    if (!kept) return toJson({ format: FORMAT, since: now.toISOString() });
    since = new Date(parseJson(watchSchema, kept, 'record of the watch').since);
    return undefined;
  });
  return since;
}
