import { z } from 'zod';
import { WATCH_KEY } from '../../contract/keys';
import { FORMAT, parseJson, toJson } from '../json';
import { readIfThere, updateSmall } from '../stores/small';
import type { Store } from '../stores/store';

const watchSchema = z.object({ format: z.literal(FORMAT), since: z.iso.datetime() });

/** Since when a store is watched, from now on at the latest: a new one is not blamed for what was due before. */
export async function watchedSince(store: Store, now: Date): Promise<Date> {
  let since = now;
  await updateSmall(store, WATCH_KEY, (kept) => {
    if (!kept) return toJson({ format: FORMAT, since: now.toISOString() });
    since = parse(kept);
    return undefined;
  });
  return since;
}

/** The same for those who only look; undefined where nobody watches yet. */
export async function readWatchedSince(store: Store): Promise<Date | undefined> {
  const kept = await readIfThere(store, WATCH_KEY);
  return kept && parse(kept.bytes);
}

function parse(kept: Buffer): Date {
  return new Date(parseJson(watchSchema, kept, 'record of the watch').since);
}
