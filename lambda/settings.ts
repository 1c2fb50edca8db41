import { z } from 'zod';
import { KINDS } from '../contract/keys';
import { type FunctionSettings, SETTINGS_VARIABLE } from '../contract/settings';
import { BackupError } from '../core/errors';
import { LONGEST_WINDOW } from '../core/neon/window/span';
import { settingsSchema } from '../core/settings';

const given = z.string().min(1);
const arn = z.string().startsWith('arn:');
const postgres = z.strictObject({ kind: z.literal('postgres'), secret: arn });
const onNeon = z.strictObject({
  kind: z.literal('neon'),
  secret: arn,
  project: z.string().regex(/^[a-z0-9-]{1,60}$/),
  branch: given.optional(),
  computeUnits: z.number().min(0.25).max(16).default(1),
});
const neon = onNeon.extend({
  database: given.optional(),
  role: given.optional(),
  withoutBranch: z.enum(['fail', 'direct']).default('fail'),
  historyWindow: z.number().int().positive().max(LONGEST_WINDOW).optional(),
  snapshots: z
    .strictObject({
      as: z.enum(['branch', 'native']).default('branch'),
      keep: z.number().int().min(1).default(7),
      keepDays: z.number().int().min(1).default(30),
    })
    .prefault({}),
});
const scratch = z.discriminatedUnion('kind', [postgres, onNeon]);
const schedule = z.strictObject({ expression: given, timeZone: given });
const seconds = z.number().int().min(1).max(900).default(900);

const SCHEMA = settingsSchema.omit({ source: true, store: true, historyWindow: true }).extend({
  deployment: given,
  store: z.string().startsWith('s3://'),
  source: z.discriminatedUnion('kind', [postgres, neon]),
  schedules: z.partialRecord(z.enum(KINDS), schedule).prefault({}),
  limits: z.strictObject({ backup: seconds, verify: seconds }).prefault({}),
  drill: z
    .strictObject({
      when: z.enum(['always', 'separate']).default('separate'),
      maxBytes: z.number().int().positive().optional(),
      scratch: scratch.optional(),
      trustSource: z.boolean().default(false),
    })
    .prefault({}),
  notices: z
    .strictObject({
      topic: arn.optional(),
      webhook: arn.optional(),
      repository: given.optional(),
      assume: given.optional(),
    })
    .prefault({}),
  secretVersions: z.array(z.string()).optional(),
  coldAfterDays: z.number().int().min(1).optional(),
});

/** The settings, checked, with their defaults. */
export type Deployed = z.output<typeof SCHEMA>;

/**
 * What the stack told this function.
 * @throws BackupError `usage` with a sentence for each mistake
 */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Deployed {
  const { data, error } = SCHEMA.safeParse(parse(environment[SETTINGS_VARIABLE]));
  if (data) return data;
  throw wrong(error.issues.map(inWords));
}

/** What the stack may write is what is read here. */
type Written = FunctionSettings extends z.input<typeof SCHEMA> ? unknown : never;

function parse(text: string | undefined): Written {
  if (!text) throw wrong(['it is not set']);
  try {
    return JSON.parse(text);
  } catch {
    throw wrong(['it is no JSON']);
  }
}

function inWords(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.');
  return where ? `${where}: ${issue.message}` : issue.message;
}

function wrong(problems: string[]): BackupError {
  return new BackupError('usage', `${SETTINGS_VARIABLE} is wrong: ${problems.join('; ')}.`, {
    cure: 'Deploy the stack again.',
  });
}
