import { z } from 'zod';
import { KINDS, type Kind } from '../contract/keys';
import { BackupError } from './errors';
import { WINDOW_FORM, windowSeconds } from './neon/window/span';
import type { Expectations } from './verify/tables';

/** The environment knows only text; nothing else is taken for a number, least of all nothing. */
const numeric = (number: z.ZodNumber) =>
  z.preprocess(
    (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
    number,
  );
const days = numeric(z.number().int().min(1).max(36_500));
const share = numeric(z.number().min(0).max(1));
const seconds = numeric(z.number().min(1).max(86_400));
const names = z.union([
  z.array(z.string().min(1)),
  z.string().transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  ),
]);
const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0', '']).transform((text) => text === 'true' || text === '1'),
]);

/** Seconds. */
const historyWindow = z
  .string()
  .refine((text) => windowSeconds(text) !== undefined, `it is not written as ${WINDOW_FORM}`)
  .transform(windowSeconds);

/** How long the backups of one kind are kept. */
const retention = z
  .strictObject({
    /** Younger ones always stay. */
    keepDays: days.default(30),
    /** So many newer VERIFIED ones have to be there before an old one goes. */
    keepMin: numeric(z.number().int().min(1).max(1_000)).default(3),
  })
  .prefault({});

/**
 * Everything that can be set, for the terminal and the functions alike.
 */
export const settingsSchema = z.strictObject({
  /** The database to protect: `postgres://user:password@host:5432/database`, of a direct host. */
  source: z.string().min(1).optional(),
  /** What the store calls it. @default its name on the server */
  database: z.string().min(1).optional(),
  /** Where backups are: a folder, or `s3://bucket/prefix`. */
  store: z.string().min(1).default('./backups'),
  /** Keep the dump as compressed plain SQL as well. */
  plain: flag.default(false),
  /** Tables without which a backup is worthless: `Name` in any schema, or `schema.Name`; case is ignored. */
  criticalTables: names.default([]),
  /** Tables that may be empty, or become so. */
  mayBeEmpty: names.default([]),
  /** A table that lost more than this share of its rows since the last verified backup is suspicious. */
  shrinkLimit: share.default(0.5),
  retention: z
    .strictObject(
      Object.fromEntries(KINDS.map((kind) => [kind, retention])) as Record<Kind, typeof retention>,
    )
    .prefault({}),
  /** How far back a Neon project's history is to go, in seconds; written as `7d` or `24h`. @default a day is enough */
  historyWindow: historyWindow.optional(),
  /** How long to wait for a table's lock, three times over. */
  lockTimeoutSeconds: seconds.default(30),
  /** A run that moves no byte for so long is ended. */
  stallTimeoutSeconds: seconds.default(300),
});

export type Settings = z.infer<typeof settingsSchema>;

/** What a place of settings may hold, before defaults. */
export type PartialSettings = Partial<Record<keyof Settings, unknown>>;

const FROM_ENVIRONMENT: Record<string, keyof Settings> = {
  DATABASE_URL: 'source',
  NEON_BACKUP_DATABASE: 'database',
  NEON_BACKUP_STORE: 'store',
  NEON_BACKUP_PLAIN: 'plain',
  NEON_BACKUP_CRITICAL_TABLES: 'criticalTables',
  NEON_BACKUP_MAY_BE_EMPTY: 'mayBeEmpty',
  NEON_BACKUP_SHRINK_LIMIT: 'shrinkLimit',
  NEON_BACKUP_HISTORY_WINDOW: 'historyWindow',
  NEON_BACKUP_LOCK_TIMEOUT: 'lockTimeoutSeconds',
  NEON_BACKUP_STALL_TIMEOUT: 'stallTimeoutSeconds',
};

/** The settings among some environment variables. An empty variable is none. */
export function settingsFrom(environment: Record<string, string | undefined>): PartialSettings {
  const found = Object.entries(FROM_ENVIRONMENT).filter(
    ([variable]) => environment[variable] !== undefined && environment[variable] !== '',
  );
  return Object.fromEntries(found.map(([variable, name]) => [name, environment[variable]]));
}

/**
 * Puts settings from several places together; an earlier place wins.
 * @throws BackupError `usage`, a sentence for the first mistake; it never quotes a value
 */
export function parseSettings(...places: PartialSettings[]): Settings {
  const merged: Record<string, unknown> = {};
  for (const place of places.toReversed()) {
    for (const [name, value] of Object.entries(place))
      if (value !== undefined) merged[name] = value;
  }
  const parsed = settingsSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknown =
    issue?.code === 'unrecognized_keys'
      ? `There is no setting ${issue.keys.map((key) => [...issue.path, key].join('.')).join(', ')}`
      : undefined;
  const wrong = `The setting ${issue?.path.join('.')} is wrong: ${issue?.message}`;
  throw new BackupError('usage', `${unknown ?? wrong}.`, {
    cure: 'docs/settings.md lists the settings.',
  });
}

export function expectationsOf({
  criticalTables,
  mayBeEmpty,
  shrinkLimit,
}: Pick<Settings, keyof Expectations>): Expectations {
  return { criticalTables, mayBeEmpty, shrinkLimit };
}
