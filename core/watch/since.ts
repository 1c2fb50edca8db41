import { z } from 'zod';
import { WATCH_KEY } from '../../contract/keys';
import { FORMAT, parseJson, toJson } from '../json';
import { readIfThere, updateSmall } from '../stores/small';
import type { Store } from '../stores/store';

const recordSchema = z.object({
  format: z.literal(FORMAT),
  since: z.iso.datetime(),
  /** What people have heard of that is still so. */
  told: z.array(z.string()).default([]),
});

/** Since when a store is watched, from now on at the latest: a new one is not blamed for what was due before. */
export async function watchedSince(store: Store, now: Date): Promise<Date> {
  let since = now;
  await updateSmall(store, WATCH_KEY, (kept) => {
    if (!kept) return toJson(begin(now));
    since = new Date(parse(kept).since);
    return undefined;
  });
  return since;
}

/** The same for those who only look; undefined where nobody watches yet. */
export async function readWatchedSince(store: Store): Promise<Date | undefined> {
  const kept = await readIfThere(store, WATCH_KEY);
  return kept && new Date(parse(kept.bytes).since);
}

/**
 * Keeps what is wrong beside it, so that people hear of it once; what has gone is news when it comes again.
 * @param wrong what it is told apart by
 * @returns whether there is something in it that they have not heard of
 */
export async function isNews(store: Store, wrong: readonly string[], now: Date): Promise<boolean> {
  let news = false;
  await updateSmall(store, WATCH_KEY, (kept) => {
    const { told, since } = kept ? parse(kept) : begin(now);
    news = wrong.some((one) => !told.includes(one));
    const over = told.some((one) => !wrong.includes(one));
    return news || over ? toJson({ format: FORMAT, since, told: wrong }) : undefined;
  });
  return news;
}

type WatchRecord = z.output<typeof recordSchema>;

function begin(now: Date): WatchRecord {
  return { format: FORMAT, since: now.toISOString(), told: [] };
}

function parse(kept: Buffer): WatchRecord {
  return parseJson(recordSchema, kept, 'record of the watch');
}
