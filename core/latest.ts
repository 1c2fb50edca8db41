import { z } from 'zod';
import { KINDS, latestKey } from '../contract/keys';
import type { Backup } from './catalog';
import { isBackupError } from './errors';
import { FORMAT, parseJson, toJson } from './json';
import type { Verification } from './manifest';
import { updateSmall } from './stores/small';
import type { Store } from './stores/store';

/** Which backup of a kind has the newest data of all VERIFIED ones. */
const latestSchema = z.object({
  format: z.literal(FORMAT),
  database: z.string(),
  kind: z.enum(KINDS),
  id: z.string(),
  /** Of its data. */
  time: z.iso.datetime(),
  verifiedAt: z.iso.datetime(),
});

export type Latest = z.infer<typeof latestSchema>;

/** Undefined for what is damaged: it is a second way to what a listing shows too. */
export function parseLatest(bytes: Buffer): Latest | undefined {
  try {
    return parseJson(latestSchema, bytes, 'pointer');
  } catch (error) {
    if (isBackupError(error, 'corrupt', 'undecidable')) return undefined;
    throw error;
  }
}

/** Moves the pointer to a VERIFIED backup, unless it shows one with newer data. */
export async function moveLatest(
  store: Store,
  { address, manifest }: Backup,
  { at }: Verification,
): Promise<void> {
  const { database, kind, id } = address;
  const { time } = manifest.data;
  const pointer: Latest = { format: FORMAT, database, kind, id, time, verifiedAt: at };
  await updateSmall(store, latestKey(address), (now) => {
    const shown = now && parseLatest(now);
    return shown && (shown.id === id || shown.time >= time) ? undefined : toJson(pointer);
  });
}
