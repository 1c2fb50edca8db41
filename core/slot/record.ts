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
  /** The attempts that came to nothing: when each began, and why it ended, in a sentence. */
  failures: z.array(z.object({ at: z.iso.datetime(), why: z.string() })).default([]),
});

export type SlotRecord = z.infer<typeof slotSchema>;

/** All failures so far, also of an attempt that died without a word. */
export function failuresOf({ state, startedAt, until, failures }: SlotRecord, now: Date) {
  const dead = state === 'running' && new Date(until) < now;
  return dead ? [...failures, { at: startedAt, why: 'the run ended without a word.' }] : failures;
}

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
