import { z } from 'zod';
import { FILES, KINDS, type Kind, parseKey } from '../contract/keys';
import type { Upkeep } from '../contract/outputs';
import { BackupError } from '../core/errors';

/** When a run was due; a schedule says so, a person need not. */
const scheduledAt = z.iso.datetime({ offset: true }).optional();

/** More than a clock may be wrong by: somebody asks for tomorrow's backup, and it would count as made. */
const TOO_EARLY_MS = 5 * 60_000;
const dueByNow = scheduledAt.refine(
  (due) => due === undefined || Date.parse(due) <= Date.now() + TOO_EARLY_MS,
  'it lies ahead',
);

const backupSchema = z.strictObject({
  kind: z.enum(KINDS),
  scheduledAt: dueByNow,
  /** The database has moved to another server, and this is it. */
  acceptNewSource: z.boolean().optional(),
});

export type BackupEvent = z.output<typeof backupSchema>;

/**
 * What a caller asks the backup function for.
 * @throws BackupError `usage` with a sentence for each mistake
 */
export function parseBackupEvent(event: unknown): BackupEvent {
  return parse(backupSchema, event, `Send {"kind": K}, where K is one of ${KINDS.join(', ')}.`);
}

/** Which backup is to be verified. */
export interface VerifyEvent {
  /** An id, the beginning of one, or `latest`. */
  readonly id: string;
  readonly database?: string | undefined;
  readonly kind?: Kind | undefined;
  /** Takes a table's loss of rows for intended. */
  readonly acceptShrink?: boolean | undefined;
}

const byHand = z.strictObject({
  id: z.string().min(1),
  database: z.string().min(1).optional(),
  acceptShrink: z.boolean().optional(),
});

/** What EventBridge says of a new object in a bucket. */
const objectCreated = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string() }),
  }),
});

const VERIFY = 'Send {"id": "latest"}, or the event of a manifest that was finished.';

/**
 * What the verify function is asked for: by hand, or by the event of a finished manifest.
 * @param store `s3://bucket/prefix`, where the manifest has to be
 * @throws BackupError `usage` with a sentence for each mistake
 */
export function parseVerifyEvent(event: unknown, store: string): VerifyEvent {
  if (!isFromS3(event)) return parse(byHand, event, VERIFY);
  const { bucket, object } = parse(objectCreated, event, VERIFY).detail;
  const [at, prefix] = [`s3://${bucket.name}/${object.key}`, `${store}/`];
  const address = at.startsWith(prefix) ? parseKey(at.slice(prefix.length)) : undefined;
  if (address?.file === FILES.manifest) return address;
  throw new BackupError('usage', `${at} is no manifest of a backup in ${store}.`, { cure: VERIFY });
}

function isFromS3(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'detail-type' in event;
}

const drillSchema = z.strictObject({ id: z.string().min(1).optional(), scheduledAt });

/**
 * Which backup the drill function is to restore: one by its id, or the newest VERIFIED one.
 * @throws BackupError `usage` with a sentence for each mistake
 */
export function parseDrillEvent(event: unknown): z.output<typeof drillSchema> {
  return parse(drillSchema, event, 'Send {}, or {"id": ID} for a certain backup.');
}

const snapshotSchema = z.strictObject({ scheduledAt: dueByNow });

/**
 * When the snapshot was due that the function is to make.
 * @throws BackupError `usage` with a sentence for each mistake
 */
export function parseSnapshotEvent(event: unknown): z.output<typeof snapshotSchema> {
  return parse(snapshotSchema, event, 'Send {}.');
}

const watchSchema = z.strictObject({
  upkeep: z.enum(['monthly', 'quarterly'] satisfies Upkeep[]).optional(),
  scheduledAt,
});

/**
 * What the watch function is asked for: to look, or for one of the messages that people get regularly.
 * @throws BackupError `usage` with a sentence for each mistake
 */
export function parseWatchEvent(event: unknown): z.output<typeof watchSchema> {
  return parse(
    watchSchema,
    event,
    'Send {}, or {"upkeep": "monthly"}, or {"upkeep": "quarterly"}.',
  );
}

const statusSchema = z.strictObject({ id: z.string().min(1).optional() });

/**
 * What the status function is asked for: one backup, or all.
 * @throws BackupError `usage` with a sentence for each mistake
 */
export function parseStatusEvent(event: unknown): z.output<typeof statusSchema> {
  return parse(statusSchema, event, 'Send {}, or {"id": ID} for a certain backup.');
}

/** @throws BackupError `usage` with a sentence for each mistake, and the cure given */
export function parse<T>(schema: z.ZodType<T>, event: unknown, cure: string): T {
  const { data, error } = schema.safeParse(event);
  if (error === undefined) return data;
  const problems = error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new BackupError('usage', `This event asks for nothing: ${problems.join('; ')}.`, { cure });
}
