import { z } from 'zod';
import { KINDS } from '../../contract/keys';
import { isBackupError } from '../errors';
import { FORMAT, parseJson } from '../json';

/** What a slot holds: who works on it, and what came of it. */
export const slotSchema = z.object({
  format: z.literal(FORMAT),
  kind: z.enum(KINDS),
  slot: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  /** Names the run; another in each attempt. */
  holder: z.string(),
  /** When this attempt began. */
  startedAt: z.iso.datetime(),
  /** A running attempt that has not renewed by then is dead. */
  until: z.iso.datetime(),
  /** The backup that came of it. */
  id: z.string().optional(),
  /** Why it failed, in a sentence. */
  why: z.string().optional(),
});

export type SlotRecord = z.infer<typeof slotSchema>;

/**
 * Undefined for what is damaged: a slot that nobody can read must not stop a backup.
 * @throws BackupError `undecidable` where a newer release wrote it
 */
export function parseSlot(bytes: Buffer): SlotRecord | undefined {
  try {
    return parseJson(slotSchema, bytes, 'slot');
  } catch (error) {
    if (isBackupError(error, 'corrupt')) return undefined;
    throw error;
  }
}
