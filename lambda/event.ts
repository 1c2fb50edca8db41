import { z } from 'zod';
import { KINDS } from '../contract/keys';
import { BackupError } from '../core/errors';

const SCHEMA = z.strictObject({
  kind: z.enum(KINDS),
  /** When the run was due; the schedule says so, a person need not. */
  scheduledAt: z.iso.datetime({ offset: true }).optional(),
});

export type BackupEvent = z.output<typeof SCHEMA>;

/**
 * What a caller asks the backup function for.
 * @throws BackupError `usage` with a sentence for each mistake
 */
export function parseEvent(event: unknown): BackupEvent {
  const { data, error } = SCHEMA.safeParse(event);
  if (data) return data;
  const problems = error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new BackupError('usage', `This event asks for no backup: ${problems.join('; ')}.`, {
    cure: `Send {"kind": K}, where K is one of ${KINDS.join(', ')}.`,
  });
}
