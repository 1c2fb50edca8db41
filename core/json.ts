import type { z } from 'zod';
import { BackupError } from './errors';

/** Grows when a reader of today could misread a file of tomorrow. */
export const FORMAT = 1;

/**
 * A file of ours, as its schema has it.
 * @throws BackupError `corrupt`, or `undecidable` where a newer release wrote it
 */
export function parseJson<T>(schema: z.ZodType<T>, bytes: Buffer, what: string): T {
  const json = readJson(bytes, what);
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > FORMAT) {
    throw new BackupError(
      'undecidable',
      `The ${what} is of format ${format}; this release reads ${FORMAT}.`,
      {
        cure: 'Update neon-backup.',
      },
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'as a whole';
  throw new BackupError('corrupt', `The ${what} is not valid (${where}: ${issue?.message}).`);
}

function readJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw new BackupError('corrupt', `The ${what} is not valid JSON.`, { cause });
  }
}

export function toJson(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
